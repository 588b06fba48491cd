"""Days of the demo profile, said relative to the day on which it is filled.

"+3" counts days from today; "+3 work" is that day, or the Monday after if it is at a weekend. "w+1
sat" is the Saturday of next week; weeks begin on Monday. So whatever day it is, the market is on a
Saturday, lunch is tomorrow, and no dentist works on a Sunday.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SATURDAY = 5
_DAY = re.compile(
    r"(?:w(?P<week>[+-]\d+) (?P<weekday>mon|tue|wed|thu|fri|sat|sun)|(?P<days>[+-]\d+)(?P<work> work)?)"
)
_PLACE = re.compile(r"\{(?P<form>day|weekday|iso) (?P<day>[^{}]+)\}")


def day_of(text: str, today: date) -> date:
    """The day that `text` means. ValueError if it is none."""
    match = _DAY.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no day of the demo profile")
    if days := match["days"]:
        day = today + timedelta(days=int(days))
        weekend = match["work"] and day.weekday() >= _SATURDAY
        return day + timedelta(days=7 - day.weekday()) if weekend else day
    monday = today - timedelta(days=today.weekday())
    return monday + timedelta(weeks=int(match["week"]), days=_WEEKDAYS.index(match["weekday"]))


def with_days(text: str, today: date) -> str:
    """`text` with its places filled: {day +9}, {weekday w+1 fri}, {iso -7}."""
    return _PLACE.sub(lambda match: _shown(match["form"], day_of(match["day"], today)), text)


def _shown(form: str, day: date) -> str:
    match form:
        case "iso":
            return day.isoformat()
        case "weekday":
            return f"{day:%A}"
        case _:
            return f"{day:%A} {day.day} {day:%B}"
