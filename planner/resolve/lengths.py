"""How long an event lasts, by the request that asks for it."""

from __future__ import annotations

import re
from datetime import date, timedelta

from planner.resolve.durations import Run, find_runs
from planner.resolve.words import normal

DEFAULT_MINUTES = 60  # of an event or a meeting (plan rule 5)
_SHORTEST, _LONGEST = 5, 24 * 60  # minutes

_OTHER_BEFORE = re.compile(
    r"\b(?:in|within|after|every|timer (?:for|of|to)|alarm (?:for|in)|takes?(?: me| us)?|once|twice|last|"
    r"past|remind me) (?:the )?(?:about |around )?$"
)
_OTHER_AFTER = re.compile(
    r"(?:'s?)?[ -](?:before|beforehand|earlier|prior|in advance|ahead|timer|late|later|away|ago|after|"
    r"from now|to (?:get|go|walk|drive|travel|reach|arrive)|walk|drive|ride|countdown|alarm|reminder|"
    r"notice|old|off)\b"
)
_FOR = re.compile(r"\bfor (?:about |around )?$")


def event_minutes(request: str) -> int:
    """The length that the request gives an event: the one duration that is about nothing else, or an hour."""
    lengths = {round(run.seconds / 60) for run in _event_runs(normal(request)) if not run.days}
    minutes = lengths.pop() if len(lengths) == 1 else DEFAULT_MINUTES
    return minutes if _SHORTEST <= minutes <= _LONGEST else DEFAULT_MINUTES


def last_day(request: str, first: date) -> date | None:
    """The last day of what begins on `first`, if the request says for how many days or weeks."""
    text = normal(request)
    days = {
        round(run.seconds / 86400)
        for run in _event_runs(text)
        if run.days and _FOR.search(text, 0, run.start)
    }
    number = days.pop() if len(days) == 1 else 0
    return first + timedelta(days=number - 1) if number > 1 else None


def _event_runs(text: str) -> list[Run]:
    return [
        run
        for run in find_runs(text)
        if not _OTHER_BEFORE.search(text, 0, run.start) and not _OTHER_AFTER.match(text, run.end)
    ]
