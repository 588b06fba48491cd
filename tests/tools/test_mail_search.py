"""Finding received mail: whose it is, which one is selected then, and texts that are hard to read."""

from __future__ import annotations

import email
import email.policy
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support import make_context
from tools.context import Person, Services, ToolContext
from tools.errors import NotFound
from tools.mail import forward_email, reply_to_email, search_email


class Selection:
    """A memory of the selected mail, as a profile has it."""

    def __init__(self) -> None:
        self.id = ""

    def select(self, message_id: str) -> None:
        self.id = message_id

    def services(self) -> Services:
        return Services(selected_mail=lambda: self.id, select_mail=self.select)


@pytest.fixture(autouse=True)
def _berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def ctx(tmp_path: Path) -> ToolContext:
    context = make_context(tmp_path)
    person = Person("Robin Vale", "robin@vale.example")
    return replace(context, person=person, services=Selection().services())


def deliver(
    ctx: ToolContext, sender: str, subject: str = "Hi", *, day: int = 1, text: str = "x", kind: str = "plain"
) -> Path:
    """Put a mail of a day of March into the inbox."""
    lines = [f"From: {sender}", f"Subject: {subject}", f"Date: {day:02} Mar 2026 10:00:00 +0000"]
    lines += [f"Message-ID: <{day}@example.org>", f"Content-Type: text/{kind}; charset=utf-8", "", text]
    path = ctx.folders.mail / "cur" / f"{day}:2,"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def contact(ctx: ToolContext, name: str, *lines: str) -> None:
    ctx.folders.contacts.mkdir(exist_ok=True)
    text = "\r\n".join(["BEGIN:VCARD", "VERSION:3.0", f"FN:{name}", *lines, "END:VCARD", ""])
    (ctx.folders.contacts / f"{name}.vcf").write_text(text, encoding="utf-8")


def subjects(ctx: ToolContext, sender: str, query: str = "") -> list[str]:
    found = str(search_email.function(ctx, query=query, sender=sender).value)
    return [line.rpartition(": ")[2] for line in found.splitlines() if line.startswith("2026-")]


def replied_to(ctx: ToolContext) -> str:
    """Reply to the selected mail; whom the draft goes to."""
    reply_to_email.function(ctx, cc=[], context="Fine", attachments=[])
    drafts = (ctx.folders.mail / ".Drafts" / "cur").iterdir()
    newest = max(drafts, key=lambda path: path.stat().st_mtime_ns)
    return str(email.message_from_bytes(newest.read_bytes(), policy=email.policy.default)["To"])


def test_a_reply_goes_to_the_mail_that_was_found_last(ctx: ToolContext) -> None:
    deliver(ctx, "Oleg <oleg@example.org>", day=1)
    deliver(ctx, "Pia <pia@example.org>", day=2)
    deliver(ctx, "Bo <bo@example.org>", day=3)
    search_email.function(ctx, query="", sender="Oleg")
    assert replied_to(ctx) == "oleg@example.org"
    search_email.function(ctx, query="", sender="Pia")
    assert replied_to(ctx) == "pia@example.org"


def test_a_selected_mail_that_is_gone_is_replaced_by_no_other(ctx: ToolContext) -> None:
    path = deliver(ctx, "Oleg <oleg@example.org>", day=1)
    deliver(ctx, "Bo <bo@example.org>", day=2)
    search_email.function(ctx, query="", sender="Oleg")
    path.unlink()
    with pytest.raises(NotFound, match="no longer in the inbox") as caught:
        reply_to_email.function(ctx, cc=[], context="Fine", attachments=[])
    assert caught.value.hint == "Search for it again."
    with pytest.raises(NotFound):
        forward_email.function(ctx, recipients=["a@example.org"], cc=[], context="", attachments=[])
    assert not (ctx.folders.mail / ".Drafts").exists()


def test_after_a_search_without_a_hit_no_other_mail_is_meant(ctx: ToolContext) -> None:
    deliver(ctx, "Bo <bo@example.org>")
    assert subjects(ctx, "Bo") == ["Hi"]
    assert subjects(ctx, "Zed") == []
    with pytest.raises(NotFound, match="The last search found no mail"):
        forward_email.function(ctx, recipients=["a@example.org"], cc=[], context="", attachments=[])
    assert subjects(ctx, "") == ["Hi"]
    assert replied_to(ctx) == "bo@example.org"


def test_a_sender_who_is_a_contact_is_found_by_what_the_user_calls_them(ctx: ToolContext) -> None:
    contact(ctx, "Leonie Vale", "RELATED;TYPE=sister;VALUE=text:me", "EMAIL:leo@example.org")
    contact(ctx, "Dr. Ngozi Okafor", "NICKNAME:Doc", "TEL:+14155550104")
    deliver(ctx, "L. <Leo@Example.org>", "From an address", day=1)
    deliver(ctx, "Leonie Vale <work@example.com>", "From a name", day=2)
    deliver(ctx, "Ngozi Okafor <n@example.org>", "Results", day=3)
    deliver(ctx, "Sister Act <tickets@example.org>", "Tickets", day=4)
    assert subjects(ctx, "my sister's") == ["From a name", "From an address"]
    assert subjects(ctx, "Doc") == ["Results"]


def test_for_a_relative_who_wrote_nothing_nobody_else_is_taken(ctx: ToolContext) -> None:
    contact(ctx, "Leonie Vale", "RELATED;TYPE=sister;VALUE=text:me", "EMAIL:leo@example.org")
    deliver(ctx, "Sister Act <tickets@example.org>", "Tickets")
    assert subjects(ctx, "my sister") == []


def test_a_contact_who_wrote_nothing_hides_no_other_of_the_name(ctx: ToolContext) -> None:
    contact(ctx, "Sam Okafor", "EMAIL:sam.okafor@example.org")
    deliver(ctx, "Sam Hill <hill@example.org>", "Rent")
    assert subjects(ctx, "Sam") == ["Rent"]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("Sam", ["Lunch"]),
        ("Samsu", ["TV"]),
        ("Samsung", ["TV"]),
        ("amazon", ["Parcel"]),
        ("hill", ["Lunch"]),
        ("sam.hill@example.org", ["Lunch"]),
        ("hill@example.org", []),
    ],
)
def test_whole_words_of_a_sender_come_before_beginnings(
    ctx: ToolContext, asked: str, found: list[str]
) -> None:
    deliver(ctx, "S. <Sam.Hill@example.org>", "Lunch", day=1)
    deliver(ctx, "Samsung Shop <news@samsung.example>", "TV", day=2)
    deliver(ctx, "no-reply@amazon.example", "Parcel", day=3)
    assert subjects(ctx, asked) == found


def test_words_of_the_text_do_not_lead_to_another_sender(ctx: ToolContext) -> None:
    deliver(ctx, "Sam Hill <sam@example.org>", "Lunch", day=1)
    deliver(ctx, "Samsung Shop <news@example.org>", "Your invoice", day=2)
    assert subjects(ctx, "Sam", "invoice") == []


def test_a_date_at_the_end_of_the_calendar_stops_no_search(ctx: ToolContext) -> None:
    path = deliver(ctx, "Ana <ana@example.org>", "Far")
    path.write_text(path.read_text().replace("01 Mar 2026 10:00:00 +0000", "Fri, 31 Dec 9999 23:59:59 -0000"))
    assert "9999-12-31 23:59  Ana" in search_email.function(ctx, query="", sender="").value


def test_all_that_can_be_read_of_html_is_shown(ctx: ToolContext) -> None:
    html = "<table><tr><td>Total</td><td>20 EUR</td></tr></table><p>Best wishes, AT&T"
    deliver(ctx, "Shop <shop@example.org>", text=html, kind="html")
    shown = search_email.function(ctx, query="", sender="").value
    assert shown.endswith("Total 20 EUR Best wishes, AT&T")


@pytest.mark.parametrize(
    "sender",
    ["Ruiz, Ana <ana@example.org>", '"Ruiz, Ana" <ana@example.org>', "ana@example.org (Ana)"],
)
def test_an_answer_finds_the_address_in_every_form_of_a_sender(ctx: ToolContext, sender: str) -> None:
    deliver(ctx, sender)
    assert replied_to(ctx) == "ana@example.org"
