"""Whether a predicted argument meets what the gold plan expects of it.

Expectations that refer to steps are checked under a matching of steps, because a prediction may
number its steps in another order than the gold plan does.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from planner.plan import Argument, Reference, Template, references
from training.evaluation.expected import (
    Anything,
    Contains,
    Day,
    Embeds,
    Every,
    Expected,
    Flag,
    Items,
    Minute,
    Result,
    Text,
    Whole,
)

ARTICLES = frozenset({"a", "an", "the"})
APOSTROPHES = re.compile(r"['\u2019\u02bc`]")
PHONE = re.compile(r"[\d\s()+./-]+")

Matching = Mapping[int, int]
"""Gold step number -> id of the predicted step that stands for it."""


def words(text: str) -> list[str]:
    """The words of a text: lower case, compatibility forms unified, punctuation as blanks."""
    plain = APOSTROPHES.sub("", unicodedata.normalize("NFKC", text).casefold())
    return "".join(c if unicodedata.category(c)[0] in "LMN" else " " for c in plain).split()


def normalise(text: str) -> str:
    """A text as it is compared: its words without articles; of a phone number, only its digits."""
    if PHONE.fullmatch(text.strip()) and sum(c.isdigit() for c in text) >= 5:
        return "".join(c for c in text if c.isdigit())
    found = words(text)
    return " ".join([word for word in found if word not in ARTICLES] or found)


def meets(value: Argument, expected: Expected, matching: Matching) -> bool:  # noqa: C901, PLR0911 (one line a form)
    """Whether a predicted argument is as expected under this matching of steps."""
    match expected:
        case Anything():
            return True
        case Items(elements):
            return _same_items(_items(value), elements, matching)
        case Every(parts):
            return all(meets(value, part, matching) for part in parts)
        case Result(step):
            return value == Reference(matching[step])
        case Embeds(steps):
            return {matching[step] for step in steps} <= set(references(value))
        case Contains(phrases):
            return _contains(_literal(value), phrases)
        case Flag(flag):
            return _text(value).casefold() in ({"true", "1", "yes"} if flag else {"false", "0", "no", ""})
        case _ if any(references(value)):
            return False
        case Text(choices):
            return normalise(_text(value)) in {normalise(choice) for choice in choices}
        case Minute(at):
            return _minute(_text(value)) == at
        case Day(on):
            return _day(_text(value)) == on
        case Whole(choices):
            return _number(value) in choices


def _items(value: Argument) -> tuple[Argument, ...]:
    """The elements of a list; a single value counts as a list of one."""
    if isinstance(value, tuple):
        return value
    return () if value == "" else (value,)


def _same_items(items: Sequence[Argument], elements: Sequence[Expected], matching: Matching) -> bool:
    """Whether items and elements pair up completely, in any order."""
    if len(items) != len(elements):
        return False
    if not items:
        return True
    first, *rest = items
    return any(
        meets(first, element, matching) and _same_items(rest, [*elements[:i], *elements[i + 1 :]], matching)
        for i, element in enumerate(elements)
    )


def _contains(text: str, phrases: Sequence[str]) -> bool:
    """Whether each phrase begins at some word of the text; a number must not go on ("3" is not in "30")."""
    within = " ".join(words(text))
    patterns = (re.escape(" ".join(words(phrase))) for phrase in phrases)
    return all(re.search(rf"(?:^| ){pattern}(?:(?<!\d)|(?!\d))", within) for pattern in patterns)


def _text(value: Argument) -> str:
    """A value as text; a list as its elements in a row."""
    return " ".join(_text(item) for item in value) if isinstance(value, tuple) else str(value)


def _literal(value: Argument) -> str:
    """The text around references."""
    match value:
        case Reference():
            return ""
        case Template(parts):
            return " ".join(part for part in parts if isinstance(part, str))
        case tuple():
            return " ".join(_literal(item) for item in value)
        case _:
            return str(value)


def _minute(text: str) -> datetime | None:
    if len(text.strip()) <= len("2026-03-13"):
        return None
    try:
        return datetime.fromisoformat(text.strip()).replace(second=0, microsecond=0, tzinfo=None)
    except ValueError:
        return None


def _day(text: str) -> date | None:
    try:
        return datetime.fromisoformat(text.strip()).date()
    except ValueError:
        return None


def _number(value: Argument) -> int | None:
    if isinstance(value, bool):
        return None
    text = _text(value).strip()
    return int(text) if re.fullmatch(r"-?\d{1,18}", text) else None
