"""Spoken numbers as digits, so that the rules for dates and times meet one spelling only."""

from __future__ import annotations

import re
from collections.abc import Callable

from planner.resolve.names import MONTHS, WEEKDAYS, one_of

_UNITS = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_ORDINALS = [
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
    "twentieth",
]

_CARDINAL = {word: value for value, word in enumerate(_UNITS)} | {
    word: value for value, word in zip(range(20, 100, 10), _TENS, strict=True)
}
_ORDINAL = {word: value for value, word in enumerate(_ORDINALS, 1)} | {"thirtieth": 30}

_ONES = "|".join(_UNITS[1:10])
_COMPOUND = re.compile(rf"\b({'|'.join(_TENS)})[ -]({_ONES}|{'|'.join(_ORDINALS[:9])})\b")
_SINGLE = re.compile(rf"\b({'|'.join(_CARDINAL)})\b")
_NTH = re.compile(
    rf"\b({'|'.join(w for w in _ORDINAL if w != 'second')}|second(?= of| day| (?:mon|tue|wed|thu|fri|sat|sun)))\b"
    r"(?! thing)"
)
_HOUR_WORD = rf"(?:{'|'.join(_UNITS[1:13])}|1[0-2]|[1-9]|noon|midday|midnight)\b"
_COUNTED = r"(?:,? (?:seconds?|minutes?|hours?|days?|weeks?|months?|years?|people|persons|of)\b)"
_ISH = re.compile(rf"\b({'|'.join(_UNITS[1:13])})ish\b")
_MONTH_SECOND = re.compile(rf"\b({one_of(MONTHS)}) (?:the )?second\b")
_MINUTES_TO = re.compile(
    rf"(?<!from )(?<!between )\b(five|ten|twenty|twenty[ -]five) (?=(?:to|past|before|after|till?) {_HOUR_WORD}(?!{_COUNTED}))"
)
_HUNDREDS = re.compile(r"\b(an?|\d{1,2}) hundred(?: and (\d{1,2}))?\b")
_ENDINGS = {"w": "week", "m": "month", "y": "year"}
_SPELLINGS: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"[’`]"), "'"),
    (re.compile(r"[‐-―−]"), "-"),
    (re.compile(r"\b(?:tomorow|tommorow|tommorrow|tomorrrow|tmrw|tmr|tmw|2moro|2morrow|2mrw|2mrow)\b"), "tomorrow"),
    (re.compile(r"\b(?:2day|tday)\b"), "today"),
    (re.compile(r"\b(?:2nite|tonite|2night)\b"), "tonight"),
    (re.compile(r"\bnxt\b"), "next"),
    (re.compile(r"\bwk(s?)\b"), r"week\1"),
    (re.compile(r"\bwknd\b"), "weekend"),
    (re.compile(r"\bnite\b"), "night"),
    (re.compile(r"\barvo\b"), "afternoon"),
    (re.compile(r"\b((?:half|past|to) \d{1,2}) ?-?ish\b"), r"\1"),
    (re.compile(r"\b(\d{1,2}(?:[:.]\d\d)?(?:[ap]m)?|noon|midday|midnight) ?-?ish\b"), r"at \1"),
    (re.compile(rf"\b({one_of(WEEKDAYS)}|today|tomorrow) pm\b"), r"\1 afternoon"),
    (re.compile(rf"\b({one_of(WEEKDAYS)}|tomorrow|this) eve\b"), r"\1 evening"),
    (re.compile(r"\b([01]\d|2[0-3])[.:]([0-5]\d) ?(?:hours|hrs)\b"), r"\1\2 hours"),
    (re.compile(r"\bthis time next week\b"), "this time a week from today"),
    (re.compile(r"\beo([wmy])\b"), lambda m: f"end of the {_ENDINGS[m[1]]}"),
    (re.compile(r"\bnew years\b(?!')"), "new year's"),
    (re.compile(r"\b(\d{4}-\d\d-\d\d)t(\d\d:\d\d)(?::\d\d)?\b"), r"\1 \2"),
    (re.compile(r"\b(\d{1,2}) oh? (\d)\b"), r"\1:0\2"),
    (re.compile(r"\b([ap])\.\s?m\.?(?!\w)"), r"\1m"),
    (re.compile(r"\b(\d{1,2})\s+([ap]m)\b"), r"\1\2"),
    (re.compile(r"\b(\d{1,2}(?::\d\d)?)p\b"), r"\1pm"),
    (re.compile(r"\b(\d{1,2}:\d\d)a\b"), r"\1am"),
    (re.compile(r"\b(?:a )?couple(?: of)?\b"), "2"),
    (re.compile(r"\bdozen\b"), "12"),
)  # fmt: skip


def normal(text: str) -> str:
    """`text` in lower case, numbers as digits ("twenty third" -> "23rd"), slips in common words mended.

    "ten to four" is a time and becomes "10 minutes to 4"; "10 to 4" stays, it may be a range.
    """
    text = " ".join(text.lower().split())
    text = _ISH.sub(r"\1-ish", text)
    text = _MONTH_SECOND.sub(r"\1 2nd", text)
    text = _MINUTES_TO.sub(r"\1 minutes ", text)
    text = _COMPOUND.sub(_compound, text)
    text = _NTH.sub(lambda m: nth(_ORDINAL[m[1]]), text)
    text = _SINGLE.sub(lambda m: str(_CARDINAL[m[1]]), text)
    text = _HUNDREDS.sub(_hundreds, text)
    for pattern, spelling in _SPELLINGS:
        text = pattern.sub(spelling, text)
    return text


def nth(number: int) -> str:
    """E.g. "23rd"."""
    ending = "th" if 10 < number % 100 < 14 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _compound(match: re.Match[str]) -> str:
    tens, ones = _CARDINAL[match[1]], match[2]
    return str(tens + _CARDINAL[ones]) if ones in _CARDINAL else nth(tens + _ORDINAL[ones])


def _hundreds(match: re.Match[str]) -> str:
    hundreds = 1 if match[1] in {"a", "an"} else int(match[1])
    return str(hundreds * 100 + int(match[2] or 0))
