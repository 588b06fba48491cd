"""Mail and text messages: what is written, what is sent, what is refused."""

from __future__ import annotations

import json
import mailbox
import sys
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.support import make_context
from tools.context import Person, Services, ToolContext
from tools.errors import NotFound, Refused, ToolError
from tools.mail import compose_new_email, forward_email, reply_to_email, search_email
from tools.messages import send_sms


@pytest.fixture
def ctx(tmp_path: Path) -> ToolContext:
    context = make_context(tmp_path)
    return replace(context, person=Person("Robin Vale", "robin@vale.example"))


def deliver(
    ctx: ToolContext, subject: str, sender: str, text: str, *, file: bytes = b"", day: int = 1
) -> str:
    message = EmailMessage()
    message["From"], message["Subject"] = sender, subject
    message["Date"] = f"{day:02} Mar 2026 10:00:00 +0000"
    message["Message-ID"] = f"<mail-{day}@example.org>"
    message.set_content(text)
    if file:
        message.add_attachment(file, maintype="application", subtype="pdf", filename="plan.pdf")
    mailbox.Maildir(ctx.folders.mail, create=True).add(message)
    return str(message["Message-ID"])


def compose(ctx: ToolContext, **args: object) -> str:
    given = {
        "recipients": ["ana@example.org"],
        "cc": [],
        "subject": "Hi",
        "context": "Hello",
        "attachments": [],
    }
    return str(compose_new_email.function(ctx, **(given | args)).text)


def box(ctx: ToolContext, name: str) -> list[mailbox.MaildirMessage]:
    return list(mailbox.Maildir(ctx.folders.mail, create=True).get_folder(name))


def test_without_a_way_to_send_a_mail_becomes_a_complete_draft(ctx: ToolContext) -> None:
    (ctx.folders.roots[0] / "plan.txt").write_text("the plan")
    path = str(ctx.folders.roots[0] / "plan.txt")
    text = compose(ctx, cc=["bo@example.org"], subject="", context="Grüße aus Köln", attachments=[path])
    assert "Drafts" in text
    (draft,) = box(ctx, "Drafts")
    assert (draft["To"], draft["Cc"]) == ("ana@example.org", "bo@example.org")
    assert "robin@vale.example" in draft["From"]
    assert draft.is_multipart()


def test_no_text_can_add_a_header_or_a_recipient(ctx: ToolContext) -> None:
    compose(ctx, subject="Hi\r\nBcc: evil@example.org")
    (draft,) = box(ctx, "Drafts")
    assert draft["Bcc"] is None
    for address in ("a@b.c, evil@example.org", "x@example.org\nBcc: y@example.org", "nobody"):
        with pytest.raises(Refused):
            compose(ctx, recipients=[address])


def test_files_outside_the_roots_are_not_attached(ctx: ToolContext) -> None:
    for path in ("/etc/passwd", "../../secret"):
        with pytest.raises((Refused, NotFound)):
            compose(ctx, attachments=[path])
    assert not (ctx.folders.mail / ".Drafts").exists()


def test_a_configured_command_gets_the_mail_and_a_copy_is_filed(ctx: ToolContext, tmp_path: Path) -> None:
    script = tmp_path / "sendmail.py"
    script.write_text("import sys; open(sys.argv[1], 'wb').write(sys.stdin.buffer.read()); print(sys.argv)")
    command = (sys.executable, str(script), str(tmp_path / "sent.eml"))
    sending = replace(ctx, services=Services(sendmail=command))
    assert "sent" in compose(sending)
    assert b"Hello" in (tmp_path / "sent.eml").read_bytes()
    assert len(box(ctx, "Sent")) == 1
    assert not box(ctx, "Drafts")


def test_when_sending_fails_the_draft_stays(ctx: ToolContext, tmp_path: Path) -> None:
    script = tmp_path / "fail.py"
    script.write_text("import sys; sys.exit('no route to the server')")
    failing = replace(ctx, services=Services(sendmail=(sys.executable, str(script))))
    with pytest.raises(ToolError, match="no route"):
        compose(failing)
    with pytest.raises(ToolError, match="does not exist"):
        compose(replace(ctx, services=Services(sendmail=("/no/such/command",))))
    assert len(box(ctx, "Drafts")) == 2


def test_a_reply_goes_to_the_selected_mail_in_its_thread(ctx: ToolContext) -> None:
    wanted = deliver(ctx, "Roadmap", "Sid <sid@example.org>", "See the hall.", day=1)
    deliver(ctx, "Newer", "Bo <bo@example.org>", "Hi", day=2)
    selected = replace(ctx, services=Services(selected_mail=lambda: wanted))
    reply_to_email.function(selected, cc=[], context="Thanks!", attachments=[])
    (draft,) = box(ctx, "Drafts")
    assert (draft["To"], draft["Subject"]) == ("sid@example.org", "Re: Roadmap")
    assert draft["In-Reply-To"] == wanted
    with pytest.raises(NotFound):
        reply_to_email.function(make_context(ctx.folders.mail / "empty"), cc=[], context="x", attachments=[])


def test_a_forwarded_mail_keeps_its_attachments(ctx: ToolContext) -> None:
    deliver(ctx, "Plan", "Sid <sid@example.org>", "Look at this.", file=b"%PDF-1.4 data")
    forward_email.function(ctx, recipients=["ana@example.org"], cc=[], context="Please check", attachments=[])
    (draft,) = box(ctx, "Drafts")
    assert draft["Subject"] == "Fwd: Plan"
    assert [part.get_filename() for part in draft.walk() if part.get_filename()] == ["plan.pdf"]


def test_search_finds_by_words_and_sender_and_selects_the_newest(ctx: ToolContext) -> None:
    deliver(ctx, "Übersicht hall", "Sid Patel <sid@example.org>", "roof", day=1)
    newest = deliver(ctx, "Hall again", "Sid Patel <sid@example.org>", "the roof is done", day=3)
    deliver(ctx, "Other", "Bo <bo@example.org>", "roof", day=4)
    chosen: list[str] = []
    searching = replace(ctx, services=Services(select_mail=chosen.append))
    found = search_email.function(searching, query="roof", sender="Sid").value
    assert found.count("Sid Patel") == 2
    assert chosen == [newest]
    assert "No mail" in search_email.function(searching, query="submarine", sender="").value


def test_damaged_mail_is_searched_as_far_as_it_goes(ctx: ToolContext) -> None:
    deliver(ctx, "Good", "Sid <sid@example.org>", "fine")
    data = (
        b"Subject: =?utf-8?b?broken\nContent-Type: text/plain; charset=nonsense\nDate: never\n\n\xff\xfe text"
    )
    (ctx.folders.mail / "cur" / "broken:2,").write_bytes(data)
    assert "fine" in search_email.function(ctx, query="", sender="").value


def test_a_message_waits_in_the_outbox_with_normal_numbers(ctx: ToolContext) -> None:
    send_sms.function(ctx, recipients=["(415) 555-0132", "+1 415 555 0132"], message="Running late")
    (path,) = ctx.folders.outbox.iterdir()
    entry = json.loads(path.read_text())
    assert (entry["to"], entry["text"]) == (["+14155550132"], "Running late")
    for args in ({"recipients": [], "message": "x"}, {"recipients": ["+14155550132"], "message": " "}):
        with pytest.raises(Refused):
            send_sms.function(ctx, **args)
