"""Completing a to-do in its file; one of a series moves on to its next date instead.

A series stays one file with its own identity, alarms and whatever other programs wrote into it:
the dates of the to-do move, as Tasks.org and Apple's Reminders do it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Any

from tools.moments import Moment, at_midnight, in_zone, local_wall
from tools.stores import ical
from tools.stores.ical_lines import with_properties

if TYPE_CHECKING:
    from icalendar import Calendar, Component

_MAX_SKIPPED = 10_000  # dates of a series that are looked at: a rule "every second" must not hang


@dataclass(frozen=True, slots=True)
class _Step:
    """From one date of a series to the next that counts."""

    distance: timedelta
    dates: int  # how many dates of the series that is


def is_open(todo: Component) -> bool:
    """Whether the to-do is still to be done. Changed single dates of a series don't count."""
    if "RECURRENCE-ID" in todo or "COMPLETED" in todo:
        return False
    return ical.text_of(todo, "STATUS").upper() not in {"COMPLETED", "CANCELLED"}


def completed(data: bytes, uid: str, now: datetime, zone: tzinfo) -> tuple[bytes, Moment | None]:
    """The file with the open to-do `uid` done, and when the next one of its series is due.

    DamagedFile if the file can't be read or holds no such to-do.
    """
    calendar = ical.parse(data)
    todos = calendar.walk("VTODO")
    open_ones = [i for i, todo in enumerate(todos) if is_open(todo) and ical.text_of(todo, "UID") == uid]
    if not open_ones:
        raise ical.DamagedFile("it holds no such open reminder")
    index = open_ones[0]
    todo = todos[index]
    for name in ("DTSTART", "DUE"):  # a damaged to-do has several; the first one is what is shown
        if name in todo:
            todo[name] = ical.first(todo[name])
    stamp = ical.utc_text(now, zone)
    stamps = {"DTSTAMP": f":{stamp}", "LAST-MODIFIED": f":{stamp}"}
    step = _next_step(calendar, todo, now, zone) if "RRULE" in todo else None
    if step is None:
        done = {"STATUS": ":COMPLETED", "COMPLETED": f":{stamp}", "PERCENT-COMPLETE": ":100"}
        return with_properties(data, "VTODO", index, stamps | done), None
    moved = {
        name: _moved(_property(todo, name), step.distance) for name in ("DTSTART", "DUE") if name in todo
    }
    again = {"STATUS": ":NEEDS-ACTION", "PERCENT-COMPLETE": ":0"} | _rule_after(todo, step.dates)
    next_due = _due(todo, step.distance, zone)
    return with_properties(data, "VTODO", index, stamps | moved | again), next_due


def _next_step(calendar: Calendar, todo: Component, now: datetime, zone: tzinfo) -> _Step | None:
    """The way to the first date of the series that is after this one and after now; None if it has ended."""
    import recurring_ical_events  # noqa: PLC0415

    start = _start(todo)
    counted = "COUNT" in _property(todo, "RRULE")
    since = _wall(start, zone) if counted else max(_wall(start, zone), now)
    try:
        query = recurring_ical_events.of(calendar, components=["VTODO"])
        for dates, other in enumerate(query.after(in_zone(since, zone))):
            begin = _start(other)
            if dates > _MAX_SKIPPED:
                break
            if ical.text_of(other, "UID") != ical.text_of(todo, "UID"):
                continue
            if _wall(begin, zone) > max(_wall(start, zone), now):
                return _Step(begin - start, dates)
    except Exception as error:  # rules of other programs: anything may be wrong with them
        raise ical.DamagedFile(f"its rule can't be read: {error}") from error
    return None


def _start(todo: Component) -> Any:  # date | datetime, with or without zone
    return _property(todo, "DTSTART" if "DTSTART" in todo else "DUE").dt


def _wall(moment: date, zone: tzinfo) -> datetime:
    return local_wall(at_midnight(moment), zone)


def _due(todo: Component, distance: timedelta, zone: tzinfo) -> Moment:
    value: date = _property(todo, "DUE" if "DUE" in todo else "DTSTART").dt + distance
    return local_wall(value, zone) if isinstance(value, datetime) else value


def _property(todo: Component, name: str) -> Any:
    if name not in todo:
        raise ical.DamagedFile(f"it has no {name}")
    return ical.first(todo[name])


def _moved(prop: Any, distance: timedelta) -> str:
    from icalendar import vDDDTypes  # noqa: PLC0415

    parameters = prop.params.to_ical().decode()
    value = vDDDTypes(prop.dt + distance).to_ical().decode()
    return f";{parameters}:{value}" if parameters else f":{value}"


def _rule_after(todo: Component, dates: int) -> dict[str, str]:
    """The rule with `dates` fewer repetitions, if it counts them."""
    from icalendar import vRecur  # noqa: PLC0415

    rule = _property(todo, "RRULE")
    if "COUNT" not in rule:
        return {}
    fewer: Any = vRecur({**rule, "COUNT": [rule["COUNT"][0] - dates]})
    return {"RRULE": f":{fewer.to_ical().decode()}"}
