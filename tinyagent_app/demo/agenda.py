"""Events and reminders of the demo profile as iCalendar files, written as the tools write them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo

from icalendar import Event, Todo, vCalAddress

from tinyagent_app.demo import content
from tinyagent_app.demo.content import uid
from tinyagent_app.demo.days import day_of
from tools.context import Person
from tools.moments import Moment, in_zone
from tools.stores import ical

_NOON = time(12)


@dataclass(frozen=True, slots=True)
class Clock:
    """The moment of filling (local wall time) and the zone."""

    now: datetime
    zone: tzinfo

    def moment(self, day: str, clock: str = "") -> Moment:
        """A day, or with `clock` ("07:30") the local wall time on it."""
        found = day_of(day, self.now.date())
        return datetime.combine(found, time.fromisoformat(clock)) if clock else found


def event_file(event: content.Event, person: Person, clock: Clock) -> bytes:
    """The file of one event or weekly series."""
    start = clock.moment(event.day, event.start)
    length = timedelta(minutes=event.minutes) if event.start else timedelta(days=event.days)
    component = Event()
    component.add("UID", uid("event", event.title))
    component.add("SUMMARY", event.title)
    component.add("DTSTART", ical.stored(start, clock.zone))
    component.add("DTEND", ical.stored(start + length, clock.zone))
    if event.weeks > 1:
        component.add("RRULE", {"FREQ": "WEEKLY", "COUNT": event.weeks})
    for name, text in (("LOCATION", event.location), ("DESCRIPTION", event.notes)):
        if text:
            component.add(name, text)
    if event.invitees:
        organizer = vCalAddress(f"mailto:{person.email}")
        organizer.params["CN"] = person.name
        component.add("ORGANIZER", organizer)
    for address in event.invitees:
        component.add("ATTENDEE", vCalAddress(f"mailto:{address}"), parameters={"PARTSTAT": "ACCEPTED"})
    return ical.new_file(component, now=clock.now, zone=clock.zone)


def reminder_file(reminder: content.Reminder, clock: Clock) -> bytes:
    """The file of one to-do, open or done."""
    todo = Todo()
    todo.add("UID", uid("reminder", reminder.name))
    todo.add("SUMMARY", reminder.name)
    if reminder.notes:
        todo.add("DESCRIPTION", reminder.notes)
    if reminder.priority:
        todo.add("PRIORITY", reminder.priority)
    if reminder.day:
        due = clock.moment(reminder.day, reminder.time)
        todo.add("DUE", ical.stored(due, clock.zone))
        if reminder.repeat:  # a series needs a start, which lies before the due date (RFC 5545, 3.8.2.3)
            todo.add("DTSTART", ical.stored(due - timedelta(days=1), clock.zone))
            todo.add("RRULE", {"FREQ": reminder.repeat})
    if reminder.done:
        finished = datetime.combine(day_of(reminder.done, clock.now.date()), _NOON)
        todo.add("STATUS", "COMPLETED")
        todo.add("PERCENT-COMPLETE", 100)
        todo.add("COMPLETED", in_zone(finished, clock.zone).astimezone(UTC))
    else:
        todo.add("STATUS", "NEEDS-ACTION")
    return ical.new_file(todo, now=clock.now, zone=clock.zone)
