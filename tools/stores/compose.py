"""Builds mails: new ones, answers, forwarded ones, with attachments.

Header values are set through the standard library's policy, which refuses line breaks; addresses
are checked before. So no text can add a header or a recipient.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Sequence
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from pathlib import Path

from tools.contacts import is_address
from tools.context import Person
from tools.errors import Refused
from tools.stores.maildir import Mail, header
from tools.stores.roots import allowed_file

MOST_BYTES = 25 << 20  # of all attachments; what most servers take
MOST_TEXT = 1_000_000  # characters of a body
_SUBJECT_WORDS, _SUBJECT_LENGTH = 8, 120


def new_mail(
    person: Person, now: datetime, recipients: Sequence[str], cc: Sequence[str], subject: str, text: str
) -> EmailMessage:
    """A mail without attachments. Refused for what is no address, and for nothing to say to nobody."""
    if len(text) > MOST_TEXT:
        raise Refused(
            f"The mail has {len(text):,} characters; that is too long.", hint="Attach it as a file."
        )
    to, copies = addresses(recipients), addresses(cc)
    if not to:
        raise Refused("The mail has no recipient.", hint="Say whom it is for.")
    message = EmailMessage()
    if person.email and is_address(person.email):
        message["From"] = Address(_line(person.name), addr_spec=person.email)
    message["To"] = ", ".join(to)
    if remaining := [address for address in copies if address not in to]:
        message["Cc"] = ", ".join(remaining)
    message["Subject"] = _line(subject)[:_SUBJECT_LENGTH] or _subject_of(text)
    message["Date"] = format_datetime(now.astimezone())
    domain = person.email.rpartition("@")[2] if is_address(person.email) else "localhost"
    message["Message-ID"] = make_msgid(domain=domain)
    message.set_content(text.rstrip() + "\n")
    return message


def addresses(values: Sequence[str]) -> list[str]:
    """The addresses, each once. Refused for what is none."""
    found = list(dict.fromkeys(value.strip() for value in values if value.strip()))
    for address in found:
        if not is_address(address):
            raise Refused(f"{address!r} is not an e-mail address.", hint="Give it like ana@example.org.")
    return found


def answer(person: Person, now: datetime, original: Mail, cc: Sequence[str], text: str) -> EmailMessage:
    """A reply to `original`, in its thread, with its text quoted."""
    quoted = "\n".join(f"> {line}".rstrip() for line in original.body.splitlines())
    body = f"{text.strip()}\n\n{original.sender} wrote:\n{quoted}"
    message = new_mail(
        person, now, [original.reply_address], cc, _prefixed("Re:", original.subject), body[:MOST_TEXT]
    )
    if (reference := header(original.message, "Message-ID")) and len(reference) < 500:
        message["In-Reply-To"] = reference
        earlier = header(original.message, "References").split()[-20:]
        message["References"] = " ".join([*earlier, reference])
    return message


def forward(
    person: Person, now: datetime, original: Mail, recipients: Sequence[str], cc: Sequence[str], text: str
) -> EmailMessage:
    """`original` passed on: its text below `text`, its attachments with it."""
    head = [
        f"{name}: {header(original.message, name)}"
        for name in ("From", "Date", "Subject", "To")
        if header(original.message, name)
    ]
    body = "\n".join([text.strip(), "", "---------- Forwarded message ----------", *head, "", original.body])
    message = new_mail(
        person, now, recipients, cc, _prefixed("Fwd:", original.subject), body[:MOST_TEXT].strip()
    )
    for part in original.message.iter_attachments():
        data = part.get_payload(decode=True)
        if isinstance(data, bytes):
            name = _line(part.get_filename() or "attachment")
            message.add_attachment(data, *_type(name), filename=name)
    return message


def attach(message: EmailMessage, files: Sequence[str], roots: Sequence[Path]) -> list[str]:
    """Attach files from the roots; their names. Refused beyond the roots and above 25 MB."""
    names, total = [], 0
    for path in dict.fromkeys(allowed_file(file, roots) for file in files if file):
        total += path.stat().st_size
        if total > MOST_BYTES:
            raise Refused(
                f"The attachments have more than {MOST_BYTES >> 20} MB together.",
                hint="Send fewer or smaller files, or a link.",
            )
        name = _line(path.name)
        message.add_attachment(path.read_bytes(), *_type(name), filename=name)
        names.append(name)
    return names


def _type(name: str) -> tuple[str, str]:
    kind, encoding = mimetypes.guess_type(name)
    main, _, sub = (kind if kind and not encoding else "application/octet-stream").partition("/")
    return main, sub


def _prefixed(prefix: str, subject: str) -> str:
    return subject if subject.casefold().startswith(prefix.casefold()) else f"{prefix} {subject}".strip()


def _line(text: str) -> str:
    """One line without control characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _subject_of(text: str) -> str:
    words = _line(text).split()
    short = " ".join(words[:_SUBJECT_WORDS])
    return (short + ("…" if len(words) > _SUBJECT_WORDS else "")) or "(no subject)"
