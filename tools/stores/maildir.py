"""The user's mail: a Maildir with the sub-folders .Drafts and .Sent (Maildir++), as mutt reads it.

Mails are parsed with the standard library. A mail is untrusted text: it may be damaged, in any
charset, or written to deceive; it is only ever shown, searched and quoted.
"""

from __future__ import annotations

import email
import email.policy
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from html.parser import HTMLParser
from pathlib import Path

from tools.addresses import named_addresses
from tools.context import Changes
from tools.stores.mail_policy import POLICY

DRAFTS, SENT = ".Drafts", ".Sent"
_MAX_MAIL = 30 << 20  # bytes that are read of one mail
_MAX_BODY = 200_000  # characters


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail as it lies in the mailbox."""

    path: Path
    message: EmailMessage
    date: datetime  # UTC

    @property
    def id(self) -> str:
        """The Message-ID; the file's name if the mail has none."""
        return header(self.message, "Message-ID") or self.path.name.partition(":")[0]

    @property
    def subject(self) -> str:
        """The subject on one line."""
        return header(self.message, "Subject")

    @property
    def sender(self) -> str:
        """The From line, e.g. "Ana Ruiz <ana@example.org>"."""
        return header(self.message, "From")

    @property
    def reply_address(self) -> str:
        """Where an answer goes; "" if the mail does not say."""
        found = named_addresses([header(self.message, "Reply-To"), self.sender])
        return found[0][1] if found else ""

    @property
    def body(self) -> str:
        """The text, of HTML only what can be read."""
        return _body(self.message)


def inbox(folder: Path) -> Iterator[Mail]:
    """All received mails, newest first. What can't be read is left out."""
    found = []
    for place in ("new", "cur"):
        if not (folder / place).is_dir():
            continue
        for path in (folder / place).iterdir():
            if path.name.startswith(".") or not path.is_file():
                continue
            try:
                found.append(read_mail(path))
            except OSError:
                continue
    yield from sorted(found, key=lambda mail: (mail.date, mail.path.name), reverse=True)


def read_mail(path: Path) -> Mail:
    """Parse one mail; damaged ones too, as far as they go. OSError."""
    with path.open("rb") as file:
        data = file.read(_MAX_MAIL)
    message = email.message_from_bytes(data, EmailMessage, policy=email.policy.default)
    return Mail(path, message, _date(message, path))


def header(message: EmailMessage, name: str) -> str:
    """A header on one line; "" if it is missing or can't be read."""
    try:
        value = message.get(name)
        return " ".join(str(value).encode("utf-8", "replace").decode().split()) if value is not None else ""
    except Exception:
        return ""


def put(changes: Changes, folder: Path, message: EmailMessage, *, flags: str, now: datetime) -> Path:
    """Write a mail into a folder of the mailbox; its path. Names are unique as Maildir asks for."""
    for place in ("cur", "new", "tmp"):  # other programs take a folder without them for no mailbox
        (folder / place).mkdir(parents=True, exist_ok=True, mode=0o700)
    name = f"{int(now.timestamp())}.{uuid.uuid4().hex}.tinyagent:2,{flags}"
    path = folder / "cur" / name
    changes.create(path, message.as_bytes(policy=POLICY))
    return path


def _date(message: EmailMessage, path: Path) -> datetime:
    try:
        date = parsedate_to_datetime(header(message, "Date"))
        return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def body_part(message: EmailMessage) -> EmailMessage | None:
    """The part that is shown as the mail's text."""
    try:
        part = message.get_body(("plain", "html"))
    except Exception:
        return None
    return part if isinstance(part, EmailMessage) else None


def _body(message: EmailMessage) -> str:
    part = body_part(message)
    if part is None:
        return ""
    try:
        content = part.get_content()
    except (LookupError, ValueError, KeyError):  # unknown charset, damaged encoding
        payload = part.get_payload(decode=True)
        content = payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
    text = content if isinstance(content, str) else ""
    if part.get_content_subtype() == "html":
        text = _text_of_html(text)
    return text[:_MAX_BODY].strip()


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        del attrs
        self._hidden += tag in {"script", "style"}
        if tag in {"p", "br", "div", "li", "tr", "h1", "h2", "h3"}:
            self.parts.append("\n")
        elif tag in {"td", "th"}:
            self.parts.append(" ")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in {"script", "style"} and self._hidden > 0

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(data)


def _text_of_html(html: str) -> str:
    parser = _Text()
    parser.feed(html)
    parser.close()  # what follows the last tag may be held back: "AT&T" could become an entity
    text = re.sub(r"\n[ \t]+", "\n", "".join(parser.parts))
    return re.sub(r"\n\s*\n+", "\n\n", text).strip()
