"""Days in a text: "a week from Thursday", "3/14", "the last Friday of the month", "next weekend".

Conventions: a weekday is the next one to come (never today; "this" may be today), "next Thursday" is that of the
following week (Monday to Sunday), a day of the month or of the year is the next one to come, in a question about
the past the last one that was, and at the end of a range the next one after its start;
"3/14" is month first as in the United States unless that can't be.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from planner.resolve import months, weeks
from planner.resolve.found import DayPlace, Days
from planner.resolve.joined import counted, ranged
from planner.resolve.names import BLACK_FRIDAY, EASTER, HOLIDAYS, NTH, UNITS, WEEKDAYS, D, M, W, Y, one_of

Value = Callable[[re.Match[str], date], Days]


def find_days(text: str, *, lists: bool = True) -> list[DayPlace]:
    """Where `text` (normal form) names days, in order; if `lists`, "today and tomorrow" is one place."""
    places: list[DayPlace] = []
    for place in sorted(_single(text), key=lambda place: place.start):
        places = counted(text, places, place)
    return ranged(text, places, lists=lists)


def without_days(text: str, places: list[DayPlace]) -> str:
    """`text` with ";" in place of days."""
    for place in places:
        text = f"{text[: place.start]}{';' * (place.end - place.start)}{text[place.end :]}"
    return text


@dataclass(frozen=True, slots=True)
class _Rule:
    pattern: re.Pattern[str]
    value: Value
    recurring: bool = False
    company: str = ""  # what must stand around it to make it sure: "number", "nth", "never"


_DATES = frozenset({months.by_name, months.numeric, months.iso, months.day_of_month})
_DEICTIC = frozenset({"this", "next", "last", "coming"})


def _single(text: str) -> list[DayPlace]:
    places: list[DayPlace] = []
    for rule in _RULES:
        for match in rule.pattern.finditer(text):
            if not any(p.start < match.end() and match.start() < p.end for p in places):
                places.append(_place(text, rule, match))
    return places


def _place(text: str, rule: _Rule, match: re.Match[str]) -> DayPlace:
    recurring = rule.recurring and match.groupdict().get("which") not in _DEICTIC

    def value(today: date) -> Days:
        return rule.value(match, today)

    kind = "weekday" if rule.value is weeks.weekday else "date" if rule.value in _DATES else ""
    return DayPlace(match.start(), match.end(), value, recurring, _sure(text, rule, match), kind)


_BEFORE = re.compile(
    rf"(?:^|[,:(@;]|\b(?:on|by|until|till|from|for|before|after|due|since|between|of|{one_of(WEEKDAYS)})) ?$"
)
_ON = re.compile(r"\b(?:on|by|until|till|before|due) (?:the )?$")
_AFTER = re.compile(
    r"\s*(?:$|[,;.!?)@-]|\d{1,2}(?::\d\d|[ap]m)|(?:at|on|from|by|in|for|to|until|till|and|or|but|with|about|around|"
    r"between|noon|midnight|midday|is|was|will|all|please|mornings?|afternoons?|evenings?|lunchtime)\b)"
)
_THING = re.compile(
    r" (?:floor|level|page|row|street|st|ave|avenue|birthday|anniversary|edition|draft|chapter|grade)\b"
)
_PERSON = re.compile(r"\b(?:with|dr|mr|mrs|ms|prof|tell|text|ask|mail|email|the|i|we|he|she|they|you)\.? $")
_AMBIGUOUS = frozenset({"sat", "sun", "wed", "mon"})


def _sure(text: str, rule: _Rule, match: re.Match[str]) -> bool:
    before, after = text[: match.start()], text[match.end() :]
    if (match[0].endswith("'s") and rule.value is not months.holiday) or after.startswith("'s"):
        return False  # "Friday's exam"
    if match[0].rstrip(".") in _AMBIGUOUS and _PERSON.search(before):
        return False
    match rule.company:
        case "number":
            return bool(_BEFORE.search(before) or _AFTER.match(after))
        case "nth":
            return bool(_AFTER.match(after) or (_ON.search(before) and not _THING.match(after)))
        case company:
            return not company


def _in_days(number: int) -> Value:
    return lambda _, today: weeks.one(today + timedelta(days=number))


def _rule(pattern: str, value: Value, *, recurring: bool = False, company: str = "") -> _Rule:
    return _Rule(re.compile(pattern), value, recurring, company)


_TO = r" ?(?:-|to|until|till|til|through|thru) ?(?:the )?"
_UNTIL = r"(?P<until>\d{1,2})(?:st|nd|rd|th|\.(?= [a-z]))?"
_NUMBER = r"\d{1,2}(?:st|nd|rd|th)?"
_DAY_END = r"\s*(?:$|[,;)]|[:.](?!\d)|(?:at|from|for|with|w/|in|on|and)\b| \d{1,2}(?:[:.]\d\d)?[ap]m|@)"
_WEEK = r"(?P<week>this|next|last|coming|following)"

_RULES: tuple[_Rule, ...] = (
    _rule(r"\b(?P<y>\d{4})[-/](?P<m>\d{1,2})[-/](?P<d>\d{1,2})\b", months.iso),
    _rule(r"\bovermorrow\b", _in_days(2)),
    _rule(rf"\b(?:in|within) (?P<number>half an?|an?|\d+) {UNITS}(?:'?s? time)?\b(?! (?:before|after)\b)", weeks.offset),
    _rule(rf"\b(?P<number>half an?|an?|\d+) {UNITS}'?s? (?:from now|ago|later|hence)\b", weeks.offset),
    _rule(rf"\bin (?P<number>\d{{1,4}}) {W}", weeks.weekdays_from_now),
    _rule(rf"\b(?P<number>\d+) {W} from (?:now|today)\b", weeks.weekdays_from_now),
    _rule(r"\b\d{1,4} (?:mon|tues|wednes|thurs|fri|satur|sun)days\b", months.part_of_month),
    _rule(rf"\b(?:the )?(?:(?P<which>next|coming|following|last|past) )(?P<number>\d+) {UNITS}\b", weeks.stretch),
    _rule(rf"\b(?:the )?(?P<nth>1st|2nd|3rd|4th|5th|last) {W} (?:of|in) (?:the (?:month|next month)|this month|next month|{M})", months.nth_weekday),
    _rule(rf"\b(?:the )?(?P<nth>1st|2nd|3rd|4th|5th|last) (?P<part>week|weekend|fortnight) (?:of|in) (?:(?:the|this|next) month\b|{M})", months.stretch_of_month, recurring=True),
    _rule(rf"\b(?:the )?(?P<edge>end|beginning|start|mid|middle|last day|1st day)[ -](?:of )?(?:(?:the|this|next) (?P<unit>month|year)\b|{M})", months.edge),
    _rule(rf"\b(?:early|late)[ -](?:in )?{M}", months.part_of_month),
    _rule(rf"\b{W},? (?:the )?{D}(?={_TO}(?:(?:{one_of(WEEKDAYS)})\.? )?(?:the )?{_NUMBER} (?:of )?{M}{Y})", months.weekday_in_month, recurring=True),
    _rule(rf"(?<!\bat )(?<!@ )\b(?:the )?{D}(?:\.(?=-))?{_TO}{_UNTIL} (?:of )?{M}{Y}", months.days_of_month, recurring=True),
    _rule(rf"(?<!\bat )(?<!@ )\b(?:the )?{D} (?:of )?{M}{Y}", months.by_name, recurring=True),
    _rule(rf"\b{M} (?:the )?{D}{_TO}{_UNTIL}(?![:.]?\d| ?[ap]m){Y}", months.days_of_month, recurring=True, company="number"),
    _rule(rf"\b{M} (?:the )?{NTH}{Y}", months.by_name, recurring=True),
    _rule(rf"\b{M} (?:the )?{D}(?![:.]?\d| ?[ap]m){Y}", months.by_name, recurring=True, company="number"),
    _rule(rf"\b(?:the )?{D} (?:of )?{M}{Y}", months.by_name, recurring=True),  # after "at" too
    _rule(rf"\b{W},? (?:the )?{NTH}\b", months.weekday_and_day, recurring=True),
    _rule(rf"\b{W} (?P<day>2[4-9]|3[01])(?={_DAY_END})", months.weekday_and_near_day, recurring=True),
    _rule(rf"\b{W} (?:1[3-9]|2[0-3])(?={_DAY_END})", months.part_of_month),  # the 13th, or 13:00?
    _rule(r"(?<![\d/])(?!24/7)(?P<a>\d{1,2})(?P<sep>/)(?P<b>\d{1,2})(?:/(?P<year>20\d\d|\d\d))?(?![\d/])", months.numeric, recurring=True, company="number"),
    _rule(r"(?<![\d.-])(?P<a>\d{1,2})(?P<sep>[.-])(?P<b>\d{1,2})(?P=sep)(?P<year>20\d\d|\d\d)(?![\d.-])", months.numeric),
    _rule(r"(?<![\d.])(?<!\bat )(?P<a>\d{1,2})(?P<sep>\.)(?P<b>0?[1-9]|1[0-2])\.(?P<year>)?(?!\d)", months.numeric, recurring=True),
    _rule(r"^(?:on )?(?P<a>\d{1,2})(?P<sep>-)(?P<b>1[3-9]|2\d|3[01])(?P<year>)?(?![\d:.]| ?[ap]m)(?!.*(?:day|tomorrow|tonight)\b)", months.hyphenated, recurring=True, company="never"),
    _rule(rf"\b(?:the )?{NTH}\b(?: of (?:this|the|(?P<next>next)) month)?", months.day_of_month, recurring=True, company="nth"),
    _rule(r"\b(?:today|tonight|this (?:morning|afternoon|evening))\b", _in_days(0)),
    _rule(r"(?<=\bbetween )now(?= and\b)|(?<=\bfrom )now(?= (?:to|until|till|through)\b)", _in_days(0)),
    _rule(r"\btomorrow\b", _in_days(1)),
    _rule(r"\b(?:yesterday|last night)\b", _in_days(-1)),
    _rule(rf"\b(?:{one_of(EASTER)}) week\b", months.part_of_month),
    _rule(r"\b(?:christmas|xmas) week\b", months.christmas_week, recurring=True),
    _rule(r"(?:(?<=\band )|(?<=\bto )|(?<=\btill )|(?<=\buntil ))new year\b(?!')", months.new_year, recurring=True),
    _rule(rf"\b(?:{one_of(HOLIDAYS)}|{one_of(EASTER)}|{one_of(BLACK_FRIDAY)})(?!\w)", months.holiday, recurring=True, company="number"),
    _rule(rf"\b(?:the )?{_WEEK} week,? (?:on )?{W}", weeks.weekday_of_week),
    _rule(rf"\b{W},? (?:of |in )?(?:the )?{_WEEK} week\b", weeks.weekday_of_week),
    _rule(rf"\b(?:the )?{W} after next\b", weeks.weekday_after_next),
    _rule(rf"\b(?:(?P<which>this|next|last|coming) )?{W}", weeks.weekday, recurring=True),
    _rule(r"\b(?:(?P<which>this|next|last) |the )?weekend(?:(?P<after_next> after next)|(?P<by> (?:after|before)))?\b", weeks.weekend),
    _rule(
        r"\b(?:(?:the |by the )?(?P<edge>end|beginning|start|early|middle|mid)[ -](?:of )?)?(?:the |this )?"
        r"(?:(?P<which>this|next|last|coming|following) )?week(?:(?P<after_next> after next)|(?P<by> (?:after|before)))?\b",
        weeks.week,
    ),
    _rule(r"\b(?:(?P<rest>rest of (?:the|this))|(?P<which>this|next|last)) month\b", months.month),
    _rule(r"\b(?:(?P<rest>rest of (?:the|this))|(?P<which>this|next|last)) year\b", months.year),
    _rule(rf"\b(?P<which>in|during|for|this|next|last|since|(?:the )?month of) {M}{Y}", months.named_month, recurring=True),
    _rule(rf"\b(?P<which>){M},? (?P<year>20\d\d)\b", months.named_month),
    _rule(rf"^(?P<which>){M}(?P<year>)?(?!\w)", months.named_month, recurring=True, company="never"),
)  # fmt: skip
"""In the order in which they are tried: longer and more definite expressions first."""
