"""What a tool is given when it runs: the folders, the clock, and the ports to the outside.

Tools never write files themselves. They go through `Changes`, which records how to undo a change
before it happens; so every local write is journaled, atomic and can be taken back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol


class Changes(Protocol):
    """The only way in which tools write. Each change is journaled, then applied atomically."""

    def create(self, path: Path, data: bytes) -> None:
        """Write a new file (parent folders are made). FileExistsError if there is one."""

    def update(self, path: Path, edit: Callable[[bytes | None], bytes]) -> None:
        """Replace the content by `edit(old)`; `old` is None if there is no file. Serialised per path."""

    def delete(self, path: Path) -> None:
        """Remove the file; undo brings it back. FileNotFoundError if there is none."""


class Writer(Protocol):
    """A language model that composes text. Called from a worker thread; blocks until done."""

    def complete(self, instruction: str, text: str, *, max_tokens: int) -> str:
        """The answer to `instruction` about `text` (untrusted). tools.errors.Unavailable if it can't."""


class Launcher(Protocol):
    """Shows files, links and programs on the user's desktop."""

    def open(self, target: str) -> bool:
        """Open a path or URL with the desktop's default program; False if there is no desktop."""


@dataclass(frozen=True, slots=True)
class Folders:
    """Where the user's data lives. Everything is an open format in plain folders."""

    contacts: Path  # vdir: one vCard a file
    calendars: Path  # vdir: one folder a calendar, one iCalendar file an event
    reminders: Path  # vdir: one folder a list, one iCalendar file a to-do
    mail: Path  # Maildir with sub-folders .Drafts, .Sent
    notes: Path  # Markdown files in folders
    outbox: Path  # messages that no back end could send yet
    roots: tuple[Path, ...]  # the only folders in which files are searched and opened


@dataclass(frozen=True, slots=True)
class Person:
    """The user of this profile."""

    name: str = ""
    email: str = ""
    region: str = "US"  # ISO 3166 country for phone numbers without a country code


@dataclass(frozen=True, slots=True)
class Services:
    """Settings of the back ends that tools talk to."""

    sendmail: tuple[str, ...] = ()  # command that sends a mail from standard input, as an argument list
    map_url: str = "https://www.openstreetmap.org"
    meeting_url: str = "https://meet.jit.si"
    zoom_url: str = ""  # personal meeting room; Jitsi is used when empty
    # The Message-ID of the mail that "this mail" means; newest when empty. Asked anew each time: an
    # earlier step of the same request may have selected another.
    selected_mail: Callable[[], str] = str
    select_mail: Callable[[str], None] | None = None  # remembers the selected mail in the profile


@dataclass(frozen=True, slots=True)
class ToolContext:
    """Everything a tool may use. `now` is local wall time without zone, the clock of this request."""

    folders: Folders
    changes: Changes
    now: datetime
    person: Person = field(default_factory=Person)
    services: Services = field(default_factory=Services)
    writer: Writer | None = None
    launcher: Launcher | None = None
