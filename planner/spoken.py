"""Addresses and numbers as people say them, and as recognisers write that.

"rosa at tulp dot nl" -> "rosa@tulp.nl", "oh seven double one two three" -> "071123". What is read wrongly
could reach a stranger; so what is not said in full, mark by mark and digit by digit, is not read at all.
"""

from __future__ import annotations

import re

MARKS = {"dot": ".", "underscore": "_", "dash": "-", "hyphen": "-", "minus": "-"}
DIGITS = {
    "zero": "0", "oh": "0", "o": "0", "nought": "0", "nil": "0", "one": "1", "two": "2", "three": "3",
    "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
}  # fmt: skip
TIMES = {"double": 2, "triple": 3, "treble": 3}
LEAST_DIGITS, LEAST_SAID = 6, 3  # fewer are a time, a year or a count
LARGER = frozenset((  # in numbers that are not said digit by digit
    "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
    "nineteen", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety", "hundred",
    "thousand", "million", "point",
))  # fmt: skip
NOT_PEOPLE = frozenset((  # "look at booking dot com"
    "at", "be", "book", "bought", "buy", "check", "find", "flight", "flights", "go", "hotel", "is",
    "it", "link", "look", "looked", "looking", "me", "meet", "new", "order", "page", "prices", "room",
    "rooms", "see", "shop", "site", "something", "that", "there", "ticket", "tickets", "up", "us",
    "website", "you",
))  # fmt: skip
FILE_ENDINGS = frozenset((
    "pdf", "png", "jpg", "jpeg", "gif", "webp", "heic", "mp", "mp3", "mp4", "wav", "m4a", "ogg", "opus",
    "flac", "doc", "docx", "xls", "xlsx", "csv", "txt", "md", "ppt", "pptx", "odt", "zip", "ics",
    "json", "py", "rs", "tex", "html", "yaml", "log",
))  # fmt: skip

_WORD = r"[^\W_][\w-]*"
_MARKED = rf"(?: (?:{'|'.join(MARKS)}) |[._])"
_DOMAIN = rf"{_WORD}(?: (?:dash|hyphen|minus) {_WORD})*(?:(?: dot |\.){_WORD})*(?: dot |\.)"  # but its end
ADDRESS = re.compile(
    rf"(?<![\w'’.@+-])(?P<before>[^\W\d_] )?(?P<local>{_WORD}(?:{_MARKED}{_WORD})*)(?: at |@)"
    rf"(?P<domain>{_DOMAIN}(?P<end>[^\W\d_]{{2,12}}))(?![\w@-]|(?: dot |\.)\w|(?: at |@){_DOMAIN})",
    re.IGNORECASE,
)
_DIGIT = rf"(?:(?:{'|'.join(TIMES)}) )?(?:{'|'.join(DIGITS)}|\d+)"
NUMBER = re.compile(
    rf"(?<![\w.,:/()+-])(?:plus |\+)?{_DIGIT}(?:,? {_DIGIT})*(?![\w/:-]|[.,]\d)", re.IGNORECASE
)
_LARGER_BEFORE = re.compile(rf"\b(?:{'|'.join(LARGER)}|{'|'.join(TIMES)}) $", re.IGNORECASE)
_LARGER_AFTER = re.compile(rf" (?:{'|'.join(LARGER)}|{'|'.join(TIMES)})\b", re.IGNORECASE)


def addresses(text: str) -> list[str]:
    """The e-mail addresses that are said in a text at least in part, written out."""
    return [f"{_written(m['local'])}@{_written(m['domain'])}" for m in ADDRESS.finditer(text) if _is_said(m)]


def cut(text: str) -> list[str]:
    """The text cut around the addresses that are said in it; their first parts are pieces of their own."""
    pieces, start = [], 0
    for match in filter(_is_said, ADDRESS.finditer(text)):
        pieces += [text[start : match.start("local")], match["local"]]
        start = match.end()
    return [*pieces, text[start:]]


def numbers(text: str) -> list[str]:
    """The phone numbers that are said in a text digit by digit, as digits."""
    found = (_digits(match) for match in NUMBER.finditer(text))
    return [digits for digits in found if len(digits.lstrip("+")) >= LEAST_DIGITS]


def _is_said(match: re.Match[str]) -> bool:
    """Whether a match is an address that is not wholly written: "look at cam dot png" is none."""
    said, local = " " in match["local"] + match["domain"] or " at " in match[0], match["local"].lower()
    is_cut = match["before"] is not None and match["before"].strip().lower() not in {"a", "i"}  # "j smith at"
    is_word = local in NOT_PEOPLE or local in DIGITS or local in MARKS or local.isdecimal()
    return said and not is_cut and not is_word and match["end"].lower() not in FILE_ENDINGS


def _written(part: str) -> str:
    return "".join(MARKS.get(word.lower(), word) for word in part.split(" "))


def _digits(match: re.Match[str]) -> str:
    """The digits of a match; none if most are written, or it is part of a number said in another way."""
    words = match[0].lower().replace(",", "").split()
    around = _LARGER_BEFORE.search(match.string[: match.start()]) or _LARGER_AFTER.match(
        match.string, match.end()
    )
    if around or sum(word in DIGITS for word in words) < LEAST_SAID:
        return ""
    digits, times = "", 1
    for word in words:
        if word in TIMES:
            times = TIMES[word]
            continue
        digits += "+" if word == "plus" else DIGITS.get(word, word) * times
        times = 1
    return digits
