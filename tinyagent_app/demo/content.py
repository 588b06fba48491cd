"""The demo profile's content as typed values, read from the package's data files."""

from __future__ import annotations

import tomllib
import uuid
from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Literal

from pydantic import BaseModel, ConfigDict

from tools.context import Person

_NAMESPACE = uuid.UUID("6b0e6f0a-3a6e-4b8f-9f7e-0a5d3c1f2e77")


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Contact(_Model):
    """A person or firm. `family` where it is not the last word of the name."""

    name: str
    family: str = ""
    title: str = ""
    nicknames: list[str] = []
    related: list[str] = []  # what the contact is to the user
    phones: list[str] = []
    emails: list[str] = []
    organisation: str = ""
    note: str = ""
    birthday: str = ""


class Event(_Model):
    """An event; without a start it takes whole days. `day` as in tinyagent_app.demo.days."""

    title: str
    calendar: str
    day: str
    start: str = ""
    minutes: int = 60
    days: int = 1
    weeks: int = 1  # it happens that many times, once a week
    location: str = ""
    notes: str = ""
    invitees: list[str] = []


class Reminder(_Model):
    """A reminder; `done` is the day on which it was completed."""

    list: str
    name: str
    day: str = ""
    time: str = ""
    notes: str = ""
    priority: int = 0
    repeat: Literal["", "WEEKLY", "MONTHLY"] = ""
    done: str = ""


class Mail(_Model):
    """A mail; `damage` is the charset that its bytes really have, while it claims to be UTF-8."""

    key: str
    box: Literal["Inbox", "Sent", "Drafts"] = "Inbox"
    sender: str
    to: str = ""
    cc: str = ""
    subject: str
    hours: int
    unread: bool = False
    answers: str = ""
    html: bool = False
    damage: str = ""
    attachments: list[str] = []
    text: str


class Picture(_Model):
    """A drawing: see pictures.toml for the shapes."""

    file: str
    sky: str
    floor: str
    shapes: list[list[object]]


class Content(_Model):
    """Everything in the tables; notes and documents are files of their own."""

    person: dict[str, str]
    contacts: list[Contact]
    events: list[Event]
    reminders: list[Reminder]
    mails: list[Mail]
    pictures: list[Picture]


def load_content() -> Content:
    """Read the tables."""
    tables: dict[str, object] = {}
    for name in ("contacts", "calendar", "reminders", "mails", "pictures"):
        tables |= tomllib.loads(_text(f"{name}.toml"))
    return Content.model_validate(tables)


def texts(folder: str) -> Iterator[tuple[str, str]]:
    """The text files below a folder of the data, as relative path and text, sorted."""
    yield from _below(_data() / folder, "")


def demo_person() -> Person:
    """The made-up user of the demo profile."""
    person: dict[str, str] = tomllib.loads(_text("contacts.toml"))["person"]
    return Person(**person)


def demo_requests() -> tuple[str, ...]:
    """Requests that work well on the demo profile, for help texts and the README."""
    lines = (line.strip() for line in _text("requests.txt").splitlines())
    return tuple(line for line in lines if line and not line.startswith("#"))


def uid(kind: str, name: str) -> str:
    """The identifier of an item: the same in every demo profile."""
    return str(uuid.uuid5(_NAMESPACE, f"{kind} {name}"))


def _data() -> Traversable:
    return resources.files("tinyagent_app.demo") / "data"


def _text(name: str) -> str:
    return (_data() / name).read_text(encoding="utf-8")


def _below(folder: Traversable, prefix: str) -> Iterator[tuple[str, str]]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            yield from _below(entry, f"{prefix}{entry.name}/")
        else:
            yield f"{prefix}{entry.name}", entry.read_text(encoding="utf-8")
