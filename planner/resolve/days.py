"""Days in a text: "a week from Thursday", "3/14", "the last Friday of the month", "next weekend".

Conventions: a weekday is the next one to come (never today; "this" may be today), "next Thursday" is that of the
following week (Monday to Sunday), a day of the month or of the year is the next one to come,
"3/14" is month first as in the United States unless that can't be.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from planner.resolve.found import Days, Impossible

_WEEKDAYS = {name: i for i, names in enumerate(
    ("monday mon", "tuesday tues tue", "wednesday weds wed", "thursday thurs thur thu", "friday fri",
     "saturday sat", "sunday sun")) for name in names.split()}  # fmt: skip
_MONTHS = {name: i for i, names in enumerate(
    ("january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul",
     "august aug", "september sept sep", "october oct", "november nov", "december dec"), 1)
    for name in names.split()}  # fmt: skip
_HOLIDAYS = {
    "christmas eve": (12, 24), "christmas day": (12, 25), "christmas": (12, 25), "xmas": (12, 25),
    "boxing day": (12, 26), "new year's eve": (12, 31), "new years eve": (12, 31),
    "new year's day": (1, 1), "new year's": (1, 1), "halloween": (10, 31),
    "valentine's day": (2, 14), "valentine's": (2, 14),
}  # fmt: skip

_W = rf"(?P<weekday>{'|'.join(sorted(_WEEKDAYS, key=len, reverse=True))})(?:'s|s)?\b\.?"
_M = rf"(?P<month>{'|'.join(sorted(_MONTHS, key=len, reverse=True))})\b\.?"
_D = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_Y = r"(?:,? (?P<year>20\d\d))?\b"
_UNITS = r"(?P<unit>days?|weeks?|months?|years?|fortnights?)"

Rule = tuple[re.Pattern[str], Callable[[re.Match[str], date], Days]]


def find_days(text: str, today: date) -> tuple[Days | None, str]:
    """The first day or stretch of days in `text` (normal form), and the text without it. Impossible."""
    for pattern, value in _RULES:
        if match := pattern.search(text):
            try:
                days = value(match, today)
            except (ValueError, OverflowError) as error:
                raise Impossible(match[0].strip()) from error
            return days, f"{text[: match.start()]} ; {text[match.end() :]}"
    return None, text


def _one(day: date) -> Days:
    return Days(day, day)


def _weekday(match: re.Match[str], today: date) -> Days:
    """`this`, `next`, `last` or no word before a weekday; "Friday week" is seven days later."""
    wanted = _WEEKDAYS[match["weekday"]]
    which = match["which"] or ""
    monday = today - timedelta(days=today.weekday())
    if which == "next":
        return _one(monday + timedelta(days=7 + wanted))
    ahead = (wanted - today.weekday()) % 7
    if which == "last":
        return _one(today - timedelta(days=(-ahead) % 7 or 7))
    day = today + timedelta(days=ahead or (0 if which == "this" else 7))
    return _one(day + timedelta(days=7 if match["later"] else 0))


def _from_weekday(match: re.Match[str], today: date) -> Days:
    day = today + timedelta(days=(_WEEKDAYS[match["weekday"]] - today.weekday()) % 7 or 7)
    weeks = (
        2
        if match["count"] in {"2", "fortnight"}
        else int(match["count"] or 1)
        if (match["count"] or "").isdigit()
        else 1
    )
    return _one(day + timedelta(weeks=weeks))


def _offset(match: re.Match[str], today: date) -> Days:
    number = 1 if match["number"] in {"a", "an", "the"} else int(match["number"])

    unit = match["unit"].rstrip("s")
    if unit == "fortnight":
        unit, number = "week", 2 * number
    if number > 3660:
        raise Impossible(match[0])
    step = {
        "day": relativedelta(days=number),
        "week": relativedelta(weeks=number),
        "month": relativedelta(months=number),
        "year": relativedelta(years=number),
    }[unit]
    return _one(today + step if "ago" not in match[0] else today - step)


def _calendar(match: re.Match[str], today: date) -> Days:
    """Day and month, by name, the next to come if no year is given."""
    month = _MONTHS[match["month"]]
    return _one(_upcoming(month, int(match["day"]), match["year"], today))


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


def _slashed(match: re.Match[str], today: date) -> Days:
    first, second = int(match["a"]), int(match["b"])
    month, day = (first, second) if first <= 12 and match["sep"] != "." else (second, first)
    return _one(_upcoming(month, day, match["year"], today))


def _iso(match: re.Match[str], today: date) -> Days:
    del today
    return _one(date(int(match["y"]), int(match["m"]), int(match["d"])))


def _day_of_month(match: re.Match[str], today: date) -> Days:
    day, month = int(match["day"]), date(today.year, today.month, 1)
    if match["next"]:
        month += relativedelta(months=1)
        return _one(month.replace(day=day))
    if day < 1 or day > 31:
        raise Impossible(match[0])
    while day > calendar.monthrange(month.year, month.month)[1] or month.replace(day=day) < today:
        month += relativedelta(months=1)
    return _one(month.replace(day=day))


def _nth_weekday(match: re.Match[str], today: date) -> Days:
    """E.g. the last Friday of the month, the first Monday of April."""
    first = _month_start(match, today)
    wanted, which = _WEEKDAYS[match["weekday"]], match["nth"]
    days = [
        first.replace(day=d)
        for d in range(1, calendar.monthrange(first.year, first.month)[1] + 1)
        if first.replace(day=d).weekday() == wanted
    ]
    index = -1 if which == "last" else int(which[0]) - 1
    if index >= len(days):
        raise Impossible(match[0])
    if days[index] < today:
        later = first + relativedelta(years=1) if match["month"] else first + relativedelta(months=1)
        return _nth_weekday_of(later, wanted, index)
    return _one(days[index])


def _nth_weekday_of(first: date, wanted: int, index: int) -> Days:
    span = calendar.monthrange(first.year, first.month)[1]
    days = [first.replace(day=d) for d in range(1, span + 1) if first.replace(day=d).weekday() == wanted]
    return _one(days[index])


def _month_start(match: re.Match[str], today: date) -> date:
    if match["month"]:
        month = _MONTHS[match["month"]]
        return date(today.year + (month < today.month), month, 1)
    start = today.replace(day=1)
    return start + relativedelta(months=1) if "next" in match[0] else start


def _month_edge(match: re.Match[str], today: date) -> Days:
    start = _month_start(match, today)
    if match["edge"] == "end":
        return _one(start + relativedelta(months=1, days=-1))
    if match["edge"] in {"mid", "middle"}:
        return _one(start.replace(day=15))
    return _one(start if start >= today else start + relativedelta(months=1))


def _week(match: re.Match[str], today: date) -> Days:
    monday = today - timedelta(days=today.weekday())
    shift = {"next": 7, "last": -7, "coming": 7, "following": 7}.get(match["which"] or "", 0)
    if match["end"]:
        friday = monday + timedelta(days=4 + shift)
        return _one(friday if friday >= today else friday + timedelta(days=7))
    if match["beginning"]:
        return _one(monday + timedelta(days=shift or 7))
    monday += timedelta(days=shift)
    return Days(monday, monday + timedelta(days=6), named=False)


def _weekend(match: re.Match[str], today: date) -> Days:
    saturday = today - timedelta(days=today.weekday()) + timedelta(days=5)
    shift = {"next": 7, "last": -7}.get(match["which"] or "", 0)
    return Days(saturday + timedelta(days=shift), saturday + timedelta(days=shift + 1), named=False)


def _month(match: re.Match[str], today: date) -> Days:
    start = today.replace(day=1) + relativedelta(months={"next": 1, "last": -1}.get(match["which"] or "", 0))
    return Days(start, start + relativedelta(months=1, days=-1), named=False)


def _named_month(match: re.Match[str], today: date) -> Days:
    month = _MONTHS[match["month"]]
    year = int(match["year"]) if match["year"] else today.year + (month < today.month)
    return Days(date(year, month, 1), date(year, month, 1) + relativedelta(months=1, days=-1), named=False)


def _friday_13(match: re.Match[str], today: date) -> Days:
    """A weekday with its day of the month: the next month in which they fall together."""
    wanted, day = _WEEKDAYS[match["weekday"]], int(match["day"])
    for months in range(48):
        start = today.replace(day=1) + relativedelta(months=months)
        if day <= calendar.monthrange(start.year, start.month)[1]:
            found = start.replace(day=day)
            if found >= today and found.weekday() == wanted:
                return _one(found)
    raise Impossible(match[0])


def _in_days(days: int) -> Callable[[re.Match[str], date], Days]:
    return lambda _, today: _one(today + timedelta(days=days))


def _holiday(match: re.Match[str], today: date) -> Days:
    month, day = _HOLIDAYS[match[0]]
    return _one(_upcoming(month, day, None, today))


def _rule(pattern: str, value: Callable[[re.Match[str], date], Days]) -> Rule:
    return re.compile(pattern), value


_RULES: tuple[Rule, ...] = (
    _rule(r"\b(?P<y>\d{4})[-/](?P<m>\d{1,2})[-/](?P<d>\d{1,2})(?=t\d|\b)", _iso),
    _rule(r"\b(?:the )?day after tomorrow\b|\bovermorrow\b", _in_days(2)),
    _rule(r"\b(?:the )?day before yesterday\b", _in_days(-2)),
    _rule(rf"\b(?P<count>a|1|2|3|4|a fortnight)? ?(?:weeks?|fortnight) (?:from|on|after) (?:this |next )?{_W}", _from_weekday),
    _rule(rf"\b(?:in|within) (?P<number>an?|\d+) {_UNITS}(?:'s? time)?\b", _offset),
    _rule(rf"\b(?P<number>an?|\d+) {_UNITS}'?s? (?:from (?:now|today)|ago|later|hence)\b", _offset),
    _rule(rf"\b(?:the )?(?P<nth>1st|2nd|3rd|4th|5th|last) {_W} (?:of|in) (?:the (?:month|next month)|this month|next month|{_M})", _nth_weekday),
    _rule(rf"\b(?:the )?(?P<edge>end|beginning|start|mid|middle)[ -](?:of )?(?:(?:the|this|next) month|{_M})", _month_edge),
    _rule(rf"\b{_M} (?:the )?{_D}(?!:|\d| ?[ap]m){_Y}", _calendar),
    _rule(rf"\b(?:the )?{_D} (?:of )?{_M}{_Y}", _calendar),
    _rule(rf"\b{_W},? (?:the )?(?P<day>\d{{1,2}})(?:st|nd|rd|th)\b", _friday_13),
    _rule(r"(?<![\d/])(?P<a>\d{1,2})(?P<sep>/)(?P<b>\d{1,2})(?:/(?P<year>20\d\d|\d\d))?(?![\d/])", _slashed),
    _rule(r"(?<![\d.])(?P<a>\d{1,2})(?P<sep>\.)(?P<b>\d{1,2})\.(?P<year>20\d\d)?(?!\d)", _slashed),
    _rule(r"\b(?:the )?(?P<day>\d{1,2})(?:st|nd|rd|th)\b(?: of (?:this|the|(?P<next>next)) month)?", _day_of_month),
    _rule(r"\b(?:today|tonight|this (?:morning|afternoon|evening))\b", _in_days(0)),
    _rule(r"\btomorrow\b", _in_days(1)),
    _rule(r"\b(?:yesterday|last night)\b", _in_days(-1)),
    _rule("|".join(rf"\b{name}\b" for name in _HOLIDAYS), _holiday),
    _rule(rf"\b(?:(?P<which>this|next|last|coming) )?{_W}(?P<later> week\b)?", _weekday),
    _rule(r"\b(?:(?P<which>this|next|last) |the )?weekend\b", _weekend),
    _rule(
        r"\b(?:(?P<end>end of|by the end of)|(?P<beginning>beginning of|start of|early))? ?(?:the |this )?"
        r"(?:(?P<which>this|next|last|coming|following) )?week\b",
        _week,
    ),
    _rule(r"\b(?P<which>this|next|last) month\b", _month),
    _rule(rf"\b(?:in|during|for|this|next) {_M}{_Y}", _named_month),
)  # fmt: skip
"""In the order in which they are tried: longer and more definite expressions first."""
