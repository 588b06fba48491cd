"""Calendar: writing events and listing what is on, through the tools."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar

from tests.support import make_context
from tools.context import Person, ToolContext
from tools.errors import Ambiguous, NotFound, Refused, ToolError
from tools.events import create_calendar_event, list_calendar_events


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


def create(ctx: ToolContext, **args: object) -> str:
    given = {"title": "Lunch", "start_date": "2026-03-12T13:00", "invitees": []} | args
    return str(create_calendar_event.function(ctx, **given).text)


def listed(ctx: ToolContext, start: str, end: str = "") -> list[str]:
    return str(list_calendar_events.function(ctx, start_date=start, end_date=end).text).splitlines()


def only_event(ctx: ToolContext) -> Any:  # a component; its values are of many types
    (path,) = ctx.folders.calendars.rglob("*.ics")
    (event,) = Calendar.from_ical(path.read_bytes()).walk("VEVENT")
    return event


def put(ctx: ToolContext, name: str, *lines: str, calendar: str = "personal") -> Path:
    path = ctx.folders.calendars / calendar / name
    path.parent.mkdir(parents=True, exist_ok=True)
    body = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//other//EN", *lines, "END:VCALENDAR", ""]
    path.write_bytes("\r\n".join(body).encode())
    return path


def vevent(uid: str, start: str, *lines: str) -> list[str]:
    head = ["BEGIN:VEVENT", f"UID:{uid}", f"SUMMARY:{uid}", "DTSTAMP:20260101T000000Z"]
    return [*head, f"DTSTART{start}", *lines, "END:VEVENT"]


def test_the_answer_says_what_when_and_where(ctx: ToolContext) -> None:
    assert create(ctx) == "Created the event 'Lunch' on Thu 12 Mar 2026, 13:00-14:00 in personal."


def test_an_event_is_one_standard_file(ctx: ToolContext) -> None:
    create(ctx, location="Café, 2nd floor", notes="a; b\nc", end_date="2026-03-12T15:30")
    event = only_event(ctx)
    assert event["LOCATION"] == "Café, 2nd floor"
    assert event["DESCRIPTION"] == "a; b\nc"
    assert event["DTSTART"].to_ical() == b"20260312T130000"
    assert event["DTSTART"].params["TZID"] == "Europe/Berlin"
    assert event["DTEND"].to_ical() == b"20260312T153000"
    stamps = {event[name].to_ical() for name in ("DTSTAMP", "CREATED", "LAST-MODIFIED")}
    assert stamps == {b"20260312T083000Z"}
    (path,) = ctx.folders.calendars.rglob("*.ics")
    assert path.stem == event["UID"]
    calendar = Calendar.from_ical(path.read_bytes())
    assert str(calendar["PRODID"]).startswith("-//TinyAgent//")
    assert [part.name for part in calendar.subcomponents] == ["VTIMEZONE", "VEVENT"]


@pytest.mark.parametrize(
    ("start", "end", "span"),
    [
        ("2026-03-12T13:00:00", "", "Thu 12 Mar 2026, 13:00-14:00"),
        ("2026-03-12T23:30", "", "Thu 12 Mar 2026, 23:30 - Fri 13 Mar 2026, 00:30"),
        ("2026-03-12", "", "Thu 12 Mar 2026, all day"),
        ("2026-03-12", "2026-03-12", "Thu 12 Mar 2026, all day"),
        ("2026-03-12", "2026-03-14", "Thu 12 Mar 2026 - Sat 14 Mar 2026, all day"),
        ("2026-03-12", "2026-03-13T18:00", "Thu 12 Mar 2026 - Fri 13 Mar 2026, all day"),
        ("2026-03-12T13:00", "2026-03-12", "Thu 12 Mar 2026, 13:00-14:00"),
        ("2026-03-12T13:00", "2026-03-13", "Thu 12 Mar 2026, 13:00 - Sat 14 Mar 2026, 00:00"),
        ("2026-03-12T12:00:00+00:00", "", "Thu 12 Mar 2026, 13:00-14:00"),
        # the clocks go from 2:00 to 3:00 on 29 March, and back from 3:00 on 25 October
        ("2026-03-29T01:30", "", "Sun 29 Mar 2026, 01:30-03:30"),
        ("2026-10-25T02:30", "2026-10-25T04:00", "Sun 25 Oct 2026, 02:30-04:00"),
    ],
)
def test_ends_that_are_not_given_are_an_hour_or_a_day_later(
    ctx: ToolContext, start: str, end: str, span: str
) -> None:
    assert f"on {span} in" in create(ctx, start_date=start, end_date=end)
    line = listed(ctx, start[:10])[0]
    assert line == f"{span}: Lunch (personal)"


def test_a_time_that_the_clocks_skip_is_stored_as_the_time_they_show(ctx: ToolContext) -> None:
    create(ctx, start_date="2026-03-29T02:30")
    assert only_event(ctx)["DTSTART"].to_ical() == b"20260329T033000"


@pytest.mark.parametrize(
    ("start", "end", "message"),
    [
        ("", "", "has no date"),
        ("soon", "", "'soon' is not a date"),
        ("2026-13-01", "", "not a date"),
        ("2026-03-12T13:00", "2026-03-12T12:00", "would end .*12:00.* before it starts .*13:00"),
        ("2026-03-12T13:00", "2026-03-12T13:00", "before it starts"),
        ("2026-03-12", "2026-03-11", "before it starts"),
        ("2026-03-12T13:00", "2026-03-11", "before it starts"),
        ("9999-12-31", "", "after the year 9999"),
    ],
)
def test_dates_that_make_no_event_are_refused(ctx: ToolContext, start: str, end: str, message: str) -> None:
    with pytest.raises(ToolError, match=message):
        create(ctx, start_date=start, end_date=end)
    assert not ctx.folders.calendars.exists()


def test_invitees_are_noted_and_a_server_is_told_not_to_mail_them(ctx: ToolContext) -> None:
    ctx = dataclasses.replace(ctx, person=Person("Me, Myself", "me@example.org"))
    text = create(ctx, invitees=["sid@example.com", " ana@example.com", "sid@example.com", ""])
    assert "Invited: sid@example.com, ana@example.com (noted in the event, nothing was sent)." in text
    event = only_event(ctx)
    assert event["ATTENDEE"] == ["mailto:sid@example.com", "mailto:ana@example.com"]
    assert {attendee.params["SCHEDULE-AGENT"] for attendee in event["ATTENDEE"]} == {"CLIENT"}
    assert event["ORGANIZER"] == "mailto:me@example.org"
    assert event["ORGANIZER"].params["CN"] == "Me, Myself"


@pytest.mark.parametrize("address", ["Sid", "a@b\nATTACH:x", "a b@c.d", "mailto:a@b.c"])
def test_invitees_must_be_addresses(ctx: ToolContext, address: str) -> None:
    with pytest.raises(Refused):
        create(ctx, invitees=[address])


def test_an_empty_title_gets_a_sensible_one(ctx: ToolContext) -> None:
    assert "'Event'" in create(ctx, title=" ")
    assert "'Meeting'" in create(ctx, title="", invitees=["a@example.com"])


def test_texts_cannot_add_properties(ctx: ToolContext) -> None:
    evil = "x\r\nATTACH:file:///etc/passwd\rEND:VEVENT\x0bY:1\u2028Z:2\x00"
    create(ctx, title=evil, location=evil, notes=evil)
    event = only_event(ctx)
    assert "ATTACH" not in event
    assert event["SUMMARY"] == "x ATTACH:file:///etc/passwd END:VEVENT Y:1 Z:2"
    assert event["DESCRIPTION"] == "x\nATTACH:file:///etc/passwd\nEND:VEVENT\nY:1\nZ:2"


def test_without_a_name_the_first_calendar_is_used(ctx: ToolContext) -> None:
    for name in ("work", "Family", ".hidden"):
        (ctx.folders.calendars / name).mkdir(parents=True)
    assert create(ctx).endswith("in Family.")


@pytest.mark.parametrize("asked", ["Family", "my family calendar"])
def test_calendars_are_found_as_people_say_them(ctx: ToolContext, asked: str) -> None:
    for name in ("Choir", "family"):
        (ctx.folders.calendars / name).mkdir(parents=True)
    assert create(ctx, calendar=asked).endswith("in family.")


def test_the_display_name_of_a_synchronised_calendar_counts(ctx: ToolContext) -> None:
    folder = ctx.folders.calendars / "5f3a"
    folder.mkdir(parents=True)
    (folder / "displayname").write_text("Choir\n")
    (ctx.folders.calendars / "other").mkdir()
    assert create(ctx, calendar="choir").endswith("in Choir.")
    assert list(folder.glob("*.ics"))


def test_an_unknown_calendar_is_made_only_if_there_is_none(ctx: ToolContext) -> None:
    assert create(ctx, calendar="Sports").endswith("in Sports.")
    with pytest.raises(NotFound) as caught:
        create(ctx, calendar="Politics")
    assert caught.value.nearest == ("Sports",)
    assert len(list(ctx.folders.calendars.rglob("*.ics"))) == 1


def test_a_calendar_that_is_only_spelled_alike_is_a_question(ctx: ToolContext) -> None:
    (ctx.folders.calendars / "Family").mkdir(parents=True)
    with pytest.raises(Ambiguous) as caught:
        create(ctx, calendar="famly")
    assert caught.value.choices == ("Family",)
    assert create(ctx, calendar="Family").endswith("in Family.")


def test_calendars_of_one_name_are_a_question_whose_answers_are_clear(ctx: ToolContext) -> None:
    for folder in ("a1", "b2"):
        (ctx.folders.calendars / folder).mkdir(parents=True)
        (ctx.folders.calendars / folder / "displayname").write_text("Team")
    with pytest.raises(Ambiguous) as caught:
        create(ctx, calendar="team")
    assert caught.value.argument == "calendar"
    texts = [create(ctx, calendar=choice) for choice in caught.value.choices]
    assert [text.rpartition(" in ")[2] for text in texts] == ["Team (a1).", "Team (b2)."]


def test_a_calendar_name_cannot_lead_out_of_the_folder(ctx: ToolContext, tmp_path: Path) -> None:
    create(ctx, calendar="../../evil")
    assert all(path.is_relative_to(ctx.folders.calendars) for path in tmp_path.rglob("*.ics"))


def test_series_are_listed_with_their_exceptions(ctx: ToolContext) -> None:
    series = vevent(
        "Standup",
        ";TZID=Europe/Berlin:20260302T090000",
        "DURATION:PT15M",
        "RRULE:FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR",
        "EXDATE;TZID=Europe/Berlin:20260311T090000",
    )
    moved = vevent(
        "Standup",
        ";TZID=Europe/Berlin:20260312T110000",
        "RECURRENCE-ID;TZID=Europe/Berlin:20260312T090000",
        "DTEND;TZID=Europe/Berlin:20260312T111500",
    )
    put(ctx, "s.ics", *series, *moved, calendar="work")
    assert listed(ctx, "2026-03-10", "2026-03-15") == [
        "Tue 10 Mar 2026, 09:00-09:15: Standup (work)",
        "Thu 12 Mar 2026, 11:00-11:15: Standup (work)",
        "Fri 13 Mar 2026, 09:00-09:15: Standup (work)",
    ]


def test_events_of_all_calendars_and_zones_are_sorted_by_local_time(ctx: ToolContext) -> None:
    put(ctx, "1.ics", *vevent("utc", ":20260312T070000Z", "DTEND:20260312T080000Z"))
    put(ctx, "2.ics", *vevent("floating", ":20260312T073000"), calendar="work")
    put(ctx, "3.ics", *vevent("tokyo", ";TZID=Asia/Tokyo:20260312T150000"), calendar="work")
    put(ctx, "4.ics", *vevent("holiday", ";VALUE=DATE:20260312"))
    put(ctx, "5.ics", *vevent("off", ":20260312T060000Z", "STATUS:CANCELLED"))
    put(ctx, "6.ics", *vevent("trip", ";VALUE=DATE:20260310", "DTEND;VALUE=DATE:20260313"))
    put(ctx, "7.ics", *vevent("long", ":20260312T060000Z", "DURATION:PT2H", "LOCATION:Oslo\\, S"))
    assert listed(ctx, "2026-03-12") == [
        "Tue 10 Mar 2026 - Thu 12 Mar 2026, all day: trip (personal)",
        "Thu 12 Mar 2026, all day: holiday (personal)",
        "Thu 12 Mar 2026, 07:00-09:00: long, Oslo, S (personal)",
        "Thu 12 Mar 2026, 07:00: tokyo (work)",
        "Thu 12 Mar 2026, 07:30: floating (work)",
        "Thu 12 Mar 2026, 08:00-09:00: utc (personal)",
    ]


@pytest.mark.parametrize(
    ("start", "end", "names"),
    [
        ("2026-03-12", "2026-03-12", ["midnight", "noon", "late"]),
        ("2026-03-12", "2026-03-13T00:00", ["midnight", "noon", "late"]),
        ("2026-03-12T00:00", "2026-03-12T00:00", ["midnight", "noon", "late"]),
        ("2026-03-12T12:30", "", ["noon", "late"]),
        ("2026-03-12T13:00", "2026-03-12T23:00", []),
        ("", "", ["midnight", "noon", "late"]),  # the context's clock stands on that day
        ("2026-03-13", "", ["late"]),
        ("2026-03-11", "", []),
    ],
)
def test_the_range_is_whole_days_or_exact_times(
    ctx: ToolContext, start: str, end: str, names: list[str]
) -> None:
    create(ctx, title="noon", start_date="2026-03-12T12:00")
    create(ctx, title="midnight", start_date="2026-03-12T00:00")
    create(ctx, title="late", start_date="2026-03-12T23:00", end_date="2026-03-13T01:00")
    lines = listed(ctx, start, end)
    found = [line.rpartition(": ")[2].removesuffix(" (personal)") for line in lines]
    assert found == names or (not names and lines[0].startswith("No events"))


@pytest.mark.parametrize(
    ("start", "end", "text"),
    [
        ("2026-03-12", "", "No events on Thu 12 Mar 2026."),
        ("2026-03-12", "2026-03-15", "No events from Thu 12 Mar 2026 to Sun 15 Mar 2026."),
        ("2026-03-12T09:00", "2026-03-12T11:00", "No events on Thu 12 Mar 2026, 09:00-11:00."),
    ],
)
def test_nothing_on_is_said_with_the_span(ctx: ToolContext, start: str, end: str, text: str) -> None:
    assert listed(ctx, start, end) == [text]


def test_a_range_that_ends_before_it_starts_is_an_error(ctx: ToolContext) -> None:
    with pytest.raises(ToolError, match="before the start"):
        listed(ctx, "2026-03-12", "2026-03-11")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"garbage",
        b"\xff\xfe\x00\x01",
        b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:20260312T100000\r\n",
        b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:A\r\nEND:VCARD\r\n",
        b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:20260312T100000\r\nRRULE:FREQ=NEVER\r\n"
        b"END:VEVENT\r\nEND:VCALENDAR\r\n",
    ],
)
def test_a_damaged_file_is_reported_and_left_as_it_is(ctx: ToolContext, data: bytes) -> None:
    create(ctx)
    path = ctx.folders.calendars / "personal" / "broken.ics"
    path.write_bytes(data)
    assert listed(ctx, "2026-03-12") == [
        "Thu 12 Mar 2026, 13:00-14:00: Lunch (personal)",
        "Could not be read: personal/broken.ics.",
    ]
    assert path.read_bytes() == data


def test_the_list_is_bounded(ctx: ToolContext) -> None:
    put(ctx, "s.ics", *vevent("often", ":20260312T000000", "RRULE:FREQ=MINUTELY;COUNT=300"))
    lines = listed(ctx, "2026-03-12")
    assert len(lines) == 201
    assert lines[-1] == "and 100 more events"
