"""Days of months and years, months and years as days, holidays."""

from __future__ import annotations

import calendar
import re
from datetime import date, timedelta

from dateutil.easter import easter
from dateutil.relativedelta import relativedelta

from planner.resolve.found import Days, Impossible, Vague
from planner.resolve.names import BLACK_FRIDAY, EASTER, HOLIDAYS, MONTHS, WEEKDAYS
from planner.resolve.weeks import monday_of, one


def by_name(match: re.Match[str], today: date) -> Days:
    """Day and month, the next to come if no year is given."""
    return one(_upcoming(MONTHS[match["month"]], int(match["day"]), match["year"], today))


def days_of_month(match: re.Match[str], today: date) -> Days:
    """E.g. the 20th to the 22nd of March."""
    month = MONTHS[match["month"]]
    first = _upcoming(month, int(match["day"]), match["year"], today)
    last = first.replace(day=int(match["until"]))
    if last <= first:
        raise Impossible(match[0])
    return Days(first, last)


def numeric(match: re.Match[str], today: date) -> Days:
    """E.g. 3/14, 14/3/26, 14.3.: month first unless that can't be, or with points."""
    first, second = int(match["a"]), int(match["b"])
    month, day = (first, second) if first <= 12 and match["sep"] != "." else (second, first)
    return one(_upcoming(month, day, match["year"] or None, today))


def hyphenated(match: re.Match[str], today: date) -> Days:
    """E.g. 3-20. Vague if it may be hours ("9-17")."""
    if int(match["a"]) > 7:
        raise Vague(match[0])
    return numeric(match, today)


def iso(match: re.Match[str], today: date) -> Days:
    """E.g. 2026-03-14."""
    del today
    return one(date(int(match["y"]), int(match["m"]), int(match["d"])))


def day_of_month(match: re.Match[str], today: date) -> Days:
    """E.g. the 3rd, the 3rd of next month."""
    day, month = int(match["day"]), today.replace(day=1)
    if match["next"]:
        return one((month + relativedelta(months=1)).replace(day=day))
    if day < 1 or day > 31:
        raise Impossible(match[0])
    while day > _length(month) or month.replace(day=day) < today:
        month += relativedelta(months=1)
    return one(month.replace(day=day))


def weekday_and_day(match: re.Match[str], today: date) -> Days:
    """A weekday with its day of the month: the next month in which they fall together."""
    wanted, day = WEEKDAYS[match["weekday"]], int(match["day"])
    for months in range(48):
        start = today.replace(day=1) + relativedelta(months=months)
        if day <= _length(start):
            found = start.replace(day=day)
            if found >= today and found.weekday() == wanted:
                return one(found)
    raise Impossible(match[0])


def weekday_and_near_day(match: re.Match[str], today: date) -> Days:
    """E.g. Fri 27, soon. Vague if the two don't fall together in the next weeks."""
    found = weekday_and_day(match, today)
    if found.first > today + timedelta(weeks=8):
        raise Vague(match[0])
    return found


def weekday_in_month(match: re.Match[str], today: date) -> Days:
    """The first day of "Monday 6 to Friday 10 April". Impossible."""
    found = by_name(match, today)
    if found.first.weekday() != WEEKDAYS[match["weekday"]]:
        raise Impossible(match[0])
    return found


def nth_weekday(match: re.Match[str], today: date) -> Days:
    """E.g. the last Friday of the month, the first Monday of April."""
    first = _month_start(match, today)
    wanted, which = WEEKDAYS[match["weekday"]], match["nth"]
    index = -1 if which == "last" else int(which[0]) - 1
    day = _nth(first, wanted, index)
    if day < today:
        step = relativedelta(years=1) if match["month"] else relativedelta(months=1)
        day = _nth(first + step, wanted, index)
    return one(day)


def stretch_of_month(match: re.Match[str], today: date) -> Days:
    """E.g. the first week of May (1 to 7), the last fortnight of June, the first weekend in May."""
    start = _month_start(match, today)
    last, number = match["nth"] == "last", 1 if match["nth"] == "last" else int(match["nth"][0])
    if match["part"] == "weekend":
        saturday = _nth(start, WEEKDAYS["saturday"], -1 if last else number - 1)
        return Days(saturday, saturday + timedelta(days=1), named=False)
    length = 14 if match["part"] == "fortnight" else 7
    first = _length(start) - length + 1 if last else length * (number - 1) + 1
    if first + length - 1 > _length(start):
        raise Impossible(match[0])
    day = start.replace(day=first)
    return Days(day, day + timedelta(days=length - 1), named=False)


def edge(match: re.Match[str], today: date) -> Days:
    """The first, middle or last day of a month or a year."""
    year = match["unit"] == "year"
    start = _year_start(match, today) if year else _month_start(match, today)
    length = relativedelta(years=1) if year else relativedelta(months=1)
    if match["edge"] in {"end", "last day"}:
        return one(start + length - timedelta(days=1))
    if match["edge"] in {"mid", "middle"}:
        return one(start.replace(month=7, day=1) if year else start.replace(day=15))
    return one(start if start >= today else start + length)


def part_of_month(match: re.Match[str], today: date) -> Days:
    """E.g. early April: no definite day."""
    del today
    raise Vague(match[0])


def month(match: re.Match[str], today: date) -> Days:
    """This, next or last month."""
    step = {"next": 1, "last": -1}.get(match["which"] or "", 0)
    return _months(today.replace(day=1) + relativedelta(months=step), 1, match["rest"], today)


def year(match: re.Match[str], today: date) -> Days:
    """This, next or last year."""
    step = {"next": 1, "last": -1}.get(match["which"] or "", 0)
    return _months(date(today.year + step, 1, 1), 12, match["rest"], today)


def named_month(match: re.Match[str], today: date) -> Days:
    """E.g. in May, last January, April 2027."""
    number = MONTHS[match["month"]]
    if match["year"]:
        return _months(date(int(match["year"]), number, 1), 1)
    if match["which"] == "last":
        return _months(date(today.year - (number >= today.month), number, 1), 1)
    return _months(date(today.year + (number < today.month), number, 1), 1)


def holiday(match: re.Match[str], today: date) -> Days:
    """The next one to come."""
    if fixed := HOLIDAYS.get(match[0]):
        return one(_upcoming(*fixed, None, today))
    days = (_moving(match[0], year) for year in (today.year, today.year + 1))
    return one(next(day for day in days if day >= today))


def christmas_week(match: re.Match[str], today: date) -> Days:
    """Monday to Sunday around Christmas Day."""
    del match
    monday = monday_of(_upcoming(12, 25, None, today))
    return Days(monday, monday + timedelta(days=6), named=False)


def new_year(match: re.Match[str], today: date) -> Days:
    """The end of "between Christmas and New Year"."""
    del match
    return one(_upcoming(1, 1, None, today))


def _moving(name: str, year: int) -> date:
    if name in EASTER:
        return easter(year) + timedelta(days=EASTER[name])
    return _nth(date(year, 11, 1), WEEKDAYS["thursday"], 3) + timedelta(days=1 + BLACK_FRIDAY[name])


def _upcoming(month: int, day: int, year: str | None, today: date) -> date:
    if year is not None:
        return date(int(year) + (2000 if len(year) == 2 else 0), month, day)
    for candidate in range(today.year, today.year + 9):  # 29 February may be years away
        try:
            found = date(candidate, month, day)
        except ValueError:
            if (month, day) != (2, 29):
                raise
            continue
        if found >= today:
            return found
    raise ValueError("no such day")


def _nth(first: date, weekday: int, index: int) -> date:
    """The weekday of a month, counted from 0 or backwards from -1. Impossible."""
    days = [first.replace(day=day) for day in range(1, _length(first) + 1)]
    found = [day for day in days if day.weekday() == weekday]
    if index >= len(found):
        raise Impossible(f"number {index + 1} in {first:%B}")
    return found[index]


def _months(first: date, number: int, rest: str | None = None, today: date | None = None) -> Days:
    last = first + relativedelta(months=number, days=-1)
    return Days(today if rest and today else first, last, named=False)


def _length(month: date) -> int:
    return calendar.monthrange(month.year, month.month)[1]


def _month_start(match: re.Match[str], today: date) -> date:
    if match["month"]:
        number = MONTHS[match["month"]]
        return date(today.year + (number < today.month), number, 1)
    start = today.replace(day=1)
    return start + relativedelta(months=1) if "next" in match[0] else start


def _year_start(match: re.Match[str], today: date) -> date:
    return date(today.year + ("next" in match[0]), 1, 1)
