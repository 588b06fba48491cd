"""What one match of the patterns in `times` means: a clock, or the two of a range."""

from __future__ import annotations

import re

from planner.resolve.found import Clock, Impossible

_HALF_DAY = 12 * 60
_NAMED = {"noon": 12, "midday": 12, "midnight": 24}


def clock_of(match: re.Match[str], side: str) -> Clock:
    """The time that one side ("a" or "b") of a pattern matched. Impossible."""

    def group(name: str) -> str | None:
        value: str | None = match[side + name]
        return value

    if word := group("word"):
        return Clock(_NAMED[word])
    if group("dir"):
        return _relative(match, side)
    if hour := group("half"):
        return _valid(int(hour), 30, group("m5"), match[0])
    if digits := group("mil") or group("four"):
        number = re.sub(r"\D", "", digits)
        said = group("m6") or ("" if group("mil") or number[0] == "0" else None)
        return _valid(int(number[:-2]), int(number[-2:]), said, match[0])
    minute = int(group("min") or group("spoken") or group("spoken2") or 0)
    hour = group("h2") or group("h3") or group("h4") or group("bare") or "0"
    half = group("m2") or group("m4") or group("m3")
    half = half if half in {"am", "pm"} else None
    return _valid(int(hour), minute, "" if half is None and hour.startswith("0") else half, match[0])


def _relative(match: re.Match[str], side: str) -> Clock:
    """E.g. quarter to eight, five past noon."""
    number = re.match(r"\d+", match[side + "rel"])
    minutes = int(number[0]) if number else 30 if "half" in match[side + "rel"] else 15
    if minutes > 59:
        raise Impossible(match[0])
    if match[side + "dir"] not in {"past", "after"}:
        minutes = -minutes
    hour = match[side + "h1"]
    if hour in _NAMED:
        return Clock(_NAMED[hour], minutes)
    clock = _valid(int(hour), 0, match[side + "m1"], match[0])
    return Clock(clock.hour, minutes, clock.sure)


def _valid(hour: int, minute: int, half: str | None, text: str) -> Clock:
    """A clock of that hour; `half` is "am", "pm", "" (the 24-hour form) or None (not said). Impossible."""
    if hour > 24 or minute > 59 or (hour == 24 and minute) or (half and hour == 0):
        raise Impossible(text.strip())
    if half and hour <= 12:
        hour = hour % 12 + (12 if half == "pm" else 0)
    return Clock(hour, minute, sure=half is not None or hour > 12 or hour == 0)


def same_half(start: Clock, end: Clock, part: str) -> tuple[Clock, Clock]:
    """Both ends in a sensible half of the day: "11-1pm" is 11:00-13:00, "10 till 2am" 22:00-02:00."""
    if not start.sure and end.sure:
        limit = end.minutes()
        early = start.hour % 12 * 60 + start.minute
        late = early + _HALF_DAY
        first = late if late < limit or early >= limit else early
        return Clock(0, first), end
    first = start.minutes(part)
    if end.sure:
        return Clock(0, first), end
    last = end.hour % 12 * 60 + end.minute
    while last <= first:
        last += _HALF_DAY
    return Clock(0, first), Clock(0, last)
