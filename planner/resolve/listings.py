"""From when to when a listing goes: "this evening" is 18:00 to 23:59, "after three" from three on."""

from __future__ import annotations

from datetime import datetime

from planner.resolve.found import Clock, Moment
from planner.resolve.moments import Span, at

_WHOLE_DAY = (Clock(0), Clock(23, 59))


def listed(span: Span, end: Moment | None) -> tuple[Moment, Moment]:
    """The first and the last moment of a listing of what the words of its start name."""
    start = span.start
    if isinstance(start, datetime) and end is None:
        first, last = (at(start.date(), clock) for clock in span.hours or _WHOLE_DAY)
        if span.open_time and span.hours:
            return first, last
        if span.bound == "from":
            return start, last if last > start else at(start.date(), _WHOLE_DAY[1])
        if span.bound == "until":
            return first if first < start else at(start.date(), _WHOLE_DAY[0]), start
    if end is None or (isinstance(end, datetime) and not isinstance(start, datetime)):
        return start, start
    return start, end
