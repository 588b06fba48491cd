"""Spoken durations: "an hour and a half", "90 sec", "2h30", "three quarters of an hour"."""

from __future__ import annotations

import re

from planner.resolve.words import normal

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_UNIT = r"(?:(?P<s>s|secs?|seconds?)|(?P<m>m|mins?|minutes?|minuits?)|(?P<h>h|hrs?|hours?)|(?P<d>days?)|(?P<w>weeks?))"
_AMOUNT = re.compile(
    rf"(?<![\w.:/])(?:(?P<number>\d+(?:[.,]\d+)?)|(?P<one>an?|1))(?P<half> and a half| ?½)?[ -]*{_UNIT}(?![\w])"
    r"(?P<more> and a half)?"
)
_HALF = re.compile(r"\b(?:(?:a )?half(?: an?| a)?[ -](?:(?P<h>hour)|(?P<m>minute)|(?P<d>day)))\b")
_QUARTERS = re.compile(r"\b(?:(?P<three>3 quarters?)|(?:a )?quarter) (?:of an )?hour\b|\bquarter hour\b")
_COMPACT = re.compile(r"\b(\d{1,2}) ?h ?(\d{2})\b")
_CLOCK = re.compile(r"\b(\d{1,2}):(\d{2}) ?(?:h|hrs?|hours?)\b")
_BARE = re.compile(r"\d+")
MOST_SECONDS = 366 * 86400


def find_duration(text: str) -> int | None:
    """The seconds of the duration in `text`, None without one. Several parts in a row are added up."""
    text = normal(text)
    if found := _COMPACT.search(text) or _CLOCK.search(text):
        return _bounded(int(found[1]) * 3600 + int(found[2]) * 60)
    if found := _QUARTERS.search(text):
        return 2700 if found["three"] else 900
    half = _HALF.search(text)
    total = sum(_amount(match) for match in _AMOUNT.finditer(_HALF.sub("", text)))
    if half:
        total += {"h": 1800, "m": 30, "d": 43200}[half.lastgroup or "h"]
    return _bounded(round(total)) if total else None


def resolve_duration(text: str, unit: str) -> int | None:
    """The duration in whole `unit`s ("minutes" or "seconds"); a bare number counts units."""
    if _BARE.fullmatch(normal(text)):
        value = int(normal(text))
        return value if 0 < value * (60 if unit == "minutes" else 1) <= MOST_SECONDS else None
    seconds = find_duration(text)
    if seconds is None:
        return None
    return max(1, round(seconds / 60)) if unit == "minutes" else seconds


def _amount(match: re.Match[str]) -> float:
    number = 1.0 if match["one"] else float(match["number"].replace(",", "."))
    unit = next(seconds for name, seconds in _SECONDS.items() if match[name])
    return (number + (0.5 if match["half"] or match["more"] else 0)) * unit


def _bounded(seconds: int) -> int | None:
    return seconds if 0 < seconds <= MOST_SECONDS else None
