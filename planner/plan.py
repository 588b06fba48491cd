"""The plan: numbered calls whose arguments may refer to results of earlier calls.

References are typed values (`Reference`, `Template`), never text that is searched for "$1" later:
so a "$1" that the user wrote stays the user's text, and a result that contains "$2" stays a result.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reference:
    """The result of step `step` (1-based)."""

    step: int

    def __str__(self) -> str:
        return f"${self.step}"


@dataclass(frozen=True, slots=True)
class Template:
    """Text with references inside, e.g. `the link is $1`."""

    parts: tuple[str | Reference, ...]

    def __str__(self) -> str:
        return "".join(str(part) for part in self.parts)


Argument = str | int | bool | Reference | Template | tuple["Argument", ...]
"""A plan's argument. Lists are tuples, so plans are immutable."""

Value = str | int | bool | list["Value"]
"""A concrete argument or result: no references left."""


def references(argument: Argument) -> Iterator[int]:
    """The step numbers that an argument refers to, in order of appearance."""
    match argument:
        case Reference(step):
            yield step
        case Template(parts):
            yield from (part.step for part in parts if isinstance(part, Reference))
        case tuple():
            for item in argument:
                yield from references(item)


def to_json(argument: Argument) -> Value:
    """The argument as JSON data; references as "$1"."""
    match argument:
        case Reference() | Template():
            return str(argument)
        case tuple():
            return [to_json(item) for item in argument]
        case _:
            return argument


@dataclass(frozen=True, slots=True)
class Step:
    """One call of a plan. `args` is by parameter name, in the tool's order."""

    id: int
    tool: str
    args: Mapping[str, Argument]

    @property
    def depends_on(self) -> tuple[int, ...]:
        """Steps whose results this one needs, ascending."""
        return tuple(sorted({step for value in self.args.values() for step in references(value)}))

    def text(self) -> str:
        """The step as a plan line, e.g. `1. get_email_address("Sid")`."""
        arguments = ", ".join(json.dumps(to_json(value), ensure_ascii=False) for value in self.args.values())
        return f"{self.id}. {self.tool}({arguments})"

    def json(self) -> dict[str, object]:
        """The step as in `tinyagent plan --json`."""
        return {
            "id": self.id,
            "tool": self.tool,
            "args": {name: to_json(value) for name, value in self.args.items()},
            "depends_on": list(self.depends_on),
        }


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole plan; the final join() is not a step. No steps: nothing a tool can do was asked."""

    steps: tuple[Step, ...]

    def text(self) -> str:
        """The plan as text, ending in join()."""
        lines = [step.text() for step in self.steps]
        return "\n".join([*lines, f"{len(lines) + 1}. join()"])
