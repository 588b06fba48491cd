"""What a gold plan expects of an argument, and whether a predicted argument meets it.

Each form of the case format (a string, a list, `{"contains": [...]}`, ...) is a small immutable
value here. Expectations that refer to steps are checked under a matching of steps, because a
prediction may number its steps in another order than the gold plan does.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from planner.plan import Argument, Reference, Template, references

ARTICLES = frozenset({"a", "an", "the"})
APOSTROPHES = re.compile(r"['\u2019\u02bc`]")
PHONE = re.compile(r"[\d\s()+./-]+")
REFERENCE = re.compile(r"\$\{?(\d+)\}?")

Matching = Mapping[int, int]
"""Gold step number -> id of the predicted step that stands for it."""


def words(text: str) -> list[str]:
    """The words of a text: lower case, compatibility forms unified, punctuation as blanks, apostrophes gone."""
    plain = APOSTROPHES.sub("", unicodedata.normalize("NFKC", text).casefold())
    return "".join(c if unicodedata.category(c)[0] in "LMN" else " " for c in plain).split()


def normalise(text: str) -> str:
    """A text as it is compared: its words without articles; of a phone number, only its digits."""
    if PHONE.fullmatch(text.strip()) and sum(c.isdigit() for c in text) >= 5:
        return "".join(c for c in text if c.isdigit())
    found = words(text)
    return " ".join([word for word in found if word not in ARTICLES] or found)


@dataclass(frozen=True, slots=True)
class Anything:
    """Not checked."""


@dataclass(frozen=True, slots=True)
class Text:
    """One of these strings, normalised."""

    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Contains:
    """Free text with each of these words or phrases; inflected forms ("delayed" for "delay") count."""

    phrases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Minute:
    """Exactly this minute, local time."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Day:
    """Any time on this day."""

    on: date


@dataclass(frozen=True, slots=True)
class Whole:
    """One of these whole numbers."""

    choices: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Flag:
    """True or false; a missing argument is false."""

    value: bool


@dataclass(frozen=True, slots=True)
class Result:
    """The result of the step that stands for gold step `step`, alone."""

    step: int


@dataclass(frozen=True, slots=True)
class Embeds:
    """Text in which the results of these gold steps occur, alone or among words."""

    steps: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Items:
    """A list with these elements in any order."""

    elements: tuple[Expected, ...]


@dataclass(frozen=True, slots=True)
class Every:
    """All of these at once."""

    parts: tuple[Expected, ...]


Expected = Anything | Text | Contains | Minute | Day | Whole | Flag | Result | Embeds | Items | Every


def read_expected(raw: object) -> Expected:
    """The expectation that a JSON value of a case stands for. ValueError says what is wrong with it."""
    match raw:
        case bool():
            return Flag(raw)
        case int():
            return Whole((raw,))
        case str():
            reference = REFERENCE.fullmatch(raw)
            return Result(int(reference[1])) if reference else Text((raw,))
        case list():
            return Items(tuple(read_expected(item) for item in raw))
        case dict() if raw:
            parts = tuple(_read_form(form, value) for form, value in raw.items())
            return parts[0] if len(parts) == 1 else Every(parts)
    raise ValueError(f"{raw!r} is none of the forms of an expected argument")


def _read_form(form: str, value: Any) -> Expected:
    reader = FORMS.get(form)
    if reader is None:
        raise ValueError(f"unknown form {form!r}; there are {', '.join(FORMS)}")
    try:
        return reader(value)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{{{form!r}: {value!r}}}: {error}") from error


def _strings(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not value or not all(isinstance(item, str) for item in value):
        raise ValueError("a list of strings is needed")
    return tuple(value)


def _plain_strings(value: object) -> tuple[str, ...]:
    strings = _strings(value)
    if any(REFERENCE.fullmatch(item) for item in strings):
        raise ValueError("references can't be alternatives of an argument; write a second plan")
    return strings


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("a whole number is needed")
    return value


def _wholes(value: object) -> tuple[int, ...]:
    if not isinstance(value, list) or not value:
        raise ValueError("a list of whole numbers is needed")
    return tuple(_whole(item) for item in value)


def _anything(value: object) -> Anything:
    if value is not True:
        raise ValueError("only true is possible here")
    return Anything()


FORMS: Mapping[str, Callable[[Any], Expected]] = {
    "oneof": lambda value: Text(_plain_strings(value)),
    "contains": lambda value: Contains(_strings(value)),
    "datetime": lambda value: Minute(datetime.fromisoformat(value).replace(second=0, microsecond=0)),
    "date": lambda value: Day(date.fromisoformat(value)),
    "int": lambda value: Whole((_whole(value),)),
    "oneof_int": lambda value: Whole(_wholes(value)),
    "any": _anything,
    "ref_in": lambda value: Embeds(_wholes(value) if isinstance(value, list) else (_whole(value),)),
}
"""The forms that an object in a case may have; several in one object must all hold."""


def expected_references(expected: Expected) -> Iterator[int]:
    """The gold steps that an expectation refers to."""
    match expected:
        case Result(step):
            yield step
        case Embeds(steps):
            yield from steps
        case Items(parts) | Every(parts):
            for part in parts:
                yield from expected_references(part)


def meets(value: Argument, expected: Expected, matching: Matching) -> bool:  # noqa: C901, PLR0911 (one line a form)
    """Whether a predicted argument is as expected under this matching of steps."""
    match expected:
        case Anything():
            return True
        case Items(elements):
            items = value if isinstance(value, tuple) else () if value == "" else (value,)
            return isinstance(value, tuple | str) and _same_items(items, elements, matching)
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
    """Whether each phrase begins at some word of the text."""
    within = f" {' '.join(words(text))}"
    return all(f" {' '.join(words(phrase))}" in within for phrase in phrases)


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
