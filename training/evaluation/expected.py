"""What a gold plan expects of an argument: the forms of the case format, as small immutable values.

Reading them checks them, so a mistyped case is an error with a line number and not a silent miss.
Whether a predicted argument meets an expectation is said in `training.evaluation.arguments`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

REFERENCE = re.compile(r"\$\{?(\d+)\}?")


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
