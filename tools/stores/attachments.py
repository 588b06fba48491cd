"""The attachments of a mail: files of the user, and what a forwarded mail carried.

A forwarded mail must lose nothing that its sender attached. Mail programs nest parts as they like
(Apple's puts the attachment beside the HTML, below the alternative to the plain text), so every part
is looked at, and only what is the same text in another form is left out.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.message import EmailMessage, Message
from email.policy import default
from pathlib import Path

from tools.errors import Refused
from tools.stores.maildir import body_part
from tools.stores.roots import allowed_file

MOST_BYTES = 25 << 20  # of all attachments; what most servers take
_UNKNOWN = "application/octet-stream"
_AS_RECEIVED = default.clone(refold_source="none")


@dataclass(frozen=True, slots=True)
class Attachment:
    """What is attached, under which name."""

    name: str
    data: bytes


def carried(message: EmailMessage) -> list[Attachment]:
    """The attachments of a received mail: files, attached mails, texts after the first."""
    body = body_part(message)
    parts = [part for part in _leaves(message, alternative=False) if part is not body]
    return [Attachment(_name(part), _data(part)) for part in parts]


def attach(
    message: EmailMessage, passed_on: Sequence[Attachment], files: Sequence[str], roots: Sequence[Path]
) -> list[str]:
    """Attach what is passed on, and files from the roots; all names.

    Refused beyond the roots and above 25 MB.
    """
    paths = list(dict.fromkeys(allowed_file(file, roots) for file in files if file))
    total = sum(len(each.data) for each in passed_on) + sum(path.stat().st_size for path in paths)
    if total > MOST_BYTES:
        raise Refused(
            f"The attachments have more than {MOST_BYTES >> 20} MB together.",
            hint="Send fewer or smaller files, or a link.",
        )
    names = []
    for each in [*passed_on, *(Attachment(path.name, path.read_bytes()) for path in paths)]:
        name = " ".join("".join(c if c.isprintable() else " " for c in each.name).split()) or "attachment"
        message.add_attachment(each.data, *_type(name), filename=name)
        names.append(name)
    return names


def _leaves(part: Message, *, alternative: bool) -> Iterator[Message]:
    """The parts that hold something; attached mails count as one. Not the text's other forms."""
    if part.get_content_maintype() == "multipart" and part.is_multipart():
        alternative = alternative or part.get_content_subtype() == "alternative"
        for sub in part.get_payload():
            if isinstance(sub, Message):
                yield from _leaves(sub, alternative=alternative)
        return
    named = part.get_filename() or part.get_content_disposition() == "attachment"
    if named or not alternative or part.get_content_type() not in {"text/plain", "text/html"}:
        yield part


def _name(part: Message) -> str:
    return part.get_filename() or f"attachment{mimetypes.guess_extension(part.get_content_type()) or ''}"


def _data(part: Message) -> bytes:
    if part.is_multipart():  # an attached mail, or the parts of a delivery report
        inner = [sub for sub in part.get_payload() if isinstance(sub, Message)]
        return b"\n".join(sub.as_bytes(policy=_AS_RECEIVED) for sub in inner)
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""


def _type(name: str) -> tuple[str, str]:
    """The content type for a file name. Mails are no text that base64 may hide (RFC 2046, 5.2.1)."""
    kind, encoding = mimetypes.guess_type(name)
    if not kind or encoding or kind.startswith(("message/", "multipart/")):
        kind = _UNKNOWN
    main, _, sub = kind.partition("/")
    return main, sub
