"""The bytes of the drafts: threads, addresses, and every attachment of what is forwarded."""

from __future__ import annotations

import email
import email.policy
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.support import make_context
from tools.context import Person, ToolContext
from tools.errors import Refused
from tools.mail import compose_new_email, forward_email, reply_to_email

OUTLOOK = "<AM9PR08MB6113C4A2B7D2D9AB7CD00F2D8C1A9@AM9PR08MB6113.eurprd08.prod.outlook.example>"
HEAD = "From: Ana <ana@example.org>\nSubject: Contract\nDate: 01 Mar 2026 10:00:00 +0000\nMIME-Version: 1.0\n"
APPLE = """Content-Type: multipart/alternative; boundary=A

--A
Content-Type: text/plain

See it
--A
Content-Type: multipart/mixed; boundary=B

--B
Content-Type: text/html

<p>See it</p>
--B
Content-Type: application/pdf; name=c.pdf
Content-Disposition: inline; filename=c.pdf
Content-Transfer-Encoding: base64

JVBERi0=
--B
Content-Type: text/html

<p>Bye</p>
--B--
--A--
"""
NESTED = """Content-Type: multipart/mixed; boundary=A

--A
Content-Type: text/plain

See them
--A
Content-Type: multipart/mixed; boundary=B

--B
Content-Type: image/png

PNG
--B
Content-Type: text/plain; name=notes.txt

notes
--B--
--A
Content-Type: text/plain

Written below
--A--
"""


@pytest.fixture
def ctx(tmp_path: Path) -> ToolContext:
    return replace(make_context(tmp_path), person=Person("Robin Vale", "robin@vale.example"))


def deliver(ctx: ToolContext, data: bytes) -> None:
    path = ctx.folders.mail / "cur" / "1:2,"
    path.parent.mkdir(parents=True)
    path.write_bytes(data)


def draft(ctx: ToolContext) -> bytes:
    (path,) = (ctx.folders.mail / ".Drafts" / "cur").iterdir()
    return path.read_bytes()


def attached(ctx: ToolContext) -> dict[str, bytes]:
    message = email.message_from_bytes(draft(ctx), EmailMessage, policy=email.policy.default)
    return {
        str(part.get_filename()): bytes(part.get_payload(decode=True)) for part in message.iter_attachments()
    }


def forward(ctx: ToolContext, *files: str) -> str:
    args = {"recipients": ["bo@example.org"], "cc": [], "context": "fyi", "attachments": list(files)}
    return str(forward_email.function(ctx, **args).text)


def compose(ctx: ToolContext, **args: object) -> str:
    given = {"recipients": ["bo@example.org"], "cc": [], "subject": "s", "context": "t", "attachments": []}
    return str(compose_new_email.function(ctx, **(given | args)).text)


def test_an_attachment_below_the_alternative_to_the_text_is_forwarded(ctx: ToolContext) -> None:
    deliver(ctx, (HEAD + APPLE).encode())
    text = forward(ctx)
    assert attached(ctx) == {"c.pdf": b"%PDF-"}
    assert "with c.pdf" in text


def test_parts_of_parts_and_texts_below_the_first_are_forwarded(ctx: ToolContext) -> None:
    deliver(ctx, (HEAD + NESTED).encode())
    forward(ctx)
    found = {name: data.strip() for name, data in attached(ctx).items()}
    assert found == {"attachment.png": b"PNG", "notes.txt": b"notes", "attachment.txt": b"Written below"}


def test_an_attached_mail_is_forwarded_whole(ctx: ToolContext) -> None:
    inner, outer = EmailMessage(), EmailMessage()
    inner["From"], inner["Subject"] = "Zoe <zoe@example.org>", "Inner"
    inner.set_content("Grüße")
    inner.add_attachment(b"%PDF-", maintype="application", subtype="pdf", filename="deep.pdf")
    outer["From"], outer["Subject"] = "Ana <ana@example.org>", "Outer"
    outer.set_content("See the mail")
    outer.add_attachment(inner, filename="inner.eml")
    deliver(ctx, outer.as_bytes())
    assert "with inner.eml" in forward(ctx)
    assert attached(ctx) == {"inner.eml": inner.as_bytes()}


def test_what_is_forwarded_counts_as_much_as_what_is_added(
    ctx: ToolContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tools.stores.attachments.MOST_BYTES", 12)
    deliver(ctx, (HEAD + APPLE).encode())
    (ctx.folders.roots[0] / "a.txt").write_text("12345678")
    with pytest.raises(Refused, match="more than"):
        forward(ctx, "a.txt")
    (ctx.folders.roots[0] / "a.txt").write_text("1234567")
    assert "with c.pdf, a.txt" in forward(ctx, "a.txt")


def test_a_thread_keeps_names_of_mails_that_are_longer_than_a_line(ctx: ToolContext) -> None:
    assert len(OUTLOOK) > 78
    earlier = " ".join(f"<{n}@example.org>" for n in range(30))
    deliver(ctx, f"{HEAD}Message-ID: {OUTLOOK}\nReferences: {earlier}\n\nHello".encode())
    reply_to_email.function(ctx, cc=[], context="Fine", attachments=[])
    data = draft(ctx)
    assert f"\nIn-Reply-To: {OUTLOOK}\n".encode() in data
    references = "".join(f"<{n}@example.org>\n " for n in range(10, 30))
    assert f"\nReferences: {references}{OUTLOOK}\n".encode() in data


def test_a_name_of_a_mail_beyond_ascii_breaks_no_draft(ctx: ToolContext) -> None:
    deliver(ctx, f"{HEAD}Message-ID: <é@example.org>\n\nHello".encode())
    reply_to_email.function(ctx, cc=[], context="Fine", attachments=[])
    assert draft(ctx).isascii()


@pytest.mark.parametrize(
    ("asked", "written"),
    [("ana@exämple.example", b"ana@xn--exmple-cua.example"), ("ana@Example.org", b"ana@Example.org")],
)
def test_domains_are_written_as_mail_servers_know_them(ctx: ToolContext, asked: str, written: bytes) -> None:
    compose(ctx, recipients=[asked])
    assert b"\nTo: " + written + b"\n" in draft(ctx)


@pytest.mark.parametrize(
    "address", ["josé@example.org", "ana@straße.example", "ana@é..org", "ana@b..org", "ana@e\u0301.org"]
)
def test_addresses_that_can_not_be_delivered_are_refused(ctx: ToolContext, address: str) -> None:
    with pytest.raises(Refused, match="is not an e-mail address"):
        compose(ctx, recipients=[address])


def test_a_saved_mail_is_attached_as_a_file(ctx: ToolContext) -> None:
    (ctx.folders.roots[0] / "saved.eml").write_bytes(b"Subject: Saved\n\nGr\xc3\xbc\xc3\x9fe\n")
    compose(ctx, attachments=["saved.eml"])
    assert b"message/rfc822" not in draft(ctx)
    assert attached(ctx) == {"saved.eml": b"Subject: Saved\n\nGr\xc3\xbc\xc3\x9fe\n"}
