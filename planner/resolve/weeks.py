"""Weekdays, weeks and weekends as days, and days counted from a day."""

from __future__ import annotations

import re
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from planner.resolve.found import Days, Impossible, Vague
from planner.resolve.names import WEEKDAYS

_ARTICLES = frozenset({"a", "an", "the"})
_SHIFTS = {"next": 7, "last": -7, "coming": 7, "following": 7}


def one(day: date) -> Days:
    """A single day."""
    return Days(day, day)


def monday_of(day: date) -> date:
    """The first day of the week."""
    return day - timedelta(days=day.weekday())


def upcoming(weekday: int, today: date) -> date:
    """The next one to come, never today."""
    return today + timedelta(days=(weekday - today.weekday()) % 7 or 7)


def weekday(match: re.Match[str], today: date) -> Days:
    """`this`, `next`, `last` or no word before a weekday."""
    wanted = WEEKDAYS[match["weekday"]]
    match match["which"]:
        case "next":
            return one(monday_of(today) + timedelta(days=7 + wanted))
        case "last":
            return one(upcoming(wanted, today - timedelta(days=8)))
        case "this" if wanted == today.weekday():
            return one(today)
        case _:
            return one(upcoming(wanted, today))


def weekday_of_week(match: re.Match[str], today: date) -> Days:
    """E.g. Tuesday of next week."""
    shift = _SHIFTS.get(match["week"], 0)
    return one(monday_of(today) + timedelta(days=shift + WEEKDAYS[match["weekday"]]))


def weekday_after_next(match: re.Match[str], today: date) -> Days:
    """E.g. the Monday after next: a week after "next Monday"."""
    return one(monday_of(today) + timedelta(days=14 + WEEKDAYS[match["weekday"]]))


def weekdays_from_now(match: re.Match[str], today: date) -> Days:
    """E.g. two Fridays from now."""
    number = bounded(int(match["number"]), match)
    return one(upcoming(WEEKDAYS[match["weekday"]], today) + timedelta(weeks=number - 1))


def week(match: re.Match[str], today: date) -> Days:
    """A week, or a day of it that its start, middle or end means."""
    if match["by"] and not match["which"]:
        raise Vague(match[0])  # "the week after": after which?
    monday = monday_of(today)
    shift = 14 if match["after_next"] else _SHIFTS.get(match["which"] or "", 0)
    match match["edge"]:
        case None:
            first = monday + timedelta(days=shift)
            return Days(first, first + timedelta(days=6), named=False)
        case "end":
            day = monday + timedelta(days=4 + shift)
        case "mid" | "middle":
            day = monday + timedelta(days=2 + shift)
        case _:
            return one(monday + timedelta(days=shift or 7))
    return one(day if day >= today else day + timedelta(days=7))


def weekend(match: re.Match[str], today: date) -> Days:
    """Saturday and Sunday."""
    if match["by"] and not match["which"]:
        raise Vague(match[0])
    shift = 14 if match["after_next"] else {"next": 7, "last": -7}.get(match["which"] or "", 0)
    saturday = monday_of(today) + timedelta(days=5 + shift)
    return Days(saturday, saturday + timedelta(days=1), named=False)


def offset(match: re.Match[str], today: date) -> Days:
    """E.g. in three days, two weeks ago."""
    step = span_of(match)
    return one(today - step if match[0].endswith("ago") else today + step)


def stretch(match: re.Match[str], today: date) -> Days:
    """E.g. the next two weeks, the last 7 days."""
    step = span_of(match)
    if match["which"] in {"last", "past"}:
        return Days(today - step, today, named=False)
    return Days(today, today + step, named=False)


def span_of(match: re.Match[str]) -> relativedelta:
    """The span of a `number` and a `unit`."""
    half = match["number"].startswith("half")
    number = 1 if match["number"] in _ARTICLES or half else bounded(int(match["number"]), match)
    unit = match["unit"].rstrip("s")
    if half and unit == "year":
        return relativedelta(months=6)
    if half:
        raise Impossible(match[0])
    match unit:
        case "day":
            return relativedelta(days=number)
        case "week":
            return relativedelta(weeks=number)
        case "fortnight":
            return relativedelta(weeks=2 * number)
        case "month":
            return relativedelta(months=number)
        case _:
            return relativedelta(years=number)


def bounded(number: int, match: re.Match[str]) -> int:
    """A count of days, weeks, months or years that a person can mean."""
    if number > 3660:
        raise Impossible(match[0])
    return number
