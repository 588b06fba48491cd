"""The user's reminders: one folder a list, one iCalendar to-do a file (vdir, as todoman uses it).

Timers are reminders in a list of their own: what rings for reminders rings for them too.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

from tools.context import Changes
from tools.errors import Ambiguous, NotFound, ToolError
from tools.moments import Moment, at_midnight, is_day, show
from tools.stores import ical
from tools.stores.collection import (
    Collection,
    collections,
    exactly,
    matching,
    named,
    names_nothing,
    new_collection,
    not_found,
)
from tools.stores.matching import fold, nearest, similar_matches, sure_matches
from tools.stores.reminder_completion import completed, is_open
from tools.stores.vdir import iter_items, new_item_path

if TYPE_CHECKING:
    from icalendar import Component

DEFAULT_LIST = "Reminders"
TIMERS_LIST = "Timers"
_FIXED = frozenset({fold(DEFAULT_LIST), fold(TIMERS_LIST)})
_FILLERS = frozenset({"my", "the", "a", "reminder", "reminders", "task", "called", "named"})
_NO_PRIORITY = 10  # sorts after 9, the lowest


@dataclass(frozen=True, slots=True)
class NewReminder:
    """A reminder to be written. `priority` as in iCalendar: 1 highest, 9 lowest, 0 none."""

    name: str
    due: Moment | None = None  # a day, or local wall time
    notes: str = ""
    priority: int = 0


@dataclass(frozen=True, slots=True)
class Reminder:
    """An open reminder. `due` is a day, or local wall time."""

    name: str
    due: Moment | None
    notes: str
    priority: int
    list_name: str
    uid: str
    path: Path


@dataclass(frozen=True, slots=True)
class OpenReminders:
    """The open reminders, the next due first, and the files that could not be read."""

    reminders: tuple[Reminder, ...]
    unreadable: tuple[str, ...]  # "list/file"


class ReminderStore:
    """The reminder lists below one folder, which need not exist yet. Times are shown in `zone`."""

    def __init__(self, root: Path, zone: tzinfo) -> None:
        self._root = root
        self._zone = zone

    def choose(self, asked: str) -> Collection:
        """The list to write to: a known one that has the words of the name, else a new one of that name.

        Near misses must not swallow reminders. Nor must "Work reminders" those of no list, or "Egg timers"
        the timers: the lists with a fixed name are only those of exactly that name.
        """
        known = collections(self._root)
        name = asked.strip()
        if found := exactly(name, known, "list_name"):
            return found
        if names_nothing(name):
            name = DEFAULT_LIST
        if fold(name) in _FIXED:
            return exactly(name, known, "list_name") or new_collection(self._root, name)
        return named(name, known, "list_name") or new_collection(self._root, name)

    def add(self, changes: Changes, into: Collection, reminder: NewReminder, *, now: datetime) -> Path:
        """Write a new reminder; its file."""
        component = _component(reminder, self._zone)
        path = new_item_path(into.path, str(component["UID"]), ".ics")
        changes.create(path, ical.new_file(component, now=now, zone=self._zone))
        return path

    def open(self, now: datetime, list_name: str = "") -> OpenReminders:
        """The open reminders of one list, or of all; timers that have run out are none of them."""
        known = collections(self._root)
        if list_name.strip():
            chosen = matching(list_name, known, "list_name")
            if chosen is None:
                raise not_found("reminder list", list_name, known)
            known = [chosen]
        found: list[Reminder] = []
        unreadable: list[str] = []
        for collection in known:
            for path in iter_items(collection.path, ".ics"):
                try:
                    found.extend(self._in_file(path, collection.name))
                except (ical.DamagedFile, OSError):
                    unreadable.append(f"{collection.name}/{path.name}")
        current = [reminder for reminder in found if not _has_run_out(reminder, now)]
        return OpenReminders(tuple(sorted(current, key=_urgency)), tuple(unreadable))

    def find(self, name: str, now: datetime) -> Reminder:
        """The open reminder that `name` means. NotFound if none is.

        Ambiguous if several are meant, or one is only spelled like it: what is found will be changed.
        """
        every = self.open(now).reminders
        labels = _labels(every)
        if name in labels:
            return every[labels.index(name)]
        placed = [f"{reminder.name} ({_place(reminder)})" for reminder in every]
        if placed.count(name) == 1:  # a choice that was offered when there were more of the name
            return every[placed.index(name)]
        if not name.strip():
            raise ToolError("No reminder was named.", hint="Say the name of the reminder.")
        names = [reminder.name for reminder in every]
        sure = sure_matches(name, names, _FILLERS)
        match sure or similar_matches(name, names, _FILLERS):
            case []:
                near = nearest(name, names)
                raise NotFound(f"There is no open reminder called {name}.", near)
            case [position] if sure:
                return every[position]
            case several:
                choices = [labels[position] for position in several]
                raise Ambiguous(f"Which reminder is {name}?", argument="name", choices=choices)

    def complete(self, changes: Changes, reminder: Reminder, now: datetime) -> Moment | None:
        """Mark a reminder as done. Of a series, the next one becomes due: when is returned, else None."""
        following: list[Moment | None] = []

        def edit(old: bytes | None) -> bytes:
            try:
                new, next_due = completed(old or b"", reminder.uid, now, self._zone)
            except ical.DamagedFile as error:
                message = f"The reminder '{reminder.name}' was changed or removed meanwhile ({error})."
                raise ToolError(message, hint="List the reminders and try again.") from error
            following.append(next_due)
            return new

        changes.update(reminder.path, edit)
        return following[-1]

    def _in_file(self, path: Path, list_name: str) -> list[Reminder]:
        todos = ical.parse(path.read_bytes()).walk("VTODO")
        return [_reminder(todo, path, list_name, self._zone) for todo in todos if is_open(todo)]


def _component(reminder: NewReminder, zone: tzinfo) -> Component:
    from icalendar import Alarm, Todo  # noqa: PLC0415

    todo = Todo()
    todo.add("UID", str(uuid.uuid4()))
    todo.add("SUMMARY", ical.one_line(reminder.name))
    todo.add("STATUS", "NEEDS-ACTION")
    if notes := ical.clean(reminder.notes).strip():
        todo.add("DESCRIPTION", notes)
    if reminder.priority:
        todo.add("PRIORITY", reminder.priority)
    if reminder.due is None:
        return todo
    todo.add("DUE", ical.stored(reminder.due, zone))
    if not is_day(reminder.due):  # a day has no moment at which to ring
        alarm = Alarm()
        alarm.add("ACTION", "DISPLAY")
        alarm.add("DESCRIPTION", ical.one_line(reminder.name))
        alarm.add("TRIGGER", timedelta(), parameters={"RELATED": "END"})
        todo.add_component(alarm)
    return todo


def _reminder(todo: Component, path: Path, list_name: str, zone: tzinfo) -> Reminder:
    return Reminder(
        name=ical.one_line(ical.text_of(todo, "SUMMARY")) or "(no title)",
        due=ical.moment_of(todo, "DUE", zone),
        notes=ical.text_of(todo, "DESCRIPTION"),
        priority=ical.number_of(todo, "PRIORITY"),
        list_name=list_name,
        uid=ical.text_of(todo, "UID"),
        path=path,
    )


def _has_run_out(reminder: Reminder, now: datetime) -> bool:
    return reminder.list_name == TIMERS_LIST and reminder.due is not None and at_midnight(reminder.due) <= now


def _urgency(reminder: Reminder) -> tuple[bool, datetime, int, str, str]:
    due = reminder.due
    when = datetime.max if due is None else at_midnight(due)
    return due is None, when, reminder.priority or _NO_PRIORITY, reminder.name.casefold(), reminder.uid


def _labels(reminders: Sequence[Reminder]) -> list[str]:
    """A name for each reminder that means only this one."""
    names = Counter(fold(reminder.name) for reminder in reminders)
    labels = [
        reminder.name if names[fold(reminder.name)] == 1 else f"{reminder.name} ({_place(reminder)})"
        for reminder in reminders
    ]
    seen: Counter[str] = Counter()
    for position, label in enumerate(labels):
        seen[label] += 1
        if seen[label] > 1:
            labels[position] = f"{label} #{seen[label]}"
    return labels


def _place(reminder: Reminder) -> str:
    return reminder.list_name if reminder.due is None else f"{reminder.list_name}, due {show(reminder.due)}"
