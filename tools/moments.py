"""Moments as tools get them, as they are stored, and as people read them.

Arguments arrive resolved: "2026-03-12T13:00" (local wall time), "2026-03-12" (a day) or "" (not
given). Inside the tools, local wall time without a zone is what is shown; times with the machine's
zone are what is stored and counted with, so that an hour is an hour when the clocks change.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tools.errors import ToolError, Unavailable

Moment = date | datetime
"""A day, or a local wall time without a zone."""

_UTC_NAMES = frozenset({"UTC", "Etc/UTC", "Etc/UCT", "UCT", "Zulu", "Etc/Zulu", "Universal"})


def parse_moment(text: str) -> Moment | None:
    """The day or local time that `text` gives, None for "". ToolError if it is neither."""
    text = text.strip()
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ToolError(f"{text!r} is not a date or time.", hint="Say the day and the time.") from None
    return local_wall(moment, local_zone()) if moment.tzinfo is not None else moment


def local_zone() -> tzinfo:
    """The machine's time zone, read anew each time: laptops travel. Unavailable if it can't be told."""
    import tzlocal  # noqa: PLC0415 (only tools that store times need it)

    try:
        zone = tzlocal.reload_localzone()
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        message = f"This computer's time zone is not set up clearly ({error})."
        raise Unavailable(message, hint="Set TZ, for example TZ=Europe/Berlin.") from error
    return UTC if isinstance(zone, ZoneInfo) and zone.key in _UTC_NAMES else zone


def in_zone(wall: datetime, zone: tzinfo) -> datetime:
    """The wall time in its zone; a time that the clocks skip becomes the one they show instead."""
    return wall.replace(tzinfo=zone).astimezone(UTC).astimezone(zone)


def local_wall(moment: datetime, zone: tzinfo) -> datetime:
    """The wall time in `zone`; a time without a zone is wall time already.

    So is one that `zone` would push out of the years 1 to 9999: it stands for "never" or "always".
    """
    if moment.tzinfo is None:
        return moment
    try:
        return moment.astimezone(zone).replace(tzinfo=None, fold=0)
    except OverflowError:
        return moment.replace(tzinfo=None, fold=0)


def later(wall: datetime, duration: timedelta, zone: tzinfo) -> datetime:
    """The wall time when `duration` has really passed. OverflowError past the year 9999."""
    return local_wall(in_zone(wall, zone).astimezone(UTC) + duration, zone)


def is_day(moment: Moment) -> bool:
    """Whether it is a whole day (a `datetime` is a `date` too)."""
    return not isinstance(moment, datetime)


def at_midnight(moment: Moment) -> datetime:
    """A day's first moment; a time as it is."""
    return moment if isinstance(moment, datetime) else datetime.combine(moment, time())


def show(moment: Moment) -> str:
    """E.g. "Thu 12 Mar 2026, 13:00", or without the time for a day."""
    day = f"{moment:%a} {moment.day} {moment:%b} {moment.year}"
    return f"{day}, {show_time(moment)}" if isinstance(moment, datetime) else day


def show_time(moment: datetime) -> str:
    """E.g. "13:00"; seconds only if there are some."""
    return f"{moment:%H:%M:%S}" if moment.second else f"{moment:%H:%M}"


def show_span(start: Moment, end: Moment) -> str:
    """E.g. "Thu 12 Mar 2026, 13:00-14:00". The end of days is exclusive, as in iCalendar."""
    if isinstance(start, datetime) and isinstance(end, datetime):
        if start == end:
            return show(start)
        if start.date() == end.date():
            return f"{show(start)}-{show_time(end)}"
        return f"{show(start)} - {show(end)}"
    last = end - timedelta(days=1)
    return f"{show(start)}, all day" if last <= start else f"{show(start)} - {show(last)}, all day"
