"""Parts of the day: "in the evening", "first thing", and words that imply one ("dinner", "wake me")."""

from __future__ import annotations

import re

from planner.resolve.found import Clock

_PARTS = (
    (
        r"\b(?:end of (?:the )?(?:(?:work(?:ing)? ?|business )?day|business)|eod|close of business|cob)\b",
        "pm",
        Clock(17),
    ),
    (r"\b(?:first thing|early morning)\b", "am", Clock(9)),
    (r"\b(?:lunch ?time|at lunch|over lunch|lunch break)\b", "", Clock(12)),
    (r"\b(?:early )?mornings?\b", "am", Clock(9)),
    (r"\b(?:late )?afternoons?\b", "pm", Clock(14)),
    (r"\bevenings?\b", "pm", Clock(18)),
    (r"\b(?:tonight|night)\b", "night", Clock(20)),
)
PARTS = tuple((re.compile(pattern), part, clock) for pattern, part, clock in _PARTS)
ALL_DAY = re.compile(r"\b(?:all[ -]day|whole day|entire day|full day)\b")
PART = re.compile(
    rf"(?:\b(?:in|at|during) (?:the )?|\bthis )?(?:{'|'.join(pattern for pattern, _, _ in _PARTS)})"
)
"""A part of the day with the words that lead to it."""
_LATE = r"dinners?|suppers?|party|parties|drinks|movies?|concerts?"
_EARLY = r"breakfasts?|wake|alarm|sunrise|school run"
IMPLIED = re.compile(rf"\b(?:(?P<late>{_LATE})|(?P<early>{_EARLY}))\b")


def day_part(text: str) -> tuple[str, Clock | None]:
    """The part of the day that `text` names, as `Clock.minutes` takes it, and when it starts."""
    for pattern, part, clock in PARTS:
        if pattern.search(text):
            return part, clock
    return "", None


def implied_part(text: str) -> str:
    """The part of the day of what `text` speaks of; "" if nothing or two things tell."""
    parts = {"pm" if match["late"] else "early" for match in IMPLIED.finditer(text)}
    return parts.pop() if len(parts) == 1 else ""
