"""Reminders: random texts and foreign files survive being written, listed and completed."""

from __future__ import annotations

import tempfile
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import DirectChanges
from tools.stores import ical
from tools.stores.ical_lines import with_properties
from tools.stores.reminders import NewReminder, ReminderStore

NOW = datetime(2026, 3, 12, 9, 30)
ZONE = ZoneInfo("Europe/Berlin")
texts = st.one_of(st.text(max_size=150), st.text(alphabet="a,;:\\\n\r\t\"' é🙂", max_size=80))
dues = st.none() | st.dates() | st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1))
names = st.sampled_from(["STATUS", "X-A", "DUE", "COMPLETED", "SUMMARY", "status", "X-STATUS"])
lines = st.builds(lambda name, value: f"{name}:{value}", names, st.text(alphabet='aé;,\\=" ', max_size=90))
blocks = st.lists(
    st.builds(
        lambda kind, body: [f"BEGIN:{kind}", *body, f"END:{kind}"],
        st.sampled_from(["VALARM", "X-C", "VTODO"]),
        st.lists(lines, max_size=3),
    ),
    max_size=3,
)


@settings(max_examples=120, deadline=None)
@given(name=texts, notes=texts, due=dues, priority=st.integers(0, 9))
def test_reminders_survive_writing_and_reading(
    name: str, notes: str, due: datetime | None, priority: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = ReminderStore(Path(folder), ZONE)
        new = NewReminder(name, due, notes, priority)
        store.add(DirectChanges(), store.choose(""), new, now=NOW)
        (found,) = store.open(NOW).reminders
        store.complete(DirectChanges(), found, NOW)
        assert store.open(NOW).reminders == ()
    assert found.name == (ical.one_line(name) or "(no title)")
    assert found.notes == ical.clean(notes).strip()
    assert found.priority == priority
    if not isinstance(due, datetime):
        assert found.due == due


@settings(max_examples=150, deadline=None)
@given(before=blocks, own=st.lists(lines, max_size=6), inner=blocks, after=blocks)
def test_changing_properties_copies_every_other_line(
    before: list[list[str]], own: list[str], inner: list[list[str]], after: list[list[str]]
) -> None:
    def flat(parts: list[list[str]]) -> list[str]:
        return [line for part in parts for line in part]

    index = sum(part[0] == "BEGIN:VTODO" for part in before)
    head = ["BEGIN:VCALENDAR", *flat(before), "BEGIN:VTODO"]
    tail = [*flat(inner), "END:VTODO", *flat(after), "END:VCALENDAR", ""]
    data = "\r\n".join([*head, *own, *tail]).encode()
    changed = with_properties(data, "VTODO", index, {"STATUS": ":COMPLETED"})
    kept = [line for line in own if not line.upper().startswith("STATUS:")]
    assert changed == "\r\n".join([*head, *kept, "STATUS:COMPLETED", *tail]).encode()
