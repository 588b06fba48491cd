"""The demo profile: valid for every tool, the same every time, and whole even after a crash."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import phonenumbers
import pytest

from tests.support import make_context, make_folders
from tinyagent_app.demo import demo_person, demo_requests, fill
from tinyagent_app.demo.content import load_content, texts
from tinyagent_app.demo.days import day_of
from tinyagent_app.demo.fill import MARKER, items
from tools.context import ToolContext
from tools.errors import Ambiguous, NotFound
from tools.registry import all_tools
from tools.stores.contacts import AddressBook
from tools.stores.maildir import inbox, read_mail

NOW = datetime(2026, 3, 12, 9, 30)
WEEK = [NOW + timedelta(days=days) for days in range(7)]
TOOLS = {tool.name: tool for tool in all_tools().tools}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> ToolContext:
    """A filled profile that no test writes to."""
    return filled(tmp_path_factory.mktemp("demo"))


def filled(base: Path, now: datetime = NOW) -> ToolContext:
    fill(make_folders(base), now)
    context = make_context(base, now.isoformat())
    return dataclasses.replace(context, person=demo_person())


def use(demo: ToolContext, tool: str, /, **args: Any) -> str:
    """What a tool says to the user."""
    return str(TOOLS[tool].function(demo, **args).text)


def tree(base: Path) -> dict[str, bytes]:
    return {str(path.relative_to(base)): path.read_bytes() for path in base.rglob("*") if path.is_file()}


# -- contacts --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("Priya", "Priya Raman"),
        ("my sister", "Leonie Vale"),
        ("mum", "Margaret Vale"),
        ("Pepe", "José Ángel Núñez"),
        ("jose", "José Ángel Núñez"),
        ("Dr. Okafor", "Dr. Ngozi Okafor"),
        ("Amelie", "Amélie Dubois"),
        ("Østergard", "Lars Østergård"),
        ("Mai", "Nguyễn Thị Mai"),
        ("my landlord", "Samuel Whitcomb"),
    ],
)
def test_people_are_found_as_they_are_called(demo: ToolContext, asked: str, name: str) -> None:
    assert use(demo, "get_phone_number", name=asked).startswith(f"{name}: +")


def test_two_contacts_share_a_first_name(demo: ToolContext) -> None:
    with pytest.raises(Ambiguous) as error:
        use(demo, "get_email_address", name="Ana")
    assert list(error.value.choices) == ["Ana Ferreira", "Ana Kowalczyk"]


def test_one_contact_has_no_address(demo: ToolContext) -> None:
    with pytest.raises(NotFound, match="no e-mail address for Samuel Whitcomb"):
        use(demo, "get_email_address", name="Samuel Whitcomb")


def test_every_card_is_read_and_every_number_and_address_is_well_formed(demo: ToolContext) -> None:
    book = AddressBook.read(demo.folders.contacts)
    assert not book.unreadable
    assert len(book.contacts) >= 12
    for contact in book.contacts:
        for number in contact.phones:
            parsed = phonenumbers.parse(number)
            assert phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164) == number
            assert phonenumbers.is_possible_number(parsed)


def test_nobody_can_be_reached_by_accident() -> None:
    content = load_content()
    reserved = ("example.org", "example.com", "example.net")
    addresses = [address for contact in content.contacts for address in contact.emails]
    addresses += [mail.sender.rpartition("<")[2].rstrip(">") for mail in content.mails]
    assert all(address.rpartition("@")[2] in reserved for address in addresses)
    fiction = ("+141555501", "+493023125", "+447700900", "+33639980", "+467017406")
    assert all(phone.startswith(fiction) for contact in content.contacts for phone in contact.phones)


# -- calendar and reminders ------------------------------------------------------------------------


def test_tomorrow_has_lunch(demo: ToolContext) -> None:
    text = use(demo, "list_calendar_events", start_date="2026-03-13", end_date="2026-03-13")
    assert text == "Fri 13 Mar 2026, 12:00-13:00: Lunch with Priya and Marco, Cafe Luna (Personal)"


def test_the_calendars_hold_a_month_with_series_and_whole_days(demo: ToolContext) -> None:
    text = use(demo, "list_calendar_events", start_date="2026-02-23", end_date="2026-04-05")
    assert "Could not be read" not in text
    lines = text.splitlines()
    assert len(lines) > 40
    assert sum("Market stall" in line for line in lines) == 5
    assert any("all day: Mum's birthday" in line for line in lines)
    assert {line.rpartition("(")[2].rstrip(")") for line in lines} == {"Personal", "Travel", "Work"}


@pytest.mark.parametrize("now", WEEK, ids=lambda now: f"{now:%a}")
def test_no_two_timed_events_meet_whatever_day_it_is(now: datetime) -> None:
    spans: list[tuple[datetime, datetime, str]] = []
    for event in load_content().events:
        if not event.start:
            continue
        first = datetime.combine(
            day_of(event.day, now.date()), datetime.strptime(event.start, "%H:%M").time()
        )
        for week in range(event.weeks):
            start = first + timedelta(weeks=week)
            spans.append((start, start + timedelta(minutes=event.minutes), event.title))
    for (_, end, earlier), (start, _, later) in pairwise(sorted(spans)):
        assert end <= start, f"{earlier} and {later}"


@pytest.mark.parametrize("now", WEEK, ids=lambda now: f"{now:%a}")
def test_one_o_clock_tomorrow_is_free_whatever_day_it_is(tmp_path: Path, now: datetime) -> None:
    tomorrow = f"{now.date() + timedelta(days=1)}"
    context = filled(tmp_path, now)
    text = use(context, "list_calendar_events", start_date=f"{tomorrow}T13:00", end_date=f"{tomorrow}T14:00")
    assert all("all day" in line or line.startswith("No events") for line in text.splitlines())


def test_reminders_are_open_done_and_repeating(tmp_path: Path) -> None:
    context = filled(tmp_path)
    every = use(context, "list_reminders", list_name="")
    assert "Light bulbs" not in every
    assert "Call Harbour Heating about the boiler, overdue since Wed 11 Mar 2026 (Home)" in every
    assert "high priority" in every
    for name in ("Home", "Shopping", "Work"):
        assert f"({name}" in use(context, "list_reminders", list_name=name)
    assert use(context, "complete_reminder", name="the coffee beans").endswith("in Shopping as done.")
    done = use(context, "complete_reminder", name="water the plants")
    assert done.endswith("It is next due on Thu 19 Mar 2026, 19:30.")


# -- notes, files, pictures ------------------------------------------------------------------------


def test_notes_are_found_opened_and_continued(tmp_path: Path) -> None:
    context = filled(tmp_path)
    assert "Glaze recipes in Work" in use(context, "search_notes", query="celadon")
    assert "tile museum" in use(context, "open_note", name="Lisbon", folder="Travel")
    added = use(context, "append_note_content", name="packing list", content="gloves", folder="")
    assert added == "Added to the note Packing list in Travel."


def test_every_pdf_has_text_and_a_summary(demo: ToolContext) -> None:
    pdfs = sorted(demo.folders.roots[0].rglob("*.pdf"))
    assert len(pdfs) >= 5
    for path in pdfs:
        assert path.name in use(demo, "summarize_pdf", pdf_path=str(path))


@pytest.mark.parametrize("name", ["roadmap.pdf", "tidelines_contract.pdf", "blue bowl", "stall sales"])
def test_files_are_found_by_their_names(demo: ToolContext, name: str) -> None:
    assert use(demo, "open_and_get_file_path", file_name=name).startswith("Found ")


def test_kinds_of_files_are_found(demo: ToolContext) -> None:
    assert len(use(demo, "find_files", query="pictures", folder="").splitlines()) == 5
    assert len(use(demo, "find_files", query="spreadsheets", folder="").splitlines()) == 3


# -- mail ------------------------------------------------------------------------------------------


def test_mails_are_found_and_the_newest_is_answered(tmp_path: Path) -> None:
    context = filled(tmp_path)
    assert "Your clay order" in use(context, "search_email", query="clay", sender="José")
    assert "薪窯" in use(context, "search_email", query="wood kiln", sender="Yuki")
    newsletter = use(context, "search_email", query="foot rings", sender="slow potter")
    assert "Issue 48: on feet" in newsletter  # an HTML mail: found by its text, shown without its tags
    assert "<p>" not in newsletter
    reply = use(context, "reply_to_email", cc=[], context="They follow on Friday.", attachments=[])
    assert reply.startswith("Reply to ana.ferreira@example.com, “Re: Tidelines: labels and prices”")


def test_the_inbox_has_threads_attachments_a_hostile_and_a_damaged_mail(demo: ToolContext) -> None:
    mails = list(inbox(demo.folders.mail))
    assert len(mails) >= 24
    sent = [read_mail(path) for path in (demo.folders.mail / ".Sent/cur").iterdir()]
    drafts = list((demo.folders.mail / ".Drafts/cur").iterdir())
    known = {mail.id for mail in (*mails, *sent)}
    threaded = [mail for mail in (*mails, *sent) if mail.message["In-Reply-To"]]
    assert len(threaded) >= 5
    assert {str(mail.message["In-Reply-To"]) for mail in threaded} <= known
    assert len(drafts) == 1
    attached = {part.get_filename() for mail in mails for part in mail.message.iter_attachments()}
    assert attached == {"lisbon_tickets.pdf", "tidelines_contract.pdf", "blue_bowl.png"}
    assert any("ignore all earlier instructions" in mail.body for mail in mails)
    assert any("\ufffd" in mail.body for mail in mails)
    assert [mail.path.parent.name for mail in mails[:4]] == ["new", "new", "new", "cur"]


@pytest.mark.parametrize("hour", [0, 3, 6, 9, 15, 23])
def test_mails_come_by_day_and_keep_their_order(tmp_path: Path, hour: int) -> None:
    now = NOW.replace(hour=hour, minute=5)
    mails = list(inbox(filled(tmp_path, now).folders.mail))
    local = [mail.date.astimezone().replace(tzinfo=None) for mail in mails]
    assert max(local) <= now
    assert all(7 <= moment.hour < 23 for moment in local if moment.date() != now.date())
    assert mails[0].subject == "Tidelines: labels and prices"


# -- filling ---------------------------------------------------------------------------------------


def test_the_same_moment_and_seed_give_the_same_files(tmp_path: Path) -> None:
    for name, seed in (("a", 7), ("b", 7), ("c", 8)):
        fill(make_folders(tmp_path / name), NOW, seed)
    first, second, other = (tree(tmp_path / name) for name in "abc")
    assert first == second
    assert first != other


def test_an_interrupted_filling_is_completed_with_the_dates_it_began_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = tree(filled(tmp_path / "whole").folders.contacts.parent)
    folders = make_folders(tmp_path / "broken")
    moved = 0
    replace = Path.replace

    def failing(self: Path, target: Path) -> Path:
        nonlocal moved
        moved += 1
        if moved == 50:
            raise OSError(28, "No space left on device")
        return replace(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", failing)
        with pytest.raises(OSError, match="No space"):
            fill(folders, NOW)
    assert (folders.contacts / MARKER).exists()
    fill(folders, NOW + timedelta(days=3))
    assert tree(tmp_path / "broken") == whole


def test_files_that_exist_are_left_alone(tmp_path: Path) -> None:
    folders = make_folders(tmp_path)
    folders.notes.mkdir()
    (folders.notes / "Shopping.md").write_text("mine")
    fill(folders, NOW)
    assert (folders.notes / "Shopping.md").read_text() == "mine"
    assert (folders.notes / "Ideas.md").exists()


def test_every_file_has_a_place_of_its_own_and_no_place_is_left_open(tmp_path: Path) -> None:
    every = list(items(make_folders(tmp_path), NOW, 7))
    assert len({path for path, _ in every}) == len(every)
    for path, data in every:
        if path.suffix in {".md", ".csv", ".txt"} or "mail" in path.parts:
            assert b"{day" not in data, path
            assert b"{weekday" not in data, path
            assert b"{iso" not in data, path


# -- requests --------------------------------------------------------------------------------------


def test_there_are_fifteen_requests_about_things_that_exist() -> None:
    requests = demo_requests()
    assert len(requests) == len(set(requests)) == 15
    files = {name.rpartition("/")[2].removesuffix(".md") for name, _ in texts("files")}
    named = {word for request in requests for word in request.split() if word.endswith((".pdf", ".csv"))}
    assert named
    assert named <= files
