"""Tools for the computer itself: timers, and starting programs."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from tools.context import ToolContext
from tools.errors import Ambiguous, NotFound, ToolError, Unavailable
from tools.moments import later, local_zone, show, show_time
from tools.spec import Effect, Label, Result, Seconds, StatusResult, Title, tool
from tools.stores import ical
from tools.stores.desktop_entries import DesktopEntry, desktop_entries
from tools.stores.matching import best_matches, nearest
from tools.stores.reminders import TIMERS_LIST, NewReminder, ReminderStore

_LONGEST_TIMER = timedelta(days=366)
_FILLERS = frozenset({"my", "the", "app", "application", "program"})
_TERMINALS = (("xdg-terminal-exec",), ("x-terminal-emulator", "-e"))


@tool(group="system", effect=Effect.LOCAL_WRITE)
def set_timer(ctx: ToolContext, duration_seconds: Seconds, label: Title = "") -> StatusResult:
    """Set a timer.

    It is a reminder in the list "Timers", due when the time is over; the reminder service rings it.
    """
    if not 0 < duration_seconds <= _LONGEST_TIMER.total_seconds():
        raise ToolError("A timer runs between a second and a year.", hint="Say how long it should run.")
    zone = local_zone()
    now = ctx.now.replace(microsecond=0)
    end = later(now, timedelta(seconds=duration_seconds), zone)
    name = ical.one_line(label)
    store = ReminderStore(ctx.folders.reminders, zone)
    store.add(ctx.changes, store.choose(TIMERS_LIST), NewReminder(name or "Timer", end), now=ctx.now)
    when = show_time(end) if end.date() == now.date() else show(end)
    text = f"Timer '{name}' is set for {when}." if name else f"The timer is set for {when}."
    return Result(text, text)


# READ: starting a program that the user installed stores and sends nothing. There is nothing to undo,
# and the program gets no arguments of the request, so a plan can't make it do anything.
@tool(group="system", effect=Effect.LOCAL_WRITE)
def open_app(ctx: ToolContext, name: Label) -> StatusResult:
    """Start a program."""
    entry = _find(name, desktop_entries(os.environ))
    if ctx.launcher is None or not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        message = f"There is no desktop to start {entry.name} on."
        raise Unavailable(message, hint="Run the assistant in a desktop session.")
    try:
        _start(_in_terminal(entry) if entry.terminal else entry.argv, entry.folder or str(Path.home()))
    except OSError as error:
        raise Unavailable(f"{entry.name} can't be started: {error.strerror or error}.") from error
    text = f"Started {entry.name}."
    return Result(text, text)


def _find(name: str, entries: Sequence[DesktopEntry]) -> DesktopEntry:
    labels = _labels(entries)
    if name in labels:
        return entries[labels.index(name)]
    if not name.strip():
        raise ToolError("No program was named.", hint="Say the name of the program.")
    found = best_matches(name, [entry.name for entry in entries], _FILLERS)
    if not found:  # then other names: "web browser", "code"
        others = [(position, alias) for position, entry in enumerate(entries) for alias in entry.aliases]
        hits = best_matches(name, [alias for _, alias in others], _FILLERS)
        found = list(dict.fromkeys(others[hit][0] for hit in hits))
    match found:
        case []:
            near = nearest(name, [entry.name for entry in entries])
            raise NotFound(f"There is no program called {name}.", near)
        case [position]:
            return entries[position]
        case several:
            choices = [labels[position] for position in several]
            raise Ambiguous(f"Which program is {name}?", argument="name", choices=choices)


def _labels(entries: Sequence[DesktopEntry]) -> list[str]:
    """A name for each program that means only this one: entry ids are unique."""
    count = Counter(entry.name for entry in entries)
    return [
        entry.name if count[entry.name] == 1 else f"{entry.name} ({entry.entry_id.removesuffix('.desktop')})"
        for entry in entries
    ]


def _in_terminal(entry: DesktopEntry) -> tuple[str, ...]:
    for terminal in _TERMINALS:
        if shutil.which(terminal[0]) is not None:
            return (*terminal, *entry.argv)
    raise Unavailable(f"{entry.name} needs a terminal.", hint="Install xdg-terminal-exec.")


def _start(argv: Sequence[str], folder: str) -> None:
    """Start a program that outlives the assistant. OSError if it can't be started."""
    nowhere = subprocess.DEVNULL
    process = subprocess.Popen(
        list(argv), cwd=folder, stdin=nowhere, stdout=nowhere, stderr=nowhere, start_new_session=True
    )
    threading.Thread(target=process.wait, daemon=True).start()  # else it stays a zombie when it ends
