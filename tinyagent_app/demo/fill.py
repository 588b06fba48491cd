"""Writes the demo profile's data, in the open formats that the tools use. The content is in demo.toml."""

from __future__ import annotations

import tomllib
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from importlib import resources
from pathlib import Path
from typing import Any

from tinyagent_app.demo.files import pdf, png
from tools.context import Folders, Person

_NAMESPACE = uuid.UUID("6b0e6f0a-3a6e-4b8f-9f7e-0a5d3c1f2e77")
_PICTURE = (160, 120)  # pixels


def demo_person() -> Person:
    """The made-up user of the demo profile."""
    return Person(**_content()["person"])


def fill(folders: Folders, now: datetime) -> None:
    """Write the data, with dates around `now`. Doing it again writes the same files again. OSError."""
    content = _content()
    for contact in content["contacts"]:
        _write(folders.contacts / f"{_uid(contact['name'])}.vcf", _card(contact))
    for event in content["events"]:
        path = folders.calendars / event["calendar"] / f"{_uid(event['title'])}.ics"
        _write(path, _event(event, now))
    for reminder in content["reminders"]:
        path = folders.reminders / reminder["list"] / f"{_uid(reminder['name'])}.ics"
        _write(path, _todo(reminder, now))
    for note in content["notes"]:
        _write(folders.notes / note["folder"] / f"{note['name']}.md", note["text"].encode())
    for mail in content["mails"]:
        _write_mail(folders.mail, mail, now)
    root = folders.roots[0]
    for document in content["pdfs"]:
        _write(root / document["name"], pdf(document["title"], document["text"]))
    for text in content["texts"]:
        _write(root / text["name"], text["text"].encode())
    for picture in content["pictures"]:
        red, green, blue = picture["colour"]
        _write(root / picture["name"], png(*_PICTURE, (red, green, blue)))


def _content() -> Mapping[str, Any]:
    text = (resources.files("tinyagent_app.demo") / "demo.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _uid(name: str) -> str:
    return str(uuid.uuid5(_NAMESPACE, name))


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.write_bytes(data)


def _card(contact: Mapping[str, Any]) -> bytes:
    given, _, family = contact["name"].rpartition(" ")
    lines = ["BEGIN:VCARD", "VERSION:3.0", f"UID:{_uid(contact['name'])}", f"FN:{contact['name']}"]
    lines.append(f"N:{family};{given};;;")
    if "nickname" in contact:
        lines.append(f"NICKNAME:{contact['nickname']}")
    if "related" in contact:
        lines.append(f"RELATED;TYPE={contact['related']};VALUE=text:me")
    if "organisation" in contact:
        lines.append(f"ORG:{contact['organisation']}")
    lines += [f"TEL;TYPE=CELL:{phone}" for phone in contact.get("phones", [])]
    lines += [f"EMAIL:{email}" for email in contact.get("emails", [])]
    return _lines([*lines, "END:VCARD"])


def _event(event: Mapping[str, Any], now: datetime) -> bytes:
    day = now.date() + timedelta(days=event["day"])
    lines = _head("VEVENT", event["title"], now)
    if "start" in event:
        start = datetime.combine(day, time.fromisoformat(event["start"]))
        end = start + timedelta(minutes=event["minutes"])
        lines += [f"DTSTART:{start:%Y%m%dT%H%M%S}", f"DTEND:{end:%Y%m%dT%H%M%S}"]
    else:
        last = day + timedelta(days=event["days"])
        lines += [f"DTSTART;VALUE=DATE:{day:%Y%m%d}", f"DTEND;VALUE=DATE:{last:%Y%m%d}"]
    if event.get("weekly"):
        lines.append("RRULE:FREQ=WEEKLY;COUNT=9")
    if "location" in event:
        lines.append(f"LOCATION:{event['location']}")
    return _lines([*lines, "END:VEVENT", "END:VCALENDAR"])


def _todo(reminder: Mapping[str, Any], now: datetime) -> bytes:
    lines = _head("VTODO", reminder["name"], now)
    if "day" in reminder:
        lines.append(f"DUE;VALUE=DATE:{now.date() + timedelta(days=reminder['day']):%Y%m%d}")
    if "priority" in reminder:
        lines.append(f"PRIORITY:{reminder['priority']}")
    if reminder.get("done"):
        lines += ["STATUS:COMPLETED", "PERCENT-COMPLETE:100", f"COMPLETED:{_utc(now)}"]
    else:
        lines.append("STATUS:NEEDS-ACTION")
    return _lines([*lines, "END:VTODO", "END:VCALENDAR"])


def _head(kind: str, name: str, now: datetime) -> list[str]:
    version = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//TinyAgent//demo//EN"]
    return [*version, f"BEGIN:{kind}", f"UID:{_uid(name)}", f"DTSTAMP:{_utc(now)}", f"SUMMARY:{name}"]


def _utc(now: datetime) -> str:
    return f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _lines(lines: list[str]) -> bytes:
    return "".join(f"{line}\r\n" for line in lines).encode()


def _write_mail(folder: Path, mail: Mapping[str, Any], now: datetime) -> None:
    received = now - timedelta(hours=mail["hours"])
    message = EmailMessage()
    message["From"], message["To"] = mail["from"], "Robin Vale <robin@vale.example>"
    message["Subject"], message["Date"] = mail["subject"], format_datetime(received.astimezone())
    message["Message-ID"] = f"<{_uid(mail['subject'])}@demo.example>"
    message.set_content(mail["text"])
    for box in (folder, folder / ".Drafts", folder / ".Sent"):
        for place in ("cur", "new", "tmp"):
            (box / place).mkdir(parents=True, exist_ok=True, mode=0o700)
    _write(folder / "cur" / f"{_uid(mail['subject'])}.demo:2,S", message.as_bytes())
