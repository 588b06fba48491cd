"""Builds mails: new ones, answers, forwarded ones. Attachments are added by tools.stores.attachments.

Header values are set through the standard library's policy, which refuses line breaks; addresses
are checked before. So no text can add a header or a recipient.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

from tools.addresses import deliverable
from tools.context import Person
from tools.errors import Refused
from tools.stores.mail_policy import POLICY
from tools.stores.maildir import Mail, header

MOST_TEXT = 1_000_000  # characters of a body
_SUBJECT_WORDS, _SUBJECT_LENGTH = 8, 120
_LONGEST_ID, _MOST_IDS = 500, 20  # of the mails that a thread is known by


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
    message = EmailMessage(POLICY)
    if own := deliverable(person.email):
        message["From"] = Address(_line(person.name), addr_spec=own)
    message["To"] = ", ".join(to)
    if remaining := [address for address in copies if address not in to]:
        message["Cc"] = ", ".join(remaining)
    message["Subject"] = _line(subject)[:_SUBJECT_LENGTH] or _subject_of(text)
    message["Date"] = format_datetime(now.astimezone())
    message["Message-ID"] = make_msgid(domain=own.rpartition("@")[2] or "localhost")
    message.set_content(text.rstrip() + "\n")
    return message


def addresses(values: Sequence[str]) -> list[str]:
    """The addresses in the form that can be delivered, each once. Refused for what is none."""
    found: list[str] = []
    for value in filter(None, map(str.strip, values)):
        address = deliverable(value)
        if not address:
            raise Refused(f"{value!r} is not an e-mail address.", hint="Give it like ana@example.org.")
        found.append(address)
    return list(dict.fromkeys(found))


def answer(person: Person, now: datetime, original: Mail, cc: Sequence[str], text: str) -> EmailMessage:
    """A reply to `original`, in its thread, with its text quoted."""
    quoted = "\n".join(f"> {line}".rstrip() for line in original.body.splitlines())
    body = f"{text.strip()}\n\n{original.sender} wrote:\n{quoted}"
    message = new_mail(
        person, now, [original.reply_address], cc, _prefixed("Re:", original.subject), body[:MOST_TEXT]
    )
    if (reference := header(original.message, "Message-ID")) and len(reference) < _LONGEST_ID:
        message["In-Reply-To"] = reference
        earlier = [id_ for id_ in header(original.message, "References").split() if len(id_) < _LONGEST_ID]
        message["References"] = " ".join([*earlier[-_MOST_IDS:], reference])
    return message


def forward(
    person: Person, now: datetime, original: Mail, recipients: Sequence[str], cc: Sequence[str], text: str
) -> EmailMessage:
    """`original` passed on: its text below `text`. Its attachments are not in it yet."""
    head = [
        f"{name}: {header(original.message, name)}"
        for name in ("From", "Date", "Subject", "To")
        if header(original.message, name)
    ]
    body = "\n".join([text.strip(), "", "---------- Forwarded message ----------", *head, "", original.body])
    return new_mail(
        person, now, recipients, cc, _prefixed("Fwd:", original.subject), body[:MOST_TEXT].strip()
    )


def _prefixed(prefix: str, subject: str) -> str:
    return subject if subject.casefold().startswith(prefix.casefold()) else f"{prefix} {subject}".strip()


def _line(text: str) -> str:
    """One line without control characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _subject_of(text: str) -> str:
    words = _line(text).split()
    short = " ".join(words[:_SUBJECT_WORDS])
    return (short + ("…" if len(words) > _SUBJECT_WORDS else "")) or "(no subject)"
