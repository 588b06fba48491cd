"""Spoken durations: "an hour and a half", "90 sec", "2h30", "three quarters of an hour".

One pattern reads a run of amounts ("1 hour, 15 minutes", "an hour and ten"), wherever it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from planner.resolve.words import normal

MOST_SECONDS = 366 * 86400
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_SHARES = {"3": 0.75, "quarter": 0.25, "half": 0.5}
_NEXT = {"h": 60, "m": 1}  # what a bare number after hours or minutes counts

_UNIT = r"(?:(?P<{0}s>s|secs?|seconds?)|(?P<{0}m>m|mins?|minutes?|minuits?)|(?P<{0}h>h|hrs?|hours?)|(?P<{0}d>days?)|(?P<{0}w>weeks?))"
_PART = r"(?:a )?half(?:[ -]an?)?|½|1/2|3[ -]quarters?(?: of)?(?: an?)?|3/4(?: of)?(?: an?)?|¾|(?:a )?quarter(?: of)?(?: an?)?"
_COUNT = rf"(?:(?P<number>\d{{1,6}}(?:[.,]\d{{1,6}})?)(?P<half> and a half| ?½| 1/2)?|(?P<part>{_PART})|(?P<one>an?(?=[ -][a-z]{{2}})))"
_ONE_AMOUNT = (
    rf"(?:{_COUNT}[ -]*{_UNIT.format('')}|{_UNIT.format('u')}(?= and (?:a (?:half|quarter)|3[ -]quarters)\b))(?:(?![a-z])|(?<=\d[hm])(?=\d))\.?"
    r"(?P<more> and (?:a (?:half|quarter)|3[ -]quarters)\b)?"
)
_AMOUNT = re.compile(rf"(?<![\w.:/])(?!\d{{4}} ?h){_ONE_AMOUNT}")
_ATTACHED = re.compile(rf"(?<=[hm])(?=\d){_ONE_AMOUNT}")  # the 30m of "1h30m"
_CLOSE = r"(?=\s*(?:$|[,;.!?)]|(?:from now|later|timer|long|on|at|with|for|tomorrow|today|starting|in my)\b))"
_REST = re.compile(rf"(?:(?<=[hm])\d{{2}}(?!\w)|(?: and)? (?P<loose>\d{{1,2}})(?![\w:/]|[.,]\d){_CLOSE})")
_LINK = re.compile(r"(?:,? and |, | )?")
_OF_CLOCK = re.compile(
    r" (?:to|past|before|after|of) (?:\d{1,2}(?:am|pm)?\b|noon|midday|midnight)(?! ?(?:min|hour|sec|days?|weeks?))"
)
_COLONS = re.compile(r"(\d{1,2}):([0-5]\d)(?::([0-5]\d))?(?P<unit> ?(?:h|hrs?|hours?))?")
_HOURS = re.compile(r"\b(\d{1,2}):([0-5]\d) ?(?:h|hrs?|hours?)\b")
_LATE_HOUR = 8  # "14h30" can only be a time of day, "1h30" may be a duration
_COMPACT = re.compile(r"(\d{1,2})h([0-5]\d)?")
_FOR = re.compile(r"\b(?:for|in|within|of|timer) $")
_LASTS = re.compile(r"(?:'s?)? (?:from now|later|long|ago|timer|before|after)\b")
_AT = re.compile(r"(?:\b(?:at|from|to|until|till|by|between)|@) ?$")
_BARE = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Run:
    """Amounts in a row, from `start` to `end` of a text in normal form."""

    start: int
    end: int
    seconds: float
    days: bool  # counted in whole days or weeks


def find_runs(text: str) -> list[Run]:
    """The runs of amounts in `text` (normal form); "5 minutes to 3" and "14h30" are times and none."""
    return [run for run in _runs(text) if not _OF_CLOCK.match(text, run.end) and not _is_clock(text, run)]


def find_duration(text: str) -> int | None:
    """The seconds of the first duration in `text`, None without one."""
    text = normal(text)
    if found := _HOURS.search(text):
        return _bounded(int(found[1]) * 3600 + int(found[2]) * 60)
    runs = find_runs(text)
    return _bounded(round(runs[0].seconds)) if runs else None


def resolve_duration(text: str, unit: str) -> int | None:
    """The duration in whole `unit`s ("minutes" or "seconds"); a bare number counts units.

    "1:30" is an hour and a half where minutes are asked for, a minute and a half where seconds are.
    """
    plain = normal(text)
    if _BARE.fullmatch(plain):
        value = int(plain)
        return value if 0 < value * (60 if unit == "minutes" else 1) <= MOST_SECONDS else None
    if re.fullmatch(r"\d{1,2}h", plain):
        seconds = _bounded(int(plain[:-1]) * 3600)
    elif colons := _COLONS.fullmatch(plain):
        seconds = _bounded(_colons(colons, unit))
    else:
        seconds = 3600 if plain == "hour" else find_duration(plain)
    if seconds is None:
        return None
    return max(1, round(seconds / 60)) if unit == "minutes" else seconds


def _runs(text: str) -> Iterator[Run]:
    at = 0
    while match := _AMOUNT.search(text, at):
        start, total, days = match.start(), 0.0, True
        while match:
            unit, seconds = _amount(match)
            total, days, at = total + seconds, days and unit in "dw" and not seconds % 86400, match.end()
            attached = _ATTACHED.match(text, at)
            if (
                not attached
                and unit in _NEXT
                and (rest := _REST.match(text, at))
                and int(rest[0].split()[-1]) >= 5
            ):
                total, at = total + int(rest[0].split()[-1]) * _NEXT[unit], rest.end()
                break
            match = attached or _smaller(unit, text, at)
        yield Run(start, at, total, days)


def _smaller(unit: str, text: str, at: int) -> re.Match[str] | None:
    """The amount that goes on with a run: "15 minutes" after "1 hour and"."""
    link = _LINK.match(text, at)
    match = _AMOUNT.match(text, link.end() if link else at)
    return match if match and _SECONDS[_amount(match)[0]] < _SECONDS[unit] else None


def _is_clock(text: str, run: Run) -> bool:
    before = text[: run.start]
    compact = _COMPACT.fullmatch(text, run.start, run.end)
    if compact is None or _FOR.search(before):
        return False
    if not compact[2]:
        return 13 <= int(compact[1]) <= 23 and not _LASTS.match(text, run.end)  # "14h"
    return bool(_AT.search(before)) or int(compact[1]) >= _LATE_HOUR


def _amount(match: re.Match[str]) -> tuple[str, float]:
    """The unit and the seconds of one amount."""
    unit = next(name for name in _SECONDS if match[name] or match["u" + name])
    number = float(match["number"].replace(",", ".")) if match["number"] else 1.0
    if part := match["part"]:
        number = 0.75 if part[0] in "3¾" else 0.25 if "quarter" in part else 0.5
    more = next((share for name, share in _SHARES.items() if name in (match["more"] or "")), 0.0)
    return unit, (number + more + (0.5 if match["half"] else 0)) * _SECONDS[unit]


def _colons(match: re.Match[str], unit: str) -> int:
    first, second, third = int(match[1]), int(match[2]), match[3]
    if third:
        return first * 3600 + second * 60 + int(third)
    return first * 3600 + second * 60 if unit == "minutes" or match["unit"] else first * 60 + second


def _bounded(seconds: int) -> int | None:
    return seconds if 0 < seconds <= MOST_SECONDS else None
