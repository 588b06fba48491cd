"""Reminders: writing, listing and completing, through the tools."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar

from tests.support import make_context
from tools.context import ToolContext
from tools.errors import Ambiguous, NotFound, ToolError
from tools.reminders import complete_reminder, create_reminder, list_reminders


@pytest.fixture(autouse=True)
def _berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def ctx(tmp_path: Path) -> ToolContext:
    return make_context(tmp_path)


def create(ctx: ToolContext, name: str, **args: object) -> str:
    return str(create_reminder.function(ctx, name=name, **args).text)


def listed(ctx: ToolContext, list_name: str = "") -> list[str]:
    return str(list_reminders.function(ctx, list_name=list_name).text).splitlines()


def complete(ctx: ToolContext, name: str) -> str:
    return str(complete_reminder.function(ctx, name=name).text)


def only_todo(ctx: ToolContext) -> Any:  # a component; its values are of many types
    (path,) = ctx.folders.reminders.rglob("*.ics")
    (todo,) = Calendar.from_ical(path.read_bytes()).walk("VTODO")
    return todo


def put(ctx: ToolContext, *lines: str, newline: str = "\r\n", name: str = "x.ics") -> Path:
    path = ctx.folders.reminders / "Home" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    body = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//other//EN", *lines, "END:VCALENDAR", ""]
    path.write_bytes(newline.join(body).encode())
    return path


def test_the_answer_says_what_when_and_where(ctx: ToolContext) -> None:
    text = create(ctx, "Call mom", due_date="2026-03-13T15:00")
    assert text == "Created the reminder 'Call mom' for Fri 13 Mar 2026, 15:00 in Reminders."


def test_a_reminder_is_one_standard_file_with_an_alarm(ctx: ToolContext) -> None:
    create(ctx, "Call mom", due_date="2026-03-13T15:00", notes="about\nlunch", priority="high")
    todo = only_todo(ctx)
    assert (todo["SUMMARY"], todo["DESCRIPTION"]) == ("Call mom", "about\nlunch")
    assert (todo["PRIORITY"], todo["STATUS"]) == (1, "NEEDS-ACTION")
    assert todo["DUE"].params["TZID"] == "Europe/Berlin"
    assert todo["DUE"].to_ical() == b"20260313T150000"
    (alarm,) = todo.walk("VALARM")
    assert alarm["TRIGGER"].params["RELATED"] == "END"
    assert alarm["TRIGGER"].dt.total_seconds() == 0


@pytest.mark.parametrize(("due", "all_day"), [("2026-03-13", False), ("2026-03-13T15:00", True)])
def test_a_reminder_without_a_time_is_due_all_day(ctx: ToolContext, due: str, *, all_day: bool) -> None:
    text = create(ctx, "Bins", due_date=due, all_day=all_day)
    assert text == "Created the reminder 'Bins' for Fri 13 Mar 2026 in Reminders."
    assert only_todo(ctx)["DUE"].to_ical() == b"20260313"
    assert only_todo(ctx)["DUE"].params["VALUE"] == "DATE"


def test_a_reminder_without_a_date_is_never_due(ctx: ToolContext) -> None:
    create(ctx, "Milk")
    assert "DUE" not in only_todo(ctx)
    assert only_todo(ctx).walk("VALARM") == []


def test_a_date_in_the_past_is_said(ctx: ToolContext) -> None:
    assert create(ctx, "a", due_date="2026-03-12T09:00").endswith("That is in the past.")
    assert create(ctx, "b", due_date="2026-03-11").endswith("That is in the past.")
    assert "past" not in create(ctx, "c", due_date="2026-03-12")


def test_bad_dates_and_priorities_are_refused(ctx: ToolContext) -> None:
    with pytest.raises(ToolError, match="not a date"):
        create(ctx, "x", due_date="tomorrow")
    with pytest.raises(ToolError, match="no priority"):
        create(ctx, "x", priority="urgent!!")
    assert not ctx.folders.reminders.exists()


def test_known_lists_are_found_and_unknown_ones_made(ctx: ToolContext) -> None:
    assert create(ctx, "Bread", list_name="Groceries").endswith("in Groceries.")
    assert create(ctx, "Milk", list_name="my groceries list").endswith("in Groceries.")
    assert create(ctx, "Roof", list_name="house/repairs").endswith("in house/repairs.")
    assert {path.name for path in ctx.folders.reminders.iterdir()} == {"Groceries", "house repairs"}
    assert create(ctx, "Wall", list_name="House Repairs").endswith("in house repairs.")


def test_lists_cannot_lead_out_of_the_folder(ctx: ToolContext, tmp_path: Path) -> None:
    for name in ("../../evil", "/etc/x", "..", "."):
        create(ctx, "x", list_name=name)
    files = list(tmp_path.rglob("*.ics"))
    assert len(files) == 4
    assert all(path.parent.parent == ctx.folders.reminders for path in files)


def test_open_reminders_are_listed_by_due_date_then_priority(ctx: ToolContext) -> None:
    create(ctx, "Milk", list_name="Shopping")
    create(ctx, "Roof", priority="low")
    create(ctx, "Door", priority="high")
    create(ctx, "Bins", due_date="2026-03-12")
    create(ctx, "Call", due_date="2026-03-12T09:00", priority="medium")
    create(ctx, "Tax", due_date="2026-03-11")
    assert listed(ctx) == [
        "Tax, overdue since Wed 11 Mar 2026 (Reminders)",
        "Bins, due Thu 12 Mar 2026 (Reminders)",
        "Call, overdue since Thu 12 Mar 2026, 09:00 (Reminders, medium priority)",
        "Door (Reminders, high priority)",
        "Roof (Reminders, low priority)",
        "Milk (Shopping)",
    ]
    assert listed(ctx, "shopping") == ["Milk (Shopping)"]
    with pytest.raises(NotFound) as caught:
        listed(ctx, "Garage")
    assert set(caught.value.nearest) <= {"Reminders", "Shopping"}
    assert caught.value.nearest


def test_nothing_open_is_said(ctx: ToolContext) -> None:
    assert listed(ctx) == ["No open reminders."]


def test_done_and_cancelled_reminders_are_not_listed(ctx: ToolContext) -> None:
    put(ctx, "BEGIN:VTODO", "UID:1", "SUMMARY:a", "STATUS:CANCELLED", "END:VTODO", name="1.ics")
    put(ctx, "BEGIN:VTODO", "UID:2", "SUMMARY:b", "COMPLETED:20260101T000000Z", "END:VTODO", name="2.ics")
    put(ctx, "BEGIN:VTODO", "UID:3", "SUMMARY:c", "STATUS:IN-PROCESS", "END:VTODO", name="3.ics")
    assert listed(ctx) == ["c (Home)"]


def test_a_completed_reminder_is_marked_in_its_file(ctx: ToolContext) -> None:
    create(ctx, "Call mom", list_name="Family")
    create(ctx, "Milk", list_name="Shopping")
    assert complete(ctx, "call mom reminder") == "Marked 'Call mom' in Family as done."
    assert listed(ctx) == ["Milk (Shopping)"]
    (path,) = (ctx.folders.reminders / "Family").iterdir()
    (todo,) = Calendar.from_ical(path.read_bytes()).walk("VTODO")
    assert (todo["STATUS"], todo["PERCENT-COMPLETE"]) == ("COMPLETED", 100)
    assert todo["COMPLETED"].to_ical() == b"20260312T083000Z"
    with pytest.raises(NotFound):
        complete(ctx, "Call mom")


def test_reminders_of_one_name_are_a_question_and_every_choice_means_one(ctx: ToolContext) -> None:
    create(ctx, "Call mom", list_name="Family")
    create(ctx, "Call mom", list_name="Family")
    create(ctx, "call mom", due_date="2026-03-14", list_name="Other")
    with pytest.raises(Ambiguous) as caught:
        complete(ctx, "call mom")
    assert caught.value.argument == "name"
    assert len(caught.value.choices) == 3
    for choice in sorted(caught.value.choices, reverse=True):
        complete(ctx, choice)
    assert listed(ctx) == ["No open reminders."]


def test_an_unknown_reminder_names_the_nearest(ctx: ToolContext) -> None:
    create(ctx, "Water the plants")
    with pytest.raises(NotFound) as caught:
        complete(ctx, "feed plants")
    assert caught.value.nearest == ("Water the plants",)
    with pytest.raises(ToolError, match="No reminder was named"):
        complete(ctx, " ")


FOREIGN = (
    "X-WR-CALNAME:Mine",
    "BEGIN:VTODO",
    "UID:1",
    "SUMMARY;LANGUAGE=en:Water the pl",
    " ants",
    'X-APPLE-SORT-ORDER;X-A="b;c":1\\,2,3;4',
    "status:IN-PROCESS",
    "PERCENT-COMPLETE;X-FOO=1:5",
    " 0",
    "BEGIN:VALARM",
    "ACTION:DISPLAY",
    "STATUS:KEPT",
    "TRIGGER:-PT5M",
    "END:VALARM",
    "BEGIN:X-CUSTOM",
    "X-VALUE:1",
    "END:X-CUSTOM",
    "X-AFTER:kept",
    "END:VTODO",
    "BEGIN:X-OTHER",
    "X-B:2",
    "END:X-OTHER",
)


@pytest.mark.parametrize("newline", ["\r\n", "\n"])
def test_completing_changes_only_its_own_lines(ctx: ToolContext, newline: str) -> None:
    path = put(ctx, *FOREIGN, newline=newline)
    before = path.read_bytes().split(newline.encode())
    complete(ctx, "water the plants")
    after = path.read_bytes().split(newline.encode())
    gone = [b"status:IN-PROCESS", b"PERCENT-COMPLETE;X-FOO=1:5", b" 0"]
    new = [
        b"DTSTAMP:20260312T083000Z",
        b"LAST-MODIFIED:20260312T083000Z",
        b"STATUS:COMPLETED",
        b"COMPLETED:20260312T083000Z",
        b"PERCENT-COMPLETE:100",
    ]
    assert [line for line in after if line not in new] == [line for line in before if line not in gone]
    assert after[after.index(b"BEGIN:VALARM") - len(new) : after.index(b"BEGIN:VALARM")] == new
    assert listed(ctx) == ["No open reminders."]


def test_only_the_meant_one_of_several_in_a_file_is_completed(ctx: ToolContext) -> None:
    todos = [["BEGIN:VTODO", f"UID:{name}", f"SUMMARY:{name}", "END:VTODO"] for name in ("one", "two", "six")]
    path = put(ctx, *(line for todo in todos for line in todo))
    complete(ctx, "two")
    done = [todo.get("STATUS") for todo in Calendar.from_ical(path.read_bytes()).walk("VTODO")]
    assert done == [None, "COMPLETED", None]


@pytest.mark.parametrize(
    ("lines", "answer", "due", "rule"),
    [
        (  # what was missed is not made up for
            ("DUE;TZID=Europe/Berlin:20260302T180000", "RRULE:FREQ=WEEKLY;BYDAY=MO"),
            "Mon 16 Mar 2026, 18:00",
            "DUE;TZID=Europe/Berlin:20260316T180000",
            "RRULE:FREQ=WEEKLY;BYDAY=MO",
        ),
        (  # done early: the next date after this one, with the clocks changed between
            ("DUE;TZID=Europe/Berlin:20260328T180000", "RRULE:FREQ=DAILY"),
            "Sun 29 Mar 2026, 18:00",
            "DUE;TZID=Europe/Berlin:20260329T180000",
            "RRULE:FREQ=DAILY",
        ),
        (
            ("DTSTART;VALUE=DATE:20260301", "DUE;VALUE=DATE:20260303", "RRULE:FREQ=MONTHLY;COUNT=5"),
            "Fri 3 Apr 2026",
            "DUE;VALUE=DATE:20260303",
            "RRULE:FREQ=MONTHLY;COUNT=4",
        ),
        (
            ("DUE:20260301T180000", "RRULE:FREQ=DAILY;COUNT=20", "EXDATE:20260312T180000"),
            "Fri 13 Mar 2026, 18:00",
            "DUE:20260313T180000",
            "RRULE:FREQ=DAILY;COUNT=9",
        ),
    ],
)
def test_a_series_moves_on_to_its_next_date(
    ctx: ToolContext, lines: tuple[str, ...], answer: str, due: str, rule: str
) -> None:
    path = put(ctx, "BEGIN:VTODO", "UID:1", "SUMMARY:Bins", "X-KEPT:1", *lines, "END:VTODO")
    assert complete(ctx, "bins") == f"Marked 'Bins' in Home as done. It is next due on {answer}."
    text = path.read_text()
    assert rule in text
    assert "X-KEPT:1" in text
    assert listed(ctx) == [f"Bins, due {answer} (Home)"]
    if "DTSTART" not in text:
        assert due in text


def test_the_last_one_of_a_series_is_completed(ctx: ToolContext) -> None:
    lines = ("DUE:20260301T180000Z", "RRULE:FREQ=DAILY;UNTIL=20260302T180000Z")
    put(ctx, "BEGIN:VTODO", "UID:1", "SUMMARY:Bins", *lines, "END:VTODO")
    assert complete(ctx, "bins") == "Marked 'Bins' in Home as done."
    assert listed(ctx) == ["No open reminders."]


def test_a_series_that_can_not_be_read_is_left_as_it_is(ctx: ToolContext) -> None:
    path = put(ctx, "BEGIN:VTODO", "UID:1", "SUMMARY:Bins", "RRULE:FREQ=DAILY", "END:VTODO")
    before = path.read_bytes()
    with pytest.raises(ToolError):
        complete(ctx, "bins")
    assert path.read_bytes() == before


def test_damaged_files_are_reported_and_left_as_they_are(ctx: ToolContext) -> None:
    create(ctx, "Milk")
    broken = ctx.folders.reminders / "Reminders" / "broken.ics"
    broken.write_bytes(b"BEGIN:VCALENDAR\r\nBEGIN:VTODO\r\nDUE:soon\r\n")
    assert listed(ctx) == ["Milk (Reminders)", "Could not be read: Reminders/broken.ics."]
    complete(ctx, "milk")
    assert broken.read_bytes() == b"BEGIN:VCALENDAR\r\nBEGIN:VTODO\r\nDUE:soon\r\n"


def test_a_reminder_that_was_removed_meanwhile_is_said_to_be(ctx: ToolContext) -> None:
    from tools.moments import local_zone
    from tools.stores.reminders import ReminderStore

    create(ctx, "Milk")
    store = ReminderStore(ctx.folders.reminders, local_zone())
    reminder = store.find("milk", ctx.now)
    complete(ctx, "milk")
    with pytest.raises(ToolError, match="changed or removed meanwhile"):
        store.complete(ctx.changes, reminder, ctx.now)


def test_another_word_is_another_reminder(ctx: ToolContext) -> None:
    create(ctx, "Call Tom")
    with pytest.raises(NotFound):
        complete(ctx, "call mom")
    assert listed(ctx) == ["Call Tom (Reminders)"]


def test_a_reminder_that_is_only_spelled_alike_is_a_question(ctx: ToolContext) -> None:
    create(ctx, "Call Mario")
    with pytest.raises(Ambiguous) as caught:
        complete(ctx, "call maria")
    assert caught.value.choices == ("Call Mario",)
    complete(ctx, caught.value.choices[0])
    assert listed(ctx) == ["No open reminders."]


def test_a_list_that_is_only_spelled_alike_swallows_no_reminder(ctx: ToolContext) -> None:
    create(ctx, "Boxes", list_name="Shipping")
    assert create(ctx, "Milk", list_name="Shopping").endswith("in Shopping.")
    assert create(ctx, "Bread", list_name="the shopping list").endswith("in Shopping.")


@pytest.mark.parametrize("name", ["", "reminders", "my reminder list"])
def test_reminders_of_no_list_go_into_the_default_list_only(ctx: ToolContext, name: str) -> None:
    create(ctx, "Report", list_name="Work reminders")
    assert create(ctx, "Milk", list_name=name).endswith("in Reminders.")
    create(ctx, "Door", list_name="Home reminders")
    assert create(ctx, "Bread", list_name=name).endswith("in Reminders.")


def test_a_default_list_in_other_letters_is_used(ctx: ToolContext) -> None:
    (ctx.folders.reminders / "reminders").mkdir(parents=True)
    assert create(ctx, "Milk").endswith("in reminders.")


@pytest.mark.parametrize(
    ("zone", "due", "shown"),
    [
        ("Asia/Tokyo", "99991231T235959Z", "due Fri 31 Dec 9999, 23:59:59"),
        ("America/New_York", "00010101T000000Z", "overdue since Mon 1 Jan 1, 00:00"),
    ],
)
def test_a_date_at_the_end_of_the_calendar_stops_no_list(
    ctx: ToolContext, monkeypatch: pytest.MonkeyPatch, zone: str, due: str, shown: str
) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    put(ctx, "BEGIN:VTODO", "UID:1", "SUMMARY:Odd", f"DUE:{due}", "END:VTODO")
    create(ctx, "Milk")
    assert set(listed(ctx)) == {f"Odd, {shown} (Home)", "Milk (Reminders)"}
    complete(ctx, "Odd")
    assert listed(ctx) == ["Milk (Reminders)"]


def test_a_series_with_two_due_dates_moves_on_from_the_first(ctx: ToolContext) -> None:
    dates = ("DUE:20260312T110000", "DUE:20260313T110000")
    path = put(ctx, "BEGIN:VTODO", "UID:1", "SUMMARY:Bins", *dates, "RRULE:FREQ=DAILY", "END:VTODO")
    assert complete(ctx, "bins").endswith("It is next due on Fri 13 Mar 2026, 11:00.")
    assert path.read_text().count("DUE") == 1
