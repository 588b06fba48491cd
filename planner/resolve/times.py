"""Times of day in a text: "half past two", "2-3:30pm", "noon", "17:45", "in the evening".

Conventions where people leave it open: hours from 8 to 11 are in the morning, 12 is noon, 1 to 7 are in
the afternoon; a range takes the half of the day that its other end names; "half seven" is half past seven,
"ten to four" a time and "10 to 4" a range.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from planner.resolve.clocks import clock_of
from planner.resolve.found import Clock, Impossible

_CLOCK = (
    r"(?:(?:a )?(?P<{0}rel>half|quarter|\d{{1,2}} min(?:ute)?s?|(?:20|25)(?= (?:to|before|til))|\d{{1,2}}(?= (?:past|after)))"
    r" (?P<{0}dir>past|after|to|before|of|til|till) (?P<{0}h1>\d{{1,2}}|noon|midday|midnight)(?: ?(?P<{0}m1>am|pm))?"
    r"|half (?P<{0}half>\d{{1,2}})(?: ?(?P<{0}m5>am|pm))?"
    r"|(?:12 )?(?P<{0}word>noon|midday|midnight(?! mass))"
    r"|(?P<{0}h2>\d{{1,2}})[:.h](?P<{0}min>\d{{2}})(?: ?(?P<{0}m2>am|pm))?(?! ?hours?\b)(?:uhr)?"
    r"|(?P<{0}mil>\d{{4}} ?(?:hours|hrs|h)\b|0\d[0-5]\d)"
    r"|(?P<{0}four>\d?\d[0-5]\d)(?: ?(?P<{0}m6>am|pm))?"
    r"|(?P<{0}h3>\d{{1,2}})(?: (?P<{0}spoken>[0-5][05]))? ?(?P<{0}m3>am|pm|o'?clock|o clock|(?<=1[3-9]|2[0-3])h\b)(?: (?P<{0}m4>am|pm))?"
    r"|(?P<{0}h4>\d{{1,2}}) (?P<{0}spoken2>15|30|45|20|10|40|50)(?! ?(?:am|pm|min|hour|sec|days?|weeks?|%))"
    r"|(?P<{0}bare>\d{{1,2}}))"
)
_A, _B = _CLOCK.format("a"), _CLOCK.format("b")
_EDGE = (
    r"(?![\w/%]|[:.,]\d|-\d| ?(?:min|hour|hr|sec|day|week|month|year|people|persons|guests|kids|times|miles|euros?|dollars?|"
    r"past\b|st\b|nd\b|rd\b|th\b))"
)
_RANGE = re.compile(
    rf"(?<![\w/:.$-])(?P<led>from |between )?{_A}(?: in the (?:morning|afternoon|evening))?"
    r"(?: ;+(?= (?:to|until|till|til)\b))?"
    rf" ?(?P<by>-|to|until|till|til|and|through) ?(?:about |around |at )*{_B}{_EDGE}"
)
_ONE = re.compile(rf"(?<![\w/:.$-]){_A}{_EDGE}")
_PREPOSITION = re.compile(
    r"(?:\b(?:at|by|around|about|from|until|till|til|before|after|for|start(?:ing|s)?)|[@;]|^(?:to)?),? ?$"
)
_PART_BEFORE = re.compile(r"\b(?:morning|afternoon|evening|night),? ?$")
_AT = re.compile(r"(?:\bat|@)(?: about| around)? ?$")
_DAY_AFTER = re.compile(r"(?:,? (?:on )?|,)?;")
_SURE = ("word", "mil", "m1", "m2", "m3", "m5", "m6")


@dataclass(frozen=True, slots=True)
class ClockPlace:
    """A time, or the two of a range, that a text names from `start` to `end`."""

    start: int
    end: int
    first: Clock
    last: Clock | None = None


def find_clocks(text: str, *, alone: bool = False) -> Iterator[ClockPlace]:
    """The times that `text` (normal form, ";" in place of days) names, the most certain first. Impossible.

    The text is meant to be a time, so a number may be an hour; if `alone`, one without a preposition too.
    """
    for match in _RANGE.finditer(text):
        if _is_range(text, match):
            yield _place(match)
    for match in _ONE.finditer(text):
        number = match["abare"] or match["afour"]
        if not number or match["am6"] or _is_hour(text, match) or (alone and _only(text, match)):
            yield _place(match)


def sure_clocks(text: str) -> list[ClockPlace]:
    """Times that can't be anything else in a text about other things: "at 5", "5pm", not "for 5"; in order."""
    places: list[ClockPlace] = []
    for pattern in (_RANGE, _ONE):
        for match in pattern.finditer(text):
            if _is_sure(text, match) and not any(
                p.start < match.end() and match.start() < p.end for p in places
            ):
                try:
                    places.append(_place(match))
                except Impossible:
                    continue
    return sorted(places, key=lambda place: place.start)


def _is_range(text: str, match: re.Match[str]) -> bool:
    by_and = match["by"] == "and"
    if by_and and match["led"] != "between ":
        return False
    if match["by"] == "to" and match["abare"] in {"20", "25"} and not match["led"]:
        return False  # "20 to 5"
    if not (match["abare"] and match["bbare"]) or match["led"]:
        return True
    return _is_hour(text, match)


def _is_hour(text: str, match: re.Match[str]) -> bool:
    """Whether a number is an hour by the words around it: after "at", next to a day, at the beginning."""
    before, after = text[: match.start()], text[match.end() :]
    if "afour" in match.re.groupindex and re.fullmatch(r"20[2-9]\d", match["afour"] or ""):
        return _AT.search(before) is not None  # else a year
    if _PART_BEFORE.search(before) and re.match(r"\s*(?:$|[,;.!?)])", after):
        return True  # "Friday night 11"
    return bool(_PREPOSITION.search(before) or _DAY_AFTER.match(after))


def _is_sure(text: str, match: re.Match[str]) -> bool:
    if _in_number(text, match):
        return False
    at = _AT.search(text[: match.start()]) is not None
    if at:
        return match["by"] != "and" if match.re is _RANGE else True
    if match.re is _RANGE:
        led = match["led"] and (match["by"] != "and" or match["led"] == "between ")
        return bool(
            led or (match["by"] != "and" and _clear(match, "a") and _clear(match, "b")) or _half_said(match)
        )
    return _clear(match, "a")


def _in_number(text: str, match: re.Match[str]) -> bool:
    """Whether digits stand next to the match: a part of "555 0138 60"."""
    before, after = text[: match.start()], text[match.end() :]
    digits = match.re is _ONE and re.fullmatch(r"\d+", match[0])
    return bool(digits and (re.search(r"\d[ -]?$", before) or re.match(r"[ -]?\d", after)))


def _half_said(match: re.Match[str]) -> bool:
    """E.g. "3 to 3:45", "2-4pm"."""
    return match["by"] != "and" and (_clear(match, "a") or _clear(match, "b"))


def _clear(match: re.Match[str], side: str) -> bool:
    if any(match[side + name] for name in _SURE):
        return True
    if match[side + "rel"]:
        return match[side + "rel"] in {"half", "quarter"}
    return ":" in match[0] and match[side + "h2"] is not None


def _only(text: str, match: re.Match[str]) -> bool:
    """Whether nothing else is in the text that the number could count."""
    rest = text[: match.start()] + text[match.end() :]
    return not re.search(r"\d", rest)


def _place(match: re.Match[str]) -> ClockPlace:
    last = clock_of(match, "b") if match.re is _RANGE else None
    return ClockPlace(match.start(), match.end(), clock_of(match, "a"), last)
