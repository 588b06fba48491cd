"""khal, todoman, khard and a Maildir reader read what the assistant writes, and the other way round."""

from __future__ import annotations

import json
import mailbox
from email.message import EmailMessage

import pytest

from tests.interop.conftest import Programs
from tools import contacts, events, mail, reminders
from tools.spec import Result, ToolSpec

pytestmark = pytest.mark.interop


def call(spec: ToolSpec, programs: Programs, **args: object) -> str:
    result = spec.function(programs.context, **args)
    assert isinstance(result, Result)
    return str(result.value)


def event(programs: Programs, **args: object) -> str:
    given = {"end_date": "", "location": "", "invitees": [], "notes": "", "calendar": "Work"} | args
    return call(events.create_calendar_event, programs, **given)


def test_khal_lists_the_events_that_the_assistant_writes(programs: Programs) -> None:
    event(programs, title="Café mit José, Team", start_date="2026-03-13T13:00", location="Straße 1")
    event(programs, title="Fair", start_date="2026-03-14")
    listed = programs.run("khal", "list", "2026-03-13", "3d")
    assert "13:00-14:00 Café mit José, Team" in listed
    assert "Fair" in listed


def test_the_assistant_lists_the_events_that_khal_writes_also_recurring_ones(programs: Programs) -> None:
    programs.run("khal", "new", "2026-03-13", "15:00", "16:30", "Démo with Ana")
    programs.run(
        "khal", "new", "--repeat", "weekly", "--until", "2026-04-30", "2026-03-16", "09:00", "Standup"
    )
    listed = call(events.list_calendar_events, programs, start_date="2026-03-13", end_date="2026-03-24")
    assert "15:00-16:30: Démo with Ana" in listed
    assert listed.count("Standup") == 2


def test_todoman_lists_the_reminders_that_the_assistant_writes(programs: Programs) -> None:
    call(
        reminders.create_reminder, programs,
        name="Müll rausbringen", due_date="2026-03-13T07:00", notes="", list_name="Home",
        priority="high", all_day=False,
    )  # fmt: skip
    (todo,) = json.loads(programs.run("todo", "--porcelain", "list"))
    assert todo["summary"] == "Müll rausbringen"
    assert todo["list"] == "Home"
    assert 1 <= todo["priority"] <= 4


def test_the_assistant_reads_and_completes_what_todoman_writes_and_keeps_unknown_properties(
    programs: Programs,
) -> None:
    programs.run("todo", "new", "--list", "Home", "--due", "2026-03-20 10:00", "Call the bank")
    (path,) = (programs.context.folders.reminders / "Home").glob("*.ics")
    strange = b"X-FOO;X-PARAM=1:kept as it is\r\nEND:VTODO"
    path.write_bytes(path.read_bytes().replace(b"END:VTODO", strange))
    assert "Call the bank" in call(reminders.list_reminders, programs, list_name="")
    call(reminders.complete_reminder, programs, name="call the bank")
    assert b"X-FOO;X-PARAM=1:kept as it is" in path.read_bytes()
    assert json.loads(programs.run("todo", "--porcelain", "list")) == []
    (done,) = json.loads(programs.run("todo", "--porcelain", "list", "--status", "COMPLETED"))
    assert done["completed"]


def test_khard_lists_the_contacts_that_the_assistant_writes(programs: Programs) -> None:
    call(
        contacts.create_contact, programs, name="Zoë Ångström", phone="+14155550132", email="zoe@example.org"
    )
    listed = programs.run("khard", "list", "--parsable")
    assert "Zoë Ångström" in listed
    assert "zoe@example.org" in programs.run("khard", "email", "--parsable", "Zoë")


def test_the_assistant_finds_the_contacts_that_khard_writes(programs: Programs) -> None:
    template = (
        "First name : José\nLast name : Núñez\nNickname : Pepe\nEmail :\n    home : pepe@example.org\n"
        "Phone :\n    cell : +34 600 000 123\n"
    )
    programs.run("khard", "new", text=template)
    assert call(contacts.get_email_address, programs, name="jose nunez") == "pepe@example.org"
    assert call(contacts.get_phone_number, programs, name="Pepe") == "+34600000123"


def test_a_maildir_reader_reads_drafts_and_the_assistant_finds_delivered_mail(programs: Programs) -> None:
    call(
        mail.compose_new_email, programs,
        recipients=["ana@example.org"], cc=[], subject="Grüße", context="Schöne Grüße!", attachments=[],
    )  # fmt: skip
    box = mailbox.Maildir(programs.context.folders.mail, create=False)
    (draft,) = list(box.get_folder("Drafts"))
    assert "D" in draft.get_flags()
    assert draft["To"] == "ana@example.org"
    message = EmailMessage()
    message["From"], message["Subject"] = "Sid <sid@example.org>", "Roadmap Übersicht"
    message.set_content("See the hall.")
    delivered = mailbox.Maildir(programs.context.folders.mail / "in", create=True)
    delivered.add(message)
    for path in (programs.context.folders.mail / "in" / "new").iterdir():
        place = programs.context.folders.mail / "new"
        place.mkdir(exist_ok=True)
        path.rename(place / path.name)
    assert "Roadmap Übersicht" in call(mail.search_email, programs, query="ubersicht", sender="Sid")
