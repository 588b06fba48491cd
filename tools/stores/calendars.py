"""The user's calendars: one folder a calendar, one iCalendar file an event (vdir, as khal uses it).

Recurring events are expanded by `recurring-ical-events` (LGPL, imported as it is). A damaged file
hides its own event only: it is left as it is, and reported with the events of the others.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

from tools.context import Changes, Person
from tools.moments import Moment, at_midnight, in_zone, is_day
from tools.stores import ical
from tools.stores.collection import Collection, collections, named, new_collection, not_found, similar, which
from tools.stores.vdir import iter_items, new_item_path

if TYPE_CHECKING:
    from icalendar import Component

DEFAULT_CALENDAR = "personal"
_DATES = re.compile(rb"^(?:DTSTART|DTEND|RECURRENCE-ID)(?:;[^:\r\n]*)?:(\d{8})", re.MULTILINE | re.IGNORECASE)
_STARTS = re.compile(rb"^DTSTART", re.MULTILINE | re.IGNORECASE)
_LONGER = re.compile(rb"^(?:RRULE|RDATE|DURATION)", re.MULTILINE | re.IGNORECASE)
_ZONE_MARGIN = timedelta(days=2)  # what zones, and ends that are inclusive or not, can change


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event to be written. Days or local wall times; the end of days is exclusive."""

    title: str
    start: Moment
    end: Moment
    location: str = ""
    invitees: Sequence[str] = ()
    notes: str = ""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """An event, or one of a series, at its time. Days or local wall times; the end is exclusive."""

    start: Moment
    end: Moment
    title: str
    location: str
    calendar: str


@dataclass(frozen=True, slots=True)
class Agenda:
    """The events of a span of time, sorted by start, and the files that could not be read."""

    events: tuple[Occurrence, ...]
    unreadable: tuple[str, ...]  # "calendar/file"


class CalendarStore:
    """The calendars below one folder, which need not exist yet. Times are shown in `zone`."""

    def __init__(self, root: Path, zone: tzinfo) -> None:
        self._root = root
        self._zone = zone

    def choose(self, asked: str) -> Collection:
        """The calendar to write to. A name that none has is an error, unless there is no calendar at all.

        Ambiguous if several are meant, or one is only spelled like it.
        """
        known = collections(self._root)
        if not asked.strip():
            return known[0] if known else Collection(DEFAULT_CALENDAR, self._root / DEFAULT_CALENDAR)
        if (found := named(asked, known, "calendar")) is not None:
            return found
        if close := similar(asked, known):
            raise which(asked, close, "calendar")
        if known:
            raise not_found("calendar", asked, known)
        return new_collection(self._root, asked)

    def add(
        self, changes: Changes, calendar: Collection, event: NewEvent, *, now: datetime, person: Person
    ) -> Path:
        """Write a new event; its file."""
        component = _component(event, person, self._zone)
        path = new_item_path(calendar.path, str(component["UID"]), ".ics")
        changes.create(path, ical.new_file(component, now=now, zone=self._zone))
        return path

    def between(self, start: datetime, stop: datetime) -> Agenda:
        """What happens from `start` until before `stop` (local wall times)."""
        events: list[Occurrence] = []
        unreadable: list[str] = []
        for calendar in collections(self._root):
            for path in iter_items(calendar.path, ".ics"):
                try:
                    events.extend(self._in_file(path, calendar.name, start, stop))
                except (ical.DamagedFile, OSError):
                    unreadable.append(f"{calendar.name}/{path.name}")
        events.sort(key=lambda event: (at_midnight(event.start), not is_day(event.start), event.title))
        return Agenda(tuple(events), tuple(unreadable))

    def _in_file(self, path: Path, calendar: str, start: datetime, stop: datetime) -> list[Occurrence]:
        import recurring_ical_events  # noqa: PLC0415

        data = path.read_bytes()
        if not _may_overlap(data, start, stop):
            return []
        parsed = ical.parse(data)
        try:
            found = recurring_ical_events.of(parsed).between(
                in_zone(start, self._zone), in_zone(stop, self._zone)
            )
        except Exception as error:  # rules and dates of other programs: anything may be wrong with them
            raise ical.DamagedFile(f"{type(error).__name__}: {error}") from error
        occurrences = [_occurrence(event, calendar, self._zone) for event in found if not _cancelled(event)]
        return [event for event in occurrences if event is not None and _overlaps(event, start, stop)]


def _component(event: NewEvent, person: Person, zone: tzinfo) -> Component:
    from icalendar import Event, vCalAddress  # noqa: PLC0415

    component = Event()
    component.add("UID", str(uuid.uuid4()))
    component.add("SUMMARY", ical.one_line(event.title))
    component.add("DTSTART", ical.stored(event.start, zone))
    component.add("DTEND", ical.stored(event.end, zone))
    if location := ical.one_line(event.location):
        component.add("LOCATION", location)
    if notes := ical.clean(event.notes).strip():
        component.add("DESCRIPTION", notes)
    if event.invitees and person.email:
        organizer = vCalAddress(f"mailto:{person.email}")
        if person.name:
            organizer.params["CN"] = ical.one_line(person.name)
        component.add("ORGANIZER", organizer)
    for address in event.invitees:
        attendee = vCalAddress(f"mailto:{address}")
        # SCHEDULE-AGENT (RFC 6638): a CalDAV server that gets this file must not mail invitations itself
        attendee.params.update({"PARTSTAT": "NEEDS-ACTION", "RSVP": "TRUE", "SCHEDULE-AGENT": "CLIENT"})
        component.add("ATTENDEE", attendee)
    return component


def _occurrence(event: Component, calendar: str, zone: tzinfo) -> Occurrence | None:
    start = ical.moment_of(event, "DTSTART", zone)
    if start is None:
        return None
    end = ical.moment_of(event, "DTEND", zone) or start
    if is_day(start):
        end = max(end if is_day(end) else start, start + timedelta(days=1))
    elif is_day(end):
        end = start
    title = ical.one_line(ical.text_of(event, "SUMMARY")) or "(no title)"
    return Occurrence(start, end, title, ical.one_line(ical.text_of(event, "LOCATION")), calendar)


def _cancelled(event: Component) -> bool:
    return ical.text_of(event, "STATUS").upper() == "CANCELLED"


def _overlaps(event: Occurrence, start: datetime, stop: datetime) -> bool:
    first, last = at_midnight(event.start), at_midnight(event.end)
    return first < stop and (last > start or first == last == start)


def _may_overlap(data: bytes, start: datetime, stop: datetime) -> bool:
    """Whether the file is worth parsing: a look at the digits of its dates is twenty times as fast.

    Files with series, durations or dates in an unusual form are always parsed.
    """
    events = data[max(data.find(b"BEGIN:VEVENT"), 0) :]
    dates = _DATES.findall(events)
    if _LONGER.search(events) or not dates or len(_STARTS.findall(events)) > len(dates):
        return True
    days: list[str] = [day.decode() for day in dates]
    first, last = (start - _ZONE_MARGIN).date(), (stop + _ZONE_MARGIN).date()
    return f"{first:%Y%m%d}" <= max(days) and min(days) <= f"{last:%Y%m%d}"
