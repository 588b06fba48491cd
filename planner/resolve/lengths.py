"""How long an event or a timer lasts, by the request that asks for it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta

from planner.resolve.durations import Run, find_runs
from planner.resolve.words import normal

DEFAULT_MINUTES = 60  # of an event or a meeting (plan rule 5)
_MOST_DAYS = 366
_SHORTEST, _LONGEST = 5, 24 * 60  # minutes

_OTHER_BEFORE = re.compile(
    r"\b(?:in|within|after|every|(?:timers?|countdown)(?:,|:| for| of| to| on| at)?|"
    r"(?:late|early|delayed|back) by|alarm (?:for|in)|takes?(?: me| us)?|once|twice|last|"
    r"past|remind me) (?:the )?(?:about |around )?$"
)
_OTHER_AFTER = re.compile(
    r"(?:'s?)?[ -](?:before|beforehand|earlier|prior|in advance|ahead|timer|late|later|away|ago|after|"
    r"from now|to (?:get|go|walk|drive|travel|reach|arrive)|walk|drive|ride|countdown|alarm|reminder|"
    r"notice|old|off)\b"
)
_SEVERAL = re.compile(r"\b(?:timers|countdowns|alarms|both|each)\b")
_FOR = re.compile(r"\bfor (?:about |around )?$")


def event_minutes(request: str, others: Sequence[tuple[int, int]] = ()) -> int:
    """The length that the request gives an event: the one duration that is about nothing else, or an hour.

    `others` are the parts of the request in which it speaks of something else.
    """
    runs = [run for run in _event_runs(normal(request)) if not run.days]
    own = [run for run in runs if not any(start <= run.start < end for start, end in others)]
    lengths = {round(run.seconds / 60) for run in own}
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
    return first + timedelta(days=number - 1) if 1 < number <= _MOST_DAYS else None


def whole_length(words: str, request: str) -> str:
    """The words, or the length that they begin: "an hour" of "an hour and ten minutes".

    Not where another length may follow: after a comma, of several timers, "… and 30 seconds before it ends".
    """
    text, begun = normal(request), normal(words).strip(" ,.;:!?")
    own = find_runs(begun)
    if len(own) != 1 or (own[0].start, own[0].end) != (0, len(begun)) or _SEVERAL.search(text):
        return words
    runs = [run for run in find_runs(text) if text[run.start : run.end].startswith(f"{begun} and ")]
    if len(runs) != 1 or _OTHER_AFTER.match(text, runs[0].end):
        return words
    return text[runs[0].start : runs[0].end]


def bare_number(words: str) -> str:
    """The number that the words are; "" if they say more."""
    plain = normal(words).strip()
    return plain if plain.isdecimal() else ""


def counted_as_before(words: str, request: str) -> str:
    """A bare number with the unit of the last duration ("8 minutes" after "11 minutes"); "" if unclear."""
    number, text = bare_number(words), normal(request)
    match = re.search(rf"(?<![\w:.]){number}(?![\w:.]\w)", text)
    before = [run for run in find_runs(text) if match and run.end <= match.start()]
    seconds = before[-1].seconds if before else 0
    if not seconds or not seconds % 3600:
        return ""
    return f"{number} {'seconds' if seconds % 60 else 'minutes'}"


def _event_runs(text: str) -> list[Run]:
    return [
        run
        for run in find_runs(text)
        if not _OTHER_BEFORE.search(text, 0, run.start) and not _OTHER_AFTER.match(text, run.end)
    ]
