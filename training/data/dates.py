"""Dates as slots: which words are a date and nothing else, and which dates can stand for each other.

The argument of a date spans from its first to its last word, so it may hold words that belong to something
else ("Saturday it's Dashiell's, 3pm") or lean on another date ("the evening before"). Those stay.
"""

from __future__ import annotations

import re

from training.data.words import words

WEEKDAY = r"(?:mon|tue|tues|wed|wednes|thu|thur|thurs|fri|sat|satur|sun)(?:day)?s?"
MONTH = (
    r"jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|"
    r"oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
)
CLOCK = r"[\d:.,/h–-]*\d[\d:.,/h–-]*(?:st|nd|rd|th|[ap]\.?m\.?|ish|h)?"
WORDS = sorted(words("dates"))
DATE_WORD = re.compile(
    rf"(?:{WEEKDAY}|{MONTH}|{CLOCK}|{'|'.join(map(re.escape, WORDS))})[.,]?", re.IGNORECASE
)
FIRST_WORDS = (
    (re.compile(rf"(?i)(?:{WEEKDAY})\b"), "weekday"),
    (re.compile(rf"(?i)(?:{MONTH})\b"), "month"),
    (re.compile(r"(?i)(?:today|tonight|tomorrow|tmrw|yesterday)\b"), "day"),
    (re.compile(r"(?i)(?:the )?\d+(?:st|nd|rd|th)\b"), "ordinal"),
    (re.compile(rf"(?i)\d+ (?:{MONTH})\b"), "day of a month"),
    (re.compile(r"\d+[/.]\d"), "numbers"),
    (re.compile(r"\d"), "digit"),
)


def only_date(text: str) -> bool:
    """Whether all its words are words of dates."""
    return all(DATE_WORD.fullmatch(part) for word in text.split() for part in word.split("-") if part)


def date_form(text: str) -> str:
    """What a date begins with, and whether it has a time or a range: what can stand where it stood."""
    opening = text.split(maxsplit=1)[0].lower()
    first = next((name for pattern, name in FIRST_WORDS if pattern.match(text)), opening)
    timed = bool(re.search(r"(?i)\d ?[ap]\.?m|:\d\d|noon|o'?clock|half past|\bat \w+", text))
    ranged = bool(re.search(r"(?i)\d ?(?:-|to|until|till)\b ?\d|from ", text))
    return f"{first} {'timed' if timed else ''} {'ranged' if ranged else ''}"
