"""Calendar: whatever is written is read back; no event in the range is ever missed."""

from __future__ import annotations

import io
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from dateutil.tz import tzical
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import DirectChanges
from tools.context import Person
from tools.moments import at_midnight, in_zone, later
from tools.stores import ical
from tools.stores.calendars import CalendarStore, NewEvent
from tools.stores.vtimezone import vtimezone

NOW = datetime(2026, 3, 12, 9, 30)
BERLIN = ZoneInfo("Europe/Berlin")
texts = st.one_of(
    st.text(max_size=200),
    st.text(alphabet="aé,;:\\\n\r\t\"'^ n漢🙂", max_size=120),
    st.sampled_from(
        ["\\n", "\\\\n", "a\\,b", "BEGIN:VEVENT\nEND:VEVENT", "x" * 500, "é" * 200, "\u2028\x85"]
    ),
)
walls = st.datetimes(datetime(2000, 1, 1), datetime(2060, 1, 1)).map(lambda t: t.replace(microsecond=0))


@pytest.fixture(autouse=True)
def _new_york(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Not the zone that the tests use: the store takes it from its caller alone."""
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def store_with(folder: str, event: NewEvent) -> tuple[CalendarStore, Path]:
    store = CalendarStore(Path(folder), BERLIN)
    path = store.add(DirectChanges(), store.choose(""), event, now=NOW, person=Person())
    return store, path


@settings(max_examples=120, deadline=None)
@given(title=texts, location=texts, notes=texts)
def test_texts_survive_writing_and_reading(title: str, location: str, notes: str) -> None:
    start = datetime(2026, 3, 12, 13)
    with tempfile.TemporaryDirectory() as folder:
        event = NewEvent(title, start, start + timedelta(hours=1), location, (), notes)
        store, path = store_with(folder, event)
        data = path.read_bytes()
        (found,) = store.between(start, start + timedelta(hours=1)).events
    assert found.title == (ical.one_line(title) or "(no title)")
    assert found.location == ical.one_line(location)
    (written,) = ical.parse(data).walk("VEVENT")
    assert ical.text_of(written, "DESCRIPTION") == ical.clean(notes).strip()
    assert all(len(line) <= 75 for line in data.split(b"\r\n"))


@settings(max_examples=120, deadline=None)
@given(start=walls, hours=st.integers(1, 24 * 60), query=walls, days=st.integers(0, 40), whole=st.booleans())
def test_an_event_is_listed_exactly_when_it_overlaps_the_range(
    start: datetime, hours: int, query: datetime, days: int, *, whole: bool
) -> None:
    end = later(start, timedelta(hours=hours), BERLIN)
    event = (
        NewEvent("x", start.date(), end.date() + timedelta(days=1)) if whole else NewEvent("x", start, end)
    )
    near = start + (query - start) % timedelta(days=90) - timedelta(days=45)
    stop = near + timedelta(days=days, hours=1)
    with tempfile.TemporaryDirectory() as folder:
        store, _ = store_with(folder, event)
        found = store.between(near, stop).events
    if not whole and start != in_zone(start, BERLIN).replace(tzinfo=None):
        return  # the clocks skip this time: it is stored as another
    assert bool(found) == (at_midnight(event.start) < stop and at_midnight(event.end) > near)
    assert all((one.start, one.end) == (event.start, event.end) for one in found)


@pytest.mark.parametrize(
    "name",
    [
        "Europe/Berlin",
        "America/New_York",
        "Asia/Kathmandu",
        "Australia/Lord_Howe",
        "Africa/Casablanca",
        "Europe/Dublin",
    ],
)
def test_another_reader_gets_the_same_offsets_from_the_vtimezone(name: str) -> None:
    zone = ZoneInfo(name)
    body = vtimezone(zone, name, 2025, 2031).to_ical(sorted=False).decode()
    other = tzical(io.StringIO(f"BEGIN:VCALENDAR\r\n{body}END:VCALENDAR\r\n")).get()
    wall = datetime(2025, 1, 2)
    while wall < datetime(2031, 12, 1):
        skipped = wall.replace(tzinfo=zone).astimezone(UTC).astimezone(zone).replace(tzinfo=None) != wall
        if not skipped:
            assert wall.replace(tzinfo=other).utcoffset() == wall.replace(tzinfo=zone).utcoffset()
        wall += timedelta(minutes=90)
