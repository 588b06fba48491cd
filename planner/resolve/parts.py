"""Parts of the day: "in the evening", "first thing", and words that imply one ("dinner", "wake me")."""

from __future__ import annotations

import re
from dataclasses import dataclass

from planner.resolve.found import Clock


@dataclass(frozen=True, slots=True)
class DayPart:
    """A part of the day: how hours are read in it, its start, and what a listing of it covers."""

    pattern: re.Pattern[str]
    half: str  # as `Clock.minutes` takes it
    start: Clock
    hours: tuple[Clock, Clock]


def _part(pattern: str, half: str, start: int, first: int, last: int) -> DayPart:
    end = Clock(23, 59) if last == 24 else Clock(last)
    return DayPart(re.compile(pattern), half, Clock(start), (Clock(first), end))


_PARTS = (
    _part(
        r"\b(?:end of (?:the )?(?:(?:work(?:ing)? ?|business )?day|business)|eod|close of business|cob)\b",
        *("pm", 17, 17, 24),
    ),
    _part(r"\b(?:first thing|early morning)\b", "am", 9, 5, 12),
    _part(r"\b(?:lunch ?time|at lunch|over lunch|lunch break)\b", "", 12, 12, 14),
    _part(r"\b(?:early )?mornings?\b", "am", 9, 5, 12),
    _part(r"\b(?:late )?afternoons?\b", "pm", 14, 12, 18),
    _part(r"\bevenings?\b", "pm", 18, 18, 24),
    _part(r"\b(?:tonight|night)\b", "night", 20, 18, 24),
)
ALL_DAY = re.compile(r"\b(?:all[ -]day|whole day|entire day|full day)\b")
PART = re.compile(
    rf"(?:\b(?:in|at|during) (?:the )?|\bthis )?(?:{'|'.join(part.pattern.pattern for part in _PARTS)})"
)
"""A part of the day with the words that lead to it."""
_LATE = (
    r"dinners?|suppers?|party|parties|drinks|movies?|films?|cinema|concerts?|gigs?|"
    r"midnight mass|pub quiz|night out"
)
_EARLY = r"breakfasts?|wake (?:me|us)|wake-up|alarm|sunrise|school run|parkrun"
IMPLIED = re.compile(rf"\b(?:(?P<late>{_LATE})|(?P<early>{_EARLY}))\b")
_ROUTINE = re.compile(
    r"\b(?:school|nursery|kindergarten|breakfast|shift|clinic|alarm|wake (?:me|us)|get up|before work)\b"
)
_EVENT = re.compile(
    rf"\b(?:{_LATE}|evenings?|afternoons?|tonight|night|after school|"
    r"late|plays?|shows?|fair|disco|gala|theatre|recital|quiz|meeting|fundraiser|prom|ball|dance|barbecue)\b"
)


def day_part(text: str) -> DayPart | None:
    """The part of the day that `text` names."""
    return next((part for part in _PARTS if part.pattern.search(text)), None)


def implied_part(text: str) -> str:
    """The part of the day of what `text` speaks of, for `Clock.minutes`; "" if nothing or two things tell."""
    parts = {"pm" if match["late"] else "early" for match in IMPLIED.finditer(text)}
    return parts.pop() if len(parts) == 1 else ""


def routine(sentence: str) -> bool:
    """Whether a sentence speaks of school, a shift or the like, so that its "7:30" is in the morning."""
    return bool(_ROUTINE.search(sentence)) and not _EVENT.search(sentence)
