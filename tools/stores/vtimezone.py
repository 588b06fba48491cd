"""The VTIMEZONE of a time zone: when its clocks change, for readers that don't know the zone by name.

The library's own generator gives the starts of summer time in the new offset instead of the old one
(RFC 5545, 3.6.5 wants the clock before the change), so this module writes them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from icalendar import Timezone

_STEP = timedelta(days=7)  # no zone changes its clocks twice in a week
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class _Observance:
    """What the clocks show from a change on."""

    before: timedelta
    after: timedelta
    name: str
    summer: bool


def vtimezone(zone: tzinfo, tzid: str, first_year: int, last_year: int) -> Timezone:
    """The component for the years given, both included; later times read as the last change left them."""
    from icalendar import Timezone, TimezoneDaylight, TimezoneStandard  # noqa: PLC0415

    onsets: dict[_Observance, list[datetime]] = defaultdict(list)
    begin = datetime(first_year, 1, 1, tzinfo=UTC)
    offset = _offset(zone, begin)
    onsets[_observance(zone, begin, offset)].append((begin + offset).replace(tzinfo=None))
    for change in _changes(zone, begin, datetime(last_year, 12, 31, tzinfo=UTC)):
        before = _offset(zone, change - _SECOND)
        onsets[_observance(zone, change, before)].append((change + before).replace(tzinfo=None))
    component = Timezone()
    component.add("TZID", tzid)
    for observance, starts in onsets.items():
        part = TimezoneDaylight() if observance.summer else TimezoneStandard()
        part.add("DTSTART", starts[0])
        if starts[1:]:
            part.add("RDATE", starts[1:])
        part.add("TZOFFSETFROM", observance.before)
        part.add("TZOFFSETTO", observance.after)
        part.add("TZNAME", observance.name)
        component.add_component(part)
    return component


def _changes(zone: tzinfo, begin: datetime, end: datetime) -> Iterator[datetime]:
    """The moments (UTC) at which the zone's offset becomes another."""
    while begin < end:
        following = min(begin + _STEP, end)
        if _offset(zone, begin) != _offset(zone, following):
            yield _first_second(zone, begin, following)
        begin = following


def _first_second(zone: tzinfo, old: datetime, new: datetime) -> datetime:
    """The first second with the offset of `new`, between `old` (excluded) and `new` (included)."""
    while new - old > _SECOND:
        middle = old + timedelta(seconds=(new - old) // _SECOND // 2)
        if _offset(zone, middle) == _offset(zone, old):
            old = middle
        else:
            new = middle
    return new


def _offset(zone: tzinfo, moment: datetime) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta()


def _observance(zone: tzinfo, moment: datetime, before: timedelta) -> _Observance:
    local = moment.astimezone(zone)
    return _Observance(before, _offset(zone, moment), local.tzname() or "", bool(local.dst()))
