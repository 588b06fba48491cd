"""iCalendar files: reading them safely, making new ones, and changing a few lines of old ones.

New files are made with the library. Existing files are never written again from what was parsed:
see tools.stores.ical_lines for how they are changed.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime, tzinfo
from typing import TYPE_CHECKING, Any

from tools.moments import Moment, in_zone, local_wall
from tools.stores.vtimezone import vtimezone

if TYPE_CHECKING:
    from icalendar import Calendar, Component

PRODID = "-//TinyAgent//TinyAgent App//EN"
_NO_NAME = (None, "local")  # keys of zones that are known by their rules only
_YEARS_AFTER = 5  # that a VTIMEZONE is written for: series that others add later still have it
_LINE_BREAKS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")


class DamagedFile(ValueError):  # noqa: N818 (reads as a state of the file)
    """A file that is no valid iCalendar; it is left alone."""


def parse(data: bytes) -> Calendar:
    """The calendar in `data`. DamagedFile if it is none."""
    from icalendar import Calendar  # noqa: PLC0415 (a quarter of a second that most requests don't need)

    try:
        calendar = Calendar.from_ical(data.removeprefix(b"\xef\xbb\xbf"))
    except Exception as error:  # other people's data: the parser raises whatever it runs into
        raise DamagedFile(f"{type(error).__name__}: {error}") from error
    if not isinstance(calendar, Calendar):
        raise DamagedFile("it holds no calendar")
    return calendar


def new_file(component: Component, *, now: datetime, zone: tzinfo) -> bytes:
    """A calendar file with one new component, which gets its time stamps; `now` is local wall time.

    Times with a zone bring its VTIMEZONE, as RFC 5545 demands: khal and todoman would find the zone
    by its name, but stricter readers (and CalDAV servers) refuse a TZID that is not defined.
    Floating times are not used: they move when the user travels, and invited people can't place them.
    """
    from icalendar import Calendar  # noqa: PLC0415

    stamp = in_zone(now, zone).astimezone(UTC).replace(microsecond=0)
    for name in ("DTSTAMP", "CREATED", "LAST-MODIFIED"):
        component.add(name, stamp)
    calendar = Calendar()
    calendar.add("VERSION", "2.0")
    calendar.add("PRODID", PRODID)
    moments = [moment for moment in _moments(component) if isinstance(moment, datetime)]
    if any(moment.tzinfo not in {None, UTC} for moment in moments):
        years = [moment.year for moment in moments]
        last = min(max(years) + _YEARS_AFTER, 9998)
        calendar.add_component(vtimezone(zone, str(zone), max(min(years) - 1, 1), last))
    calendar.add_component(component)
    return bytes(calendar.to_ical(sorted=False))


def stored(moment: Moment, zone: tzinfo) -> Moment:
    """What to write for a day or local wall time: a time gets the zone, by name if it has one, else UTC."""
    if not isinstance(moment, datetime):
        return moment
    aware = in_zone(moment, zone)
    return aware if getattr(zone, "key", None) not in _NO_NAME else aware.astimezone(UTC)


def clean(text: str) -> str:
    """`text` as iCalendar can hold it: line breaks as newlines, without control characters."""
    lines = _LINE_BREAKS.sub("\n", text)
    return "".join(c for c in lines if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cs"})


def one_line(text: str) -> str:
    """`clean` text in one line."""
    return " ".join(clean(text).split())


def text_of(component: Component, name: str) -> str:
    """A text property, "" if it is missing; the first one if there are several."""
    value = first(component.get(name))
    return "" if value is None else str(value).strip()


def moment_of(component: Component, name: str, zone: tzinfo) -> Moment | None:
    """A date property as a day or local wall time; None if it is missing or not readable."""
    value = getattr(first(component.get(name)), "dt", None)
    if isinstance(value, datetime):
        return local_wall(value, zone)
    return value if isinstance(value, date) else None


def number_of(component: Component, name: str) -> int:
    """A whole-number property, 0 if it is missing."""
    value = first(component.get(name))
    return int(value) if isinstance(value, int) else 0


def first(value: Any) -> Any:
    """A property that was read, the first one if there are several; None if there is none."""
    return (value[0] if value else None) if isinstance(value, list) else value


def utc_text(now: datetime, zone: tzinfo) -> str:
    """Local wall time as iCalendar writes a moment in UTC."""
    return f"{in_zone(now, zone).astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _moments(component: Component) -> list[Moment]:
    values = (first(component.get(name)) for name in ("DTSTART", "DTEND", "DUE"))
    return [value.dt for value in values if value is not None]
