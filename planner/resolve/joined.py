"""Days that two expressions name together: "a week from Friday", "Monday to Wednesday", "Friday 3/20"."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

from planner.resolve import weeks
from planner.resolve.found import DayPlace, Days, Impossible, Vague
from planner.resolve.names import UNITS, WEEKDAYS, W

_SHIFT = re.compile(
    rf"(?<!for )\b(?P<in>in )?(?:the )?(?:(?P<number>an?|\d+) )?{UNITS},? (?P<way>from |after |before |on |)$"
)
_STRETCH = re.compile(
    r"\b(?:the (?:(?P<number>\d{1,3}) )?|(?=week (?:of|beginning|commencing)))"
    r"(?P<unit>days|weeks?|fortnight) "
    r"(?P<way>of|from|starting|beginning|commencing|(?:(?<=\d days )|(?<=\d weeks ))(?:before|after)) "
    r"(?:the )?$"
)
_WEEKDAY_BY = re.compile(
    rf"(?:the )?(?:(?P<nth>[1-9])(?:(?:st|nd|rd|th) | (?=\w+days )))?{W} (?P<way>after|before) $"
)
_WEEK_LATER = re.compile(r" week\b(?! (?:of|in|\d))")
_BESIDE = re.compile(r"[ ,(]+(?:the )?")
_MOVED = re.compile(
    r"\b(?:moved?|moving|changed?|shift(?:ed)?|switch(?:ed)?|postponed?|rescheduled?|put back)\b"
    r"[^.;,]*\bfrom (?:the )?$"
)
_JOIN = re.compile(r"\s*(?P<by>-|to|until|till|til|through|thru|and)\s*(?:including )?(?:the |on )?")


def counted(text: str, places: list[DayPlace], place: DayPlace) -> list[DayPlace]:
    """`places` and one more, which may be counted from ("a week from Friday") or be a weekday's date."""
    if places and place.start < places[-1].end:
        return places  # the "week" of "Friday week"
    before = text[: place.start]
    if stretch := _STRETCH.search(before):
        place = _moved(place, stretch.start(), lambda days, today: _stretched(days, stretch))
        places = [p for p in places if p.end <= place.start]
    elif shift := _shift(before):
        place = _moved(place, shift.start(), lambda days, today: _shifted(days, shift))
        places = [p for p in places if p.end <= place.start]
    elif by := _WEEKDAY_BY.search(before):
        place = _moved(place, by.start(), lambda days, today: _weekday_by(days, by))
        places = [p for p in places if p.end <= place.start]
    named = text[place.start : place.end].rsplit(maxsplit=1)[-1].rstrip(".")
    if (named in WEEKDAYS or named in {"today", "tomorrow"}) and (
        later := _WEEK_LATER.match(text, place.end)
    ):
        place = replace(_moved(place, place.start, lambda days, today: _weeks_later(days)), end=later.end())
    last = places[-1] if places else place
    if {last.kind, place.kind} == {"weekday", "date"} and _BESIDE.fullmatch(text, last.end, place.start):
        return [*places[:-1], _agreeing(last, place, text[last.start : place.end])]
    return [*places, place]


def ranged(text: str, places: list[DayPlace], *, lists: bool) -> list[DayPlace]:
    """`places` with the two of a range as one; if `lists`, those of "today and tomorrow" too."""
    result: list[DayPlace] = []
    for place in places:
        if result and (joined := _joined(text, result[-1], place, lists)):
            result[-1] = joined
        else:
            result.append(place)
    return result


def _shift(before: str) -> re.Match[str] | None:
    """The end of a text that counts from what follows: "a week from", "two days before"."""
    shift = _SHIFT.search(before)
    if shift is None or (not shift["number"] and shift["way"] not in {"after ", "before "}):
        return None
    if shift["way"] in {"on ", ""} and shift["unit"].startswith(("day", "year")):
        return None
    return shift


def _moved(place: DayPlace, start: int, change: Callable[[Days, date], Days]) -> DayPlace:
    inner = place.value
    return replace(place, start=start, value=lambda today: change(inner(today), today), sure=True)


def _shifted(days: Days, shift: re.Match[str]) -> Days:
    if shift["in"] and shift["way"] in {"on ", ""}:
        raise Vague(shift[0])  # "in 3 weeks on Monday": which one?
    if not shift["number"] and shift["unit"] != "day":
        raise Vague(shift[0])  # "the week before Christmas"
    step = weeks.span_of(shift) if shift["number"] else timedelta(days=1)
    return weeks.one(days.first - step if shift["way"] == "before " else days.last + step)


def _stretched(days: Days, stretch: re.Match[str]) -> Days:
    """E.g. the week of the 20th (Monday to Sunday), the two weeks from 4 May."""
    unit = {"d": 1, "w": 7, "f": 14}[stretch["unit"][0]]
    length = timedelta(days=int(stretch["number"] or 1) * unit)
    first = days.first
    match stretch["way"]:
        case "of" if length.days == 7:
            first = weeks.monday_of(first)
        case "of":
            raise Vague(stretch[0])
        case "before":
            first -= length
        case "after":
            first = days.last + timedelta(days=1)
    return Days(first, first + length - timedelta(days=1), named=False)


def _weekday_by(days: Days, by: re.Match[str]) -> Days:
    wanted, further = WEEKDAYS[by["weekday"]], timedelta(weeks=int(by["nth"] or 1) - 1)
    if by["way"] == "after":
        return weeks.one(weeks.upcoming(wanted, days.last) + further)
    return weeks.one(weeks.upcoming(wanted, days.first - timedelta(days=8)) - further)


def _weeks_later(days: Days) -> Days:
    return Days(days.first + timedelta(days=7), days.last + timedelta(days=7))


def _joined(text: str, first: DayPlace, second: DayPlace, lists: bool) -> DayPlace | None:
    """Two places as one: "Monday to Friday", "today and tomorrow"."""
    by = _JOIN.fullmatch(text, first.end, second.start)
    if by is None or text[: first.end].endswith("'s") or _MOVED.search(text[: first.start]):
        return None
    led = re.search(r"\bbetween (?:the )?$", text[: first.start]) is not None
    if by["by"] == "and" and not (led or lists):
        return None

    def value(today: date) -> Days:
        start = first.days(today)
        end = second.days(today, after=start.first)
        if end.last < start.first and first.recurring:
            start = first.days(today, past=True)  # "the 1st to yesterday"
        if end.last < start.first:
            raise Impossible(text[first.start : second.end])
        if by["by"] == "and" and not led and end.first > start.last + timedelta(days=1):
            raise Vague(text[first.start : second.end])  # two days, not a stretch
        return Days(start.first, end.last)

    return DayPlace(first.start, second.end, value, first.recurring, first.sure and second.sure)


def _agreeing(first: DayPlace, second: DayPlace, words: str) -> DayPlace:
    """A weekday with its date: "Friday 20 March", "3/20, Friday"."""
    weekday, day = (first, second) if first.kind == "weekday" else (second, first)

    def value(today: date) -> Days:
        days = day.days(today)
        if days.first.weekday() != weekday.days(today).first.weekday():
            raise Impossible(words)
        return days

    return DayPlace(first.start, second.end, value, day.recurring, kind="both")
