"""A text's words about time as one moment or a span, relative to a clock."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from planner.resolve.clocks import same_half
from planner.resolve.days import find_days
from planner.resolve.found import Clock, Days, Found, Impossible, Moment, Vague
from planner.resolve.reading import Frame, find_corrected
from planner.resolve.words import normal

_HOUR = r"\d{1,2}(?:[:.]\d\d)?(?: ?[ap]m| o'clock)?|noon|midday|midnight"
_TO = re.compile(
    r"\s*(?:-|\b(?:to|until|till|til|through|thru)\b)\s*(?:on |the )*"
    rf"(?P<hour>(?<!-)(?:{_HOUR}) (?:on )?(?:the )?)?$"
)


@dataclass(frozen=True, slots=True)
class Span:
    """A moment, and the end if the text names one. Both may be days."""

    start: Moment
    end: Moment | None = None
    borrowed_day: bool = False  # no day was named
    open_time: bool = False  # no time was named, at most a part of the day
    hours: tuple[Clock, Clock] | None = None  # of the part of the day that was named
    bound: str = ""  # "from" or "until" the start, if that is a time
    unsure: bool = False  # morning or afternoon was not said


def resolve_span(text: str, now: datetime) -> Span | None:
    """The moment that `text` names, with its end if it names one; None if it names none. Impossible, Vague."""
    return resolve_in(text, Frame(now))


def resolve_in(text: str, frame: Frame) -> Span | None:
    """As `resolve_span`, in a frame. Impossible, Vague."""
    plain = normal(text)
    if sides := _two_moments(plain):
        return _from_to(*sides, frame)
    found = find_corrected(plain, frame)
    if found.nothing:
        return None
    if found.instant is not None:
        return Span(found.instant.replace(second=0, microsecond=0))
    clock = found.start or (None if found.all_day else found.part_start)
    if clock is None:
        days = found.days or Days(frame.now.date(), frame.now.date())
        return Span(days.first, days.last if days.last != days.first else None, open_time=True)
    if found.days and found.days.first != found.days.last:
        raise Vague(text)  # "next week at 3": on which day?
    return _timed(found, clock, frame)


def _timed(found: Found, clock: Clock, frame: Frame) -> Span:
    part = found.day_part or frame.part
    day = found.days.first if found.days else frame.day
    end = None
    if found.end is not None:
        clock, last = same_half(clock, found.end, part)
        end = last.minutes() - clock.minutes()
    start = at(day or frame.now.date(), clock, part)
    if day is None and start < frame.now:
        start = _next_occurrence(frame.now, clock, part)
    span = Span(
        start,
        borrowed_day=found.days is None,
        open_time=found.start is None,
        hours=found.hours,
        bound=found.bound,
        unsure=not clock.sure and not part,
    )
    if end is None:
        return span
    return replace(span, end=start + timedelta(minutes=end + (24 * 60 if end <= 0 else 0)))


def at(day: date, clock: Clock, part: str = "") -> datetime:
    """The moment on that day, or early on the next one."""
    return datetime.combine(day, time()) + timedelta(minutes=clock.minutes(part))


def _next_occurrence(now: datetime, clock: Clock, part: str) -> datetime:
    """The next time of day that the clock can mean: later today, else tomorrow."""
    late = at(now.date(), replace(clock, sure=False), "pm")
    if not clock.sure and not part and late > now and late.hour < 22:
        return late
    return at(now.date(), clock, part) + timedelta(days=1)


def _two_moments(plain: str) -> tuple[str, str] | None:
    """The sides of "Monday 9am to Wednesday 5pm": a day on both and a time on one."""
    places = find_days(plain)
    for place in places[1:]:
        if by := _TO.search(plain, 0, place.start):
            left, right = plain[: by.start()], plain[by.start("hour") if by["hour"] else place.start :]
            if any(p.end <= by.start() for p in places) and by.end() == place.start:
                return left, right
    return None


def _from_to(left: str, right: str, frame: Frame) -> Span | None:
    start = resolve_in(left, frame)
    if start is None:
        return None
    end = resolve_end(right, start.start, frame)
    if end is None or isinstance(end, datetime) != isinstance(start.start, datetime):
        raise Vague(f"{left} to {right}")
    return Span(start.start, end)


def resolve_end(text: str, start: Moment, frame: Frame) -> Moment | None:
    """The end that `text` names of something that begins at `start`. Impossible, Vague."""
    day = start.date() if isinstance(start, datetime) else start
    timed = isinstance(start, datetime) and bool(find_corrected(normal(text), frame).start)
    after = day - timedelta(days=1) if timed else day
    span = resolve_in(text, replace(frame, day=day, after=after))
    if span is None:
        return None
    end = span.end or span.start
    if isinstance(start, datetime) and isinstance(end, datetime):
        return end if end > start else _after(start, end, span, text, frame)
    if (end.date() if isinstance(end, datetime) else end) < day:
        raise Impossible(text)
    return end


def _after(start: datetime, end: datetime, span: Span, text: str, frame: Frame) -> datetime:
    """The first time after the start that the words of an end can mean, if they name no day. Impossible."""
    if not span.borrowed_day:
        raise Impossible(text)
    clock = find_corrected(normal(text), frame).start
    later = end + timedelta(hours=12)
    return later if clock and not clock.sure and later > start else end + timedelta(hours=24)


def show(moment: Moment) -> str:
    """As plans hold it: "2026-03-12T13:00" or "2026-03-12"."""
    return f"{moment:%Y-%m-%dT%H:%M}" if isinstance(moment, datetime) else moment.isoformat()
