"""Tools for the calendar: write an event, list what is on."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, tzinfo

from tools.context import ToolContext
from tools.errors import Refused, ToolError
from tools.moments import (
    Moment,
    at_midnight,
    later,
    local_zone,
    parse_moment,
    show,
    show_span,
    show_time,
)
from tools.spec import (
    DateTime,
    Effect,
    Label,
    MaybeEmail,
    Place,
    Result,
    StatusResult,
    Text,
    TextResult,
    Title,
    tool,
)
from tools.stores import ical
from tools.stores.calendars import CalendarStore, NewEvent, Occurrence
from tools.stores.collection import unreadable_note

_DEFAULT_LENGTH = timedelta(minutes=60)
_ADDRESS = re.compile(r"[^\s@<>,;:\"\\]+@[^\s@<>,;:\"\\]+")
_SHOWN_EVENTS = 200


@tool(group="calendar", effect=Effect.LOCAL_WRITE)
def create_calendar_event(
    ctx: ToolContext,
    title: Title,
    start_date: DateTime,
    end_date: DateTime = "",
    location: Place = "",
    *,
    invitees: list[MaybeEmail],
    notes: Text = "",
    calendar: Label = "",
) -> StatusResult:
    """Create an event in the calendar.

    Without an end it lasts an hour, or the whole day if the start is a day. The invitees are
    written into the event; nothing is sent to them.
    """
    zone = local_zone()
    addresses = _addresses(invitees)
    start, end = _span(start_date, end_date, zone)
    name = ical.one_line(title) or ("Meeting" if addresses else "Event")
    event = NewEvent(name, start, end, location, addresses, notes)
    store = CalendarStore(ctx.folders.calendars, zone)
    chosen = store.choose(calendar)
    store.add(ctx.changes, chosen, event, now=ctx.now, person=ctx.person)
    text = f"Created the event '{name}' on {show_span(start, end)} in {chosen.name}."
    if addresses:
        text += f" Invited: {', '.join(addresses)} (noted in the event, nothing was sent)."
    return Result(text, text)


@tool(group="calendar", effect=Effect.READ)
def list_calendar_events(ctx: ToolContext, start_date: DateTime, end_date: DateTime = "") -> TextResult:
    """List the calendar's events between two dates.

    Days are meant whole, the last one too. Without a start it is today, without an end the start's day.
    """
    start, stop = _range(start_date, end_date, ctx.now)
    agenda = CalendarStore(ctx.folders.calendars, local_zone()).between(start, stop)
    lines = [_line(event) for event in agenda.events[:_SHOWN_EVENTS]]
    if (more := len(agenda.events) - _SHOWN_EVENTS) > 0:
        lines.append(f"and {more} more events")
    span = _show_range(start, stop)
    value = "\n".join(lines) if lines else f"No events {span}."
    return Result(value, f"{value}{unreadable_note(agenda.unreadable)}")


def _span(start_date: str, end_date: str, zone: tzinfo) -> tuple[Moment, Moment]:
    start, end = parse_moment(start_date), parse_moment(end_date)
    if start is None:
        raise ToolError("The event has no date.", hint="Say the day and the time it starts.")
    try:
        end = _end(start, end, zone)
    except OverflowError:
        raise ToolError("The event ends after the year 9999.", hint="Give an earlier date.") from None
    if end <= start:
        message = f"The event would end ({show(end)}) before it starts ({show(start)})."
        raise ToolError(message, hint="Give an end after the start.")
    return start, end


def _end(start: Moment, end: Moment | None, zone: tzinfo) -> Moment:
    """The exclusive end, of the same type as the start."""
    one_day = timedelta(days=1)
    if not isinstance(start, datetime):
        last = start if end is None else _day(end)
        return last + one_day
    if isinstance(end, datetime):
        return end
    if end is None or end == start.date():  # the day alone says nothing about the length
        return later(start, _DEFAULT_LENGTH, zone)
    return at_midnight(end + one_day if end > start.date() else end)


def _day(moment: Moment) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


def _addresses(invitees: list[str]) -> list[str]:
    addresses = list(dict.fromkeys(address.strip() for address in invitees if address.strip()))
    for address in addresses:
        if not _ADDRESS.fullmatch(address):
            raise Refused(f"{address!r} is not an e-mail address.", hint="Give the address of the person.")
    return addresses


def _range(start_date: str, end_date: str, now: datetime) -> tuple[datetime, datetime]:
    first = parse_moment(start_date) or now.date()
    last = parse_moment(end_date)
    start = at_midnight(first)
    try:
        day_after = at_midnight(_day(first if last is None else last) + timedelta(days=1))
    except OverflowError:
        raise ToolError("There is no calendar after the year 9999.", hint="Give an earlier date.") from None
    stop = last if isinstance(last, datetime) and last != start else day_after
    if stop <= start:
        message = f"The end ({end_date}) is before the start ({start_date})."
        raise ToolError(message, hint="Give the earlier date first.")
    return start, stop


def _show_range(start: datetime, stop: datetime) -> str:
    if start == at_midnight(start.date()) and stop == at_midnight(stop.date()):
        last = stop.date() - timedelta(days=1)
        return f"on {show(last)}" if last == start.date() else f"from {show(start.date())} to {show(last)}"
    if stop.date() == start.date():
        return f"on {show(start)}-{show_time(stop)}"
    return f"from {show(start)} to {show(stop)}"


def _line(event: Occurrence) -> str:
    place = f", {event.location}" if event.location else ""
    return f"{show_span(event.start, event.end)}: {event.title}{place} ({event.calendar})"
