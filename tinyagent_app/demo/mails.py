"""Mails of the demo profile as files of a Maildir: inbox, sent mails and drafts, with their threads."""

from __future__ import annotations

import mimetypes
import os
import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, time, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from tinyagent_app.demo.agenda import Clock
from tinyagent_app.demo.content import Mail, uid
from tinyagent_app.demo.days import with_days
from tools.context import Person
from tools.moments import in_zone

_FOLDERS = {"Inbox": "", "Sent": ".Sent/", "Drafts": ".Drafts/"}
_JITTER = 40  # minutes: nobody writes on the hour
_MORNING, _NIGHT = timedelta(hours=7), timedelta(hours=23)


def mail_files(
    mails: Sequence[Mail], person: Person, clock: Clock, files: Mapping[str, bytes], seed: int
) -> Iterator[tuple[str, bytes]]:
    """Paths below the mail folder and their bytes. `files` are what can be attached, by path."""
    draw = random.Random(seed)  # noqa: S311 (minutes of made-up mails)
    by_key = {mail.key: mail for mail in mails}
    for mail in mails:
        wall = clock.now - timedelta(hours=mail.hours, minutes=draw.randrange(_JITTER))
        date = in_zone(_awake(wall, clock.now).replace(microsecond=0), clock.zone)
        message = _message(mail, person, date, clock.now)
        _thread(message, mail, by_key)
        _attach(message, mail, files)
        yield (
            _name(mail, date, by_key),
            _bytes(message, mail, with_days(mail.text.lstrip(), clock.now.date())),
        )


def _awake(wall: datetime, now: datetime) -> datetime:
    """`wall` moved out of the night, so that the order of moments stays and none is after `now`.

    Of earlier days the 24 hours become those from seven to eleven; of today, those from seven until now.
    """
    midnight = datetime.combine(wall.date(), time())
    morning, night = midnight + _MORNING, midnight + _NIGHT
    if wall.date() != now.date():
        return morning + (wall - midnight) * ((night - morning) / timedelta(days=1))
    if now <= morning:
        return wall
    return morning + (wall - midnight) * ((now - morning) / (now - midnight))


def _message(mail: Mail, person: Person, date: datetime, now: datetime) -> EmailMessage:
    message = EmailMessage(policy=SMTP.clone(linesep=os.linesep))
    message["From"] = mail.sender
    message["To"] = mail.to or f"{person.name} <{person.email}>"
    if mail.cc:
        message["Cc"] = mail.cc
    message["Subject"] = with_days(mail.subject, now.date())
    message["Date"] = format_datetime(date)
    message["Message-ID"] = _id(mail)
    subtype = "html" if mail.html else "plain"
    message.set_content(with_days(mail.text.lstrip(), now.date()), subtype=subtype)
    return message


def _thread(message: EmailMessage, mail: Mail, by_key: Mapping[str, Mail]) -> None:
    chain: list[str] = []
    while mail.answers:
        mail = by_key[mail.answers]
        chain.insert(0, _id(mail))
    if chain:
        message["In-Reply-To"] = chain[-1]
        message["References"] = " ".join(chain)


def _attach(message: EmailMessage, mail: Mail, files: Mapping[str, bytes]) -> None:
    for path in mail.attachments:
        kind, _ = mimetypes.guess_type(path)
        main, _, sub = (kind or "application/octet-stream").partition("/")
        message.add_attachment(files[path], main, sub, filename=path.rpartition("/")[2])
    if mail.attachments:
        message.set_boundary(f"=_{uid('boundary', mail.key)}")  # the library's own is drawn by chance


def _bytes(message: EmailMessage, mail: Mail, text: str) -> bytes:
    """The mail as it came; a damaged one has raw bytes in its headers and another charset than it says."""
    if not mail.damage:
        return message.as_bytes()
    head = [f"{name}: {message[name]}" for name in ("To", "Date", "Message-ID")]
    head += [f"From: {mail.sender}", f"Subject: {mail.subject}"]
    head += [
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: 8bit",
    ]
    return "\n".join([*head, "", text]).encode(mail.damage)


def _name(mail: Mail, date: datetime, by_key: Mapping[str, Mail]) -> str:
    """A Maildir name: time, a unique part, and flags (S seen, R answered, D draft)."""
    unique = f"{_FOLDERS[mail.box]}{{place}}/{int(date.timestamp())}.{uid('mail', mail.key)}.demo"
    if mail.unread:
        return unique.format(place="new")
    answered = any(other.answers == mail.key and other.box == "Sent" for other in by_key.values())
    flags = "DS" if mail.box == "Drafts" else "RS" if answered else "S"
    return f"{unique.format(place='cur')}:2,{flags}"


def _id(mail: Mail) -> str:
    return f"<{uid('mail', mail.key)}@example.org>"
