"""What one text says about time: its day, its time, the part of the day, corrections heeded."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from planner.resolve.days import find_days, without_days
from planner.resolve.durations import MOST_SECONDS, Run, find_runs
from planner.resolve.found import Clock, DayPlace, Days, Found, Vague
from planner.resolve.parts import ALL_DAY, day_part, implied_part
from planner.resolve.times import find_clocks

_IN = re.compile(r"\b(?:in|within|after) (?:about |around )?$")
_FROM_NOW = re.compile(r"(?:'s?)? (?:from now|later|hence)\b")
_NOW = re.compile(r"\b(?:right now|now|immediately|asap)\b")
_CORRECTION = re.compile(
    r"(?:,|;|-|\.\.\.|…)? ?\b(?:no,? wait|no|sorry|i mean|actually|rather|make (?:that|it)|hm+|"
    r"scratch that)\b,? ?"
)
_VAGUE = re.compile(
    r"\b(?:sometime|some time|some day|someday|at some point|whenever|soon|one of these days|"
    r"later|in a (?:bit|while)|(?:few|several) "
    r"(?:secs?|seconds?|mins?|minutes?|hours?|days?|weeks?|months?))\b"
)
_OR = re.compile(r"\b(?:days?|weeks?|months?) or (?:2|3|so)\b")
_THIS_TIME = re.compile(r"\b(?:at )?this time\b")
_BOUND = re.compile(r"\b(?:(?P<first>from|after|since)|before|until|till|til) (?:about |around )?$")


@dataclass(frozen=True, slots=True)
class Frame:
    """What a text is understood against."""

    now: datetime
    day: date | None = None  # of a time without one; without it, the next time the clock shows it
    after: date | None = None  # "Friday" is the one after this day
    past: bool = False  # the text asks about what was
    part: str = ""  # of the day, if the text names none


def find_corrected(plain: str, frame: Frame) -> Found:
    """What the text says about time; a correction ("at 3, sorry, 4") counts more. Impossible, Vague."""
    parts = _CORRECTION.split(plain)
    found = _find(parts[0], frame)
    for part in parts[1:]:
        better = _find(part, frame)
        if better.nothing:
            continue
        if found.end and better.start and not better.end:
            raise Vague(plain)  # "from 2 to 3, no, 4"
        found = Found(
            better.days or found.days,
            _same_half(better, found, frame) or found.start,
            better.end,
            better.instant,
            better.day_part or found.day_part,
            better.part_start or found.part_start,
            better.hours or found.hours,
        )
    return found


def _same_half(right: Found, found: Found, frame: Frame) -> Clock | None:
    """A time that corrects another on that day, in the same half of it if it is near: "at 8, no, at 7"."""
    better, day = right.start, right.days or found.days or frame.day
    if better is None or better.sure or found.start is None or found.day_part or day is None:
        return better
    before, early = found.start.minutes(), better.hour % 12 * 60 + better.minute
    near = [minutes for minutes in (early, early + 12 * 60) if abs(minutes - before) <= 3 * 60]
    return Clock(0, near[0]) if near else better


def _find(text: str, frame: Frame) -> Found:
    if _OR.search(text):
        raise Vague(text)
    found = Found()
    if run := find_instant(text):
        found.instant = frame.now + timedelta(seconds=round(run.seconds))
        return found
    places = find_days(text)
    rest = without_days(text, places)
    if places:
        found.days = _meant(text, places, frame)
    if named := day_part(text):
        found.day_part, found.part_start, found.hours = named.half, named.start, named.hours
    found.day_part = found.day_part or implied_part(text)
    found.all_day = ALL_DAY.search(text) is not None
    if clock := next(find_clocks(_without_durations(rest), alone=not places), None):
        found.start, found.end = clock.first, clock.last
        if not clock.last and (bound := _BOUND.search(rest, 0, clock.start)):
            found.bound = "from" if bound["first"] else "until"
    elif _THIS_TIME.search(text):
        found.start = Clock(frame.now.hour, frame.now.minute)
    if found.nothing and _NOW.search(text):
        found.instant = frame.now
    if _VAGUE.search(text) and found.start is None and (found.days is None or not found.days.named):
        raise Vague(text)
    return found


def _meant(text: str, places: list[DayPlace], frame: Frame) -> Days:
    """The days that the text speaks of, rather those that can't be anything else. Impossible, Vague."""
    sure = [place for place in places if place.sure] or places[:1]
    days = [place.days(frame.now.date(), after=frame.after, past=frame.past) for place in sure]
    named = [found for found in days if found.named]
    stretches = [found for found in days if not found.named]
    apart = any(
        day.first > stretch.last or day.last < stretch.first for day in named for stretch in stretches
    )
    if len({found.first for found in named}) > 1 or apart:
        raise Vague(text)  # two days, or "Monday of Christmas week"
    return days[0]


def find_instant(text: str) -> Run | None:
    """The time from now that `text` (normal form) names: "in 20 minutes", "an hour from now"."""
    for run in find_runs(text):
        if run.days or run.seconds > MOST_SECONDS:
            continue
        if _IN.search(text, 0, run.start) or _FROM_NOW.match(text, run.end):
            return run
    return None


def _without_durations(text: str) -> str:
    for run in find_runs(text):
        text = f"{text[: run.start]}{',' * (run.end - run.start)}{text[run.end :]}"
    return text
