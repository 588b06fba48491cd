"""Tools for reminders: write one, list the open ones, mark one as done."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from tools.context import ToolContext
from tools.errors import ToolError
from tools.moments import Moment, at_midnight, is_day, local_zone, parse_moment, show
from tools.spec import (
    Arg,
    DateTime,
    Effect,
    Flag,
    Kind,
    Label,
    Result,
    StatusResult,
    Text,
    TextResult,
    Title,
    tool,
)
from tools.stores import ical
from tools.stores.collection import unreadable_note
from tools.stores.reminders import NewReminder, Reminder, ReminderStore

Priority = Annotated[str, Arg(Kind.CHOICE, choices=("", "low", "medium", "high"))]

_PRIORITIES = {"": 0, "low": 9, "medium": 5, "high": 1}  # RFC 5545, 3.8.1.9
_LAST_HIGH, _LAST_MEDIUM = 4, 5
_SHOWN_REMINDERS = 200


@tool(group="reminders", effect=Effect.LOCAL_WRITE)
def create_reminder(
    ctx: ToolContext,
    name: Title,
    due_date: DateTime = "",
    *,
    notes: Text = "",
    list_name: Label = "",
    priority: Priority = "",
    all_day: Flag = False,
) -> StatusResult:
    """Create a reminder, due on a day or at a time.

    Without a date it is never due. An unknown list is made.
    """
    if priority not in _PRIORITIES:
        raise ToolError(f"{priority!r} is no priority.", hint="Use low, medium or high.")
    zone = local_zone()
    due = parse_moment(due_date)
    if all_day and isinstance(due, datetime):
        due = due.date()
    title = ical.one_line(name) or "Reminder"
    store = ReminderStore(ctx.folders.reminders, zone)
    chosen = store.choose(list_name)
    store.add(ctx.changes, chosen, NewReminder(title, due, notes, _PRIORITIES[priority]), now=ctx.now)
    when = "" if due is None else f" for {show(due)}"
    past = " That is in the past." if due is not None and _is_over(due, ctx.now) else ""
    text = f"Created the reminder '{title}'{when} in {chosen.name}.{past}"
    return Result(text, text)


@tool(group="reminders", effect=Effect.READ)
def list_reminders(ctx: ToolContext, list_name: Label = "") -> TextResult:
    """List the open reminders of one list, or of all lists."""
    found = ReminderStore(ctx.folders.reminders, local_zone()).open(ctx.now, list_name)
    lines = [_line(reminder, ctx.now) for reminder in found.reminders[:_SHOWN_REMINDERS]]
    if (more := len(found.reminders) - _SHOWN_REMINDERS) > 0:
        lines.append(f"and {more} more reminders")
    value = "\n".join(lines) if lines else "No open reminders."
    return Result(value, f"{value}{unreadable_note(found.unreadable)}")


@tool(group="reminders", effect=Effect.LOCAL_WRITE)
def complete_reminder(ctx: ToolContext, name: Label) -> StatusResult:
    """Mark a reminder as done."""
    store = ReminderStore(ctx.folders.reminders, local_zone())
    reminder = store.find(name, ctx.now)
    next_due = store.complete(ctx.changes, reminder, ctx.now)
    text = f"Marked '{reminder.name}' in {reminder.list_name} as done."
    if next_due is not None:
        text += f" It is next due on {show(next_due)}."
    return Result(text, text)


def _line(reminder: Reminder, now: datetime) -> str:
    due = ""
    if reminder.due is not None:
        word = "overdue since" if _is_over(reminder.due, now) else "due"
        due = f", {word} {show(reminder.due)}"
    return f"{reminder.name}{due} ({', '.join([reminder.list_name, *_priority(reminder.priority)])})"


def _priority(priority: int) -> list[str]:
    if not priority:
        return []
    word = "low" if priority > _LAST_MEDIUM else "medium" if priority > _LAST_HIGH else "high"
    return [f"{word} priority"]


def _is_over(due: Moment, now: datetime) -> bool:
    return at_midnight(due).date() < now.date() if is_day(due) else at_midnight(due) < now
