"""Fills the demo profile, so that a crash in between does no harm.

Files are put in place one by one, each complete, and never over one that is there. A hidden file in
the contacts' folder remembers the moment at which filling began: whoever goes on after a crash uses
the same dates. It is also the lock that lets two programs start at the same time.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import random
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from tinyagent_app.demo.content import Content, demo_person, load_content, texts, uid
from tinyagent_app.demo.days import with_days
from tinyagent_app.demo.pdf import pdf
from tinyagent_app.demo.pictures import png
from tools.context import Folders
from tools.moments import local_zone

MARKER = ".demo-filling"
_TEMPORARY = ".tinyagent-demo.tmp"
_MAILBOXES = ("", ".Drafts", ".Sent")
_PDF = ".pdf.md"


def fill(folders: Folders, now: datetime, seed: int = 7) -> None:
    """Write the demo data with dates around `now` (local wall time). OSError.

    `seed` draws the minutes of the mails and the speckles of the pictures. Files that exist are
    left alone. An interrupted filling is completed with the dates it began with.
    """
    with _begun(folders.contacts / MARKER, now, seed) as (began, drawn):
        for box in _MAILBOXES:
            for place in ("cur", "new", "tmp"):
                (folders.mail / box / place).mkdir(parents=True, exist_ok=True, mode=0o700)
        for path, data in items(folders, began, drawn):
            _put(path, data)


def items(folders: Folders, now: datetime, seed: int) -> Iterator[tuple[Path, bytes]]:
    """Every file of the demo data: where it belongs, and its bytes."""
    # Loaded here: every start asks this package for the user's name, but it is filled only once.
    from tinyagent_app.demo.agenda import Clock, event_file, reminder_file  # noqa: PLC0415
    from tinyagent_app.demo.cards import card  # noqa: PLC0415
    from tinyagent_app.demo.mails import mail_files  # noqa: PLC0415

    content, clock, person = load_content(), Clock(now, local_zone()), demo_person()
    for contact in content.contacts:
        yield folders.contacts / f"{uid('contact', contact.name)}.vcf", card(contact)
    for event in content.events:
        path = folders.calendars / event.calendar / f"{uid('event', event.title)}.ics"
        yield path, event_file(event, person, clock)
    for reminder in content.reminders:
        path = folders.reminders / reminder.list / f"{uid('reminder', reminder.name)}.ics"
        yield path, reminder_file(reminder, clock)
    for name, text in texts("notes"):
        yield folders.notes / name, with_days(text, now.date()).encode()
    files = _files(content, now, seed)
    for name, data in files.items():
        yield folders.roots[0] / name, data
    for name, data in mail_files(content.mails, person, clock, files, seed):
        yield folders.mail / name, data


def _files(content: Content, now: datetime, seed: int) -> dict[str, bytes]:
    """Documents and pictures, by their path below the first root."""
    files: dict[str, bytes] = {}
    for name, text in texts("files"):
        dated = with_days(text, now.date())
        if name.endswith(_PDF):
            files[name.removesuffix(".md")] = pdf(dated)
        else:
            files[name] = dated.encode()
    draw = random.Random(seed)  # noqa: S311 (speckles)
    return files | {picture.file: png(picture, draw) for picture in content.pictures}


@contextlib.contextmanager
def _begun(marker: Path, now: datetime, seed: int) -> Iterator[tuple[datetime, int]]:
    """Hold the marker; gives the moment and the seed of the first try. Removed when all is done."""
    marker.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with marker.open("a+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        earlier = _read(file.read())
        if earlier is None:
            file.truncate(0)
            file.write(json.dumps({"now": now.isoformat(), "seed": seed}))
            file.flush()
            os.fsync(file.fileno())
        yield earlier or (now, seed)
        marker.unlink(missing_ok=True)


def _read(text: str) -> tuple[datetime, int] | None:
    """What an earlier try noted; None if there was none, or if it ended before it could note anything."""
    try:
        noted = json.loads(text)
        return datetime.fromisoformat(noted["now"]), int(noted["seed"])
    except (ValueError, KeyError, TypeError):
        return None


def _put(path: Path, data: bytes) -> None:
    """A new file, complete from its first moment."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = path.with_name(_TEMPORARY)
    with temporary.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
