"""Planning cases: requests with the plans that are right for them, read from JSONL.

One case a line: `{"id", "now", "query", "tags", "plans": [[{"tool", "args"}, ...], ...]}`. `plans`
holds the acceptable alternatives; `[]` as a plan means that no tool can serve the request. What a
value in `args` may be is said in `training.evaluation.expected`. `"tools"`, which may be left out, holds
tools that are there besides the installed ones for this case alone, each a line for `training.tool_lines`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from tools.spec import ToolSpec
from training.evaluation.expected import REFERENCE, Expected, Text, expected_references, read_expected
from training.tool_lines import read_tool

T = TypeVar("T")

MAX_STEPS = 16  # the matching of steps is searched exactly, which takes no longer plans than people ask for


class CaseFormatError(ValueError):
    """A file of cases can't be read; the message names the file and the line."""


@dataclass(frozen=True, slots=True)
class GoldArgument:
    """What one argument must be. `raw` is its JSON, for messages."""

    name: str
    expected: Expected
    raw: Any

    @property
    def references(self) -> frozenset[int]:
        """The gold steps that the argument refers to."""
        return frozenset(expected_references(self.expected))


@dataclass(frozen=True)
class GoldStep:
    """One expected call; `number` is 1-based. Arguments that aren't listed aren't checked."""

    number: int
    tool: str
    args: tuple[GoldArgument, ...]

    @cached_property
    def depends_on(self) -> frozenset[int]:
        """The steps whose results this one needs."""
        return frozenset().union(*(argument.references for argument in self.args))


GoldPlan = tuple[GoldStep, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """A request, the moment it's made at (local time), and the plans that are right for it."""

    id: str
    now: datetime
    query: str
    tags: tuple[str, ...]
    plans: tuple[GoldPlan, ...]
    tools: tuple[ToolSpec, ...] = ()  # of its own

    @property
    def steps(self) -> int:
        """The length of the first gold plan, for grouping."""
        return len(self.plans[0])


def load_cases(path: Path) -> list[Case]:
    """The cases of a JSONL file. CaseFormatError names the first line that is not a case."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CaseFormatError(f"{path} can't be read as UTF-8 text: {error}") from error
    cases = list(_read_lines(text.split("\n"), str(path)))
    if not cases:
        raise CaseFormatError(f"{path} holds no cases")
    return cases


def _read_lines(lines: Iterable[str], source: str) -> Iterator[Case]:
    seen: set[str] = set()
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            case = read_case(json.loads(line))
            if case.id in seen:
                raise ValueError(f"there is already a case {case.id!r}")
        except ValueError as error:  # json.JSONDecodeError is one
            raise CaseFormatError(f"{source}, line {number}: {error}") from error
        seen.add(case.id)
        yield case


def read_case(data: object) -> Case:
    """One case from its JSON data. ValueError says what is wrong with it."""
    if not isinstance(data, dict):
        raise ValueError("a case is a JSON object")
    plans = _field(data, "plans", list)
    if not plans:
        raise ValueError("'plans' needs at least one plan; [] as a plan means that no tool can help")
    tags = _field(data, "tags", list) if "tags" in data else []
    if not all(isinstance(tag, str) for tag in tags):
        raise ValueError("'tags' is a list of strings")
    tools = _field(data, "tools", list) if "tools" in data else []
    return Case(
        id=_field(data, "id", str),
        now=datetime.fromisoformat(_field(data, "now", str)),
        query=_field(data, "query", str),
        tags=tuple(tags),
        plans=tuple(_read_plan(plan) for plan in plans),
        tools=tuple(read_tool(str(line)) for line in tools),
    )


def _field(data: Mapping[str, Any], name: str, kind: type[T]) -> T:
    value = data.get(name)
    if not isinstance(value, kind) or value == "":
        raise ValueError(f"{name!r} is missing or not a {kind.__name__}")
    return value


def _read_plan(data: object) -> GoldPlan:
    if not isinstance(data, list) or len(data) > MAX_STEPS:
        raise ValueError(f"a plan is a list of at most {MAX_STEPS} calls")
    return tuple(_read_step(number, step) for number, step in enumerate(data, start=1))


def _read_step(number: int, data: object) -> GoldStep:
    if not isinstance(data, dict):
        raise ValueError(f"step {number} is not a JSON object")
    try:
        args = _field(data, "args", dict)
        step = GoldStep(
            number,
            _field(data, "tool", str),
            tuple(GoldArgument(name, read_expected(raw), raw) for name, raw in args.items()),
        )
        _check_references(step)
    except ValueError as error:
        raise ValueError(f"step {number}: {error}") from error
    return step


def _check_references(step: GoldStep) -> None:
    for argument in step.args:
        for reference in argument.references:
            if not 0 < reference < step.number:
                raise ValueError(f"{argument.name} refers to ${reference}, which is no earlier step")
        if isinstance(argument.expected, Text) and any(
            0 < int(found) < step.number
            for text in argument.expected.choices
            for found in REFERENCE.findall(text)
        ):
            raise ValueError(f'{argument.name} has a reference inside text; write {{"ref_in": N}}')
