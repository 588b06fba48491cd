"""A text's words about time as one moment or a span, relative to a clock."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from planner.resolve.days import find_days
from planner.resolve.durations import find_duration
from planner.resolve.found import Clock, Days, Found, Impossible, Vague
from planner.resolve.times import find_times
from planner.resolve.words import normal

Moment = date | datetime
"""A day, or a local wall time without a zone."""

_INSTANT = re.compile(
    r"\b(?:in|within|after) (?P<a>(?:an?|half an?|\d[\d.,]*)(?: and a half)? ?(?:quarter of an )?"
    r"(?:s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?)\b(?: and (?:a (?:half|quarter)|\d+ ?(?:m|mins?|minutes?)))?)"
    r"|\b(?P<b>(?:an?|half an?|\d+)(?: and a half)? ?(?:mins?|minutes?|hrs?|hours?)(?: and a half)?) (?:from now|later)\b"
)
_NOW = re.compile(r"\b(?:right now|now|immediately|asap)\b")
_CORRECTION = re.compile(
    r"(?:,|;|-|\.\.\.|…)? ?\b(?:no,? wait|no|sorry|i mean|actually|rather|make that|scratch that)\b,? ?"
)
_VAGUE = re.compile(
    r"\b(?:sometime|some time|some day|someday|at some point|whenever|soon|one of these days|later)\b"
)


@dataclass(frozen=True, slots=True)
class Span:
    """A moment, and the end if the text names one. Both may be days."""

    start: Moment
    end: Moment | None = None
    borrowed_day: bool = False  # no day was named


def find(text: str, now: datetime) -> Found:
    """Everything that `text` says about time; a correction ("at 3, sorry, 4") counts more. Impossible, Vague."""
    plain = normal(text)
    parts = _CORRECTION.split(plain)
    found = _find(parts[0], now)
    for part in parts[1:]:
        better = _find(part, now)
        if better.nothing:
            continue
        found = Found(
            better.days or found.days,
            better.start or found.start,
            better.end,
            better.end_days,
            better.instant,
            better.day_part or found.day_part,
            better.part_start or found.part_start,
        )
    return found


def _find(text: str, now: datetime) -> Found:
    found = Found()
    if match := _INSTANT.search(text):
        seconds = find_duration(match["a"] or match["b"])
        if seconds:
            found.instant = now + timedelta(seconds=seconds)
            return found
    found.days, rest = find_days(text, now.date())
    if found.days is not None and re.search(r"(?:from|to|until|till|through|-|–|and)", rest):
        found.end_days = _second_day(text, rest, now.date())
    find_times(_without_durations(rest), found, whole=text, alone=found.days is None)
    if "tonight" in text and found.days is None:
        found.days = Days(now.date(), now.date())
    if found.nothing and _NOW.search(text):
        found.instant = now
    if _VAGUE.search(text) and found.start is None and (found.days is None or not found.days.named):
        raise Vague(text)
    return found


def _second_day(text: str, rest: str, today: date) -> Days | None:
    """The last day of "from Monday to Wednesday"."""
    after = rest.partition(";")[2]
    if not re.match(r"\s*(?:to|until|till|through|and|-)\s", after):
        return None
    try:
        return find_days(after, today)[0]
    except Impossible:
        return None


_DURATION = re.compile(
    r"\bfor (?:about |around )?(?:an?|half an?|\d[\d.,]*)(?: and a half)? ?-?(?:mins?|minutes?|hrs?|hours?|h|days?|weeks?)(?: and a half)?\b"
    r"|\b\d{1,3}[ -]?(?:mins?|minutes?|hours?|hrs?)\b"
)


def _without_durations(text: str) -> str:
    return _DURATION.sub(" ; ", text)


def resolve_span(text: str, now: datetime, *, default_day: date | None = None) -> Span | None:
    """The moment that `text` names, with its end if it names one; None if it names none.

    `default_day` is the day of a time without one; without it, the next time the clock shows it.
    Impossible, Vague.
    """
    found = find(text, now)
    if found.nothing:
        return None
    if found.instant is not None:
        return Span(found.instant.replace(second=0, microsecond=0))
    clock = found.start or (None if found.all_day else found.part_start)
    if clock is None:
        days = found.days or Days(now.date(), now.date())
        last = found.end_days.last if found.end_days else days.last
        return Span(days.first, last if last != days.first else None)
    day = found.days.first if found.days else default_day
    start = _at(day or now.date(), clock, found.day_part)
    if found.days is None and default_day is None and start < now:
        start = _next_occurrence(now, clock, found.day_part)
    end = None
    if found.end is not None:
        end = _at(start.date() - timedelta(days=clock.next_day), found.end, found.day_part)
        end = end + timedelta(days=1) if end <= start else end
    return Span(start, end, borrowed_day=found.days is None)


def _at(day: date, clock: Clock, day_part: str) -> datetime:
    moment = datetime.combine(day, clock.at(day_part))
    return moment + timedelta(days=1) if clock.next_day else moment


def _next_occurrence(now: datetime, clock: Clock, day_part: str) -> datetime:
    """The next time of day that the clock can mean: later today, else tomorrow."""
    today = now.date()
    late = clock.hour % 12 + 12
    if (
        not clock.sure
        and not day_part
        and datetime.combine(today, time(late, clock.minute)) > now
        and late < 22
    ):
        return datetime.combine(today, time(late, clock.minute))
    return _at(today, clock, day_part) + timedelta(days=1)


def show(moment: Moment) -> str:
    """As plans hold it: "2026-03-12T13:00" or "2026-03-12"."""
    return f"{moment:%Y-%m-%dT%H:%M}" if isinstance(moment, datetime) else moment.isoformat()
