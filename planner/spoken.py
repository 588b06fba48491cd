"""Addresses and numbers as people say them.

"rosa at tulp dot nl" -> "rosa@tulp.nl", "oh seven double one two" -> "07112".
"""

from __future__ import annotations

import re

MARKS = {"dot": ".", "point": ".", "underscore": "_", "dash": "-", "hyphen": "-", "minus": "-"}
DIGITS = {
    "zero": "0", "oh": "0", "o": "0", "nought": "0", "one": "1", "two": "2", "three": "3", "four": "4",
    "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
}  # fmt: skip
TIMES = {"double": 2, "triple": 3, "treble": 3}
LEAST_DIGITS = 5  # fewer are a time, a year or a count
FILE_ENDINGS = frozenset(
    ("pdf", "png", "jpg", "jpeg", "gif", "webp", "heic", "mp3", "mp4", "wav", "m4a", "mp", "ogg", "opus",
     "flac", "doc", "docx", "xls", "xlsx", "csv", "txt", "md", "ppt", "pptx", "odt", "zip", "ics", "json")
)  # fmt: skip

_PART = rf"[^\W_][\w-]*(?: (?:{'|'.join(MARKS)}) [^\W_][\w-]*)*"
_DOMAIN = r"[^\W_][\w-]*(?: (?:dash|hyphen|minus) [^\W_][\w-]*)*(?:(?: (?:dot|point) |\.)[^\W\d_][\w-]*)*"
_NO_MORE = rf"(?! (?:at|{'|'.join(MARKS)}) )"  # "at own dot box at post dot example" is one address
ADDRESS = re.compile(
    rf"\b({_PART}) at ({_DOMAIN} (?:dot|point) ([^\W\d_]{{2,12}}))\b{_NO_MORE}", re.IGNORECASE
)
_DIGIT = rf"(?:(?:{'|'.join(TIMES)}) )?(?:{'|'.join(DIGITS)})"
NUMBER = re.compile(rf"\b(?:plus )?(?:{_DIGIT}|\d+)(?: (?:{_DIGIT}|\d+))*\b", re.IGNORECASE)


def addresses(text: str) -> list[str]:
    """The e-mail addresses that are said in a text, written out."""
    said = (m for m in ADDRESS.finditer(text) if m[3].lower() not in FILE_ENDINGS)
    return [f"{_written(m[1])}@{_written(m[2])}" for m in said]


def numbers(text: str) -> list[str]:
    """The phone numbers that are said in a text digit by digit, as digits.

    The last word may belong to what follows ("… oh one nine two tickets"), so both readings are there.
    """
    found: list[str] = []
    for match in NUMBER.finditer(text):
        words = match[0].lower().split()
        if not all(word.isdecimal() for word in words):
            found += [_digits(words), _digits(words[:-1])]
    return [digits for digits in found if len(digits.lstrip("+")) >= LEAST_DIGITS]


def _written(part: str) -> str:
    return "".join(MARKS.get(word.lower(), word) for word in part.split(" "))


def _digits(words: list[str]) -> str:
    digits, times = "", 1
    for word in words:
        if word in TIMES:
            times = TIMES[word]
        else:
            digits += "+" if word == "plus" else DIGITS.get(word, word) * times
            times = 1
    return digits
