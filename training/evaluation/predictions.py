"""Predicted plans, as `tinyagent plan --json` and `--jsonl` print them, read back into steps.

`{"id": "a001", "steps": [{"id": 1, "tool": ..., "args": {...}, "depends_on": [...]}]}` or
`{"id": "a001", "error": {"message": "..."}}`. Whatever a model did wrong must end as a failed case and not
stop an evaluation, so what can't be read becomes a `Prediction` with an error.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from planner.plan import Argument, Reference, Step, Template
from training.evaluation.expected import REFERENCE


@dataclass(frozen=True, slots=True)
class Prediction:
    """A predicted plan, or the reason why there is none. Step ids are unique, references exist."""

    steps: tuple[Step, ...] = ()
    error: str = ""


@dataclass(frozen=True, slots=True)
class Predictions:
    """Predictions by the id of their case, and lines of the file that were none."""

    by_id: Mapping[str, Prediction]
    problems: tuple[str, ...] = field(default=())


def load_predictions(path: Path) -> Predictions:
    """The predictions of a JSONL file. OSError when it can't be read; bad lines become `problems`."""
    by_id: dict[str, Prediction] = {}
    problems: list[str] = []
    for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").split("\n"), start=1):
        if not line.strip():
            continue
        try:
            data = json.loads(line)
        except (ValueError, RecursionError):
            problems.append(f"line {number} is not JSON")
            continue
        if not isinstance(data, dict) or not isinstance(data.get("id"), str):
            problems.append(f"line {number} has no case id")
        elif data["id"] in by_id:
            problems.append(f"line {number} predicts {data['id']} again; the first prediction counts")
        else:
            by_id[data["id"]] = read_prediction(data)
    return Predictions(by_id, tuple(problems))


def read_prediction(data: Mapping[str, Any]) -> Prediction:
    """One prediction from its JSON data. What is no plan becomes a prediction with an error."""
    if error := data.get("error"):
        return Prediction(error=str(error.get("message", error)) if isinstance(error, dict) else str(error))
    try:
        return Prediction(_read_steps(data.get("steps")))
    except (ValueError, RecursionError) as error:
        return Prediction(error=f"not a plan: {error}")


def _read_steps(data: object) -> tuple[Step, ...]:
    if not isinstance(data, list):
        raise ValueError("'steps' is not a list")
    ids = [
        item.get("id", place) if isinstance(item, dict) else place for place, item in enumerate(data, start=1)
    ]
    if not all(type(step) is int for step in ids) or len(set(ids)) != len(ids):
        raise ValueError("the ids of its steps are not distinct numbers")
    return tuple(_read_step(step, item, frozenset(ids)) for step, item in zip(ids, data, strict=True))


def _read_step(number: int, data: object, ids: frozenset[int]) -> Step:
    if not isinstance(data, dict):
        raise ValueError(f"step {number} is not an object")
    tool, args, declared = data.get("tool"), data.get("args"), data.get("depends_on")
    if not isinstance(tool, str) or not isinstance(args, dict):
        raise ValueError(f"step {number} lacks a tool or arguments")
    depends_on = frozenset(d for d in declared if type(d) is int) if isinstance(declared, list) else None
    return Step(number, tool, {name: _read(value, ids, depends_on) for name, value in args.items()})


def _read(value: object, ids: frozenset[int], depends_on: frozenset[int] | None) -> Argument:
    match value:
        case None:
            return ""
        case bool() | int():
            return value
        case float():
            return int(value) if value.is_integer() else str(value)
        case str():
            return _read_text(value, ids, depends_on)
        case list():
            return tuple(_read(item, ids, depends_on) for item in value)
    raise ValueError(f"{value!r} can't be an argument")


def _read_text(text: str, ids: frozenset[int], depends_on: frozenset[int] | None) -> Argument:
    """Text with its references. `depends_on`, where given, tells a reference from an amount of money."""
    if whole := REFERENCE.fullmatch(text.strip()):
        step = int(whole[1])
        if depends_on is not None and step not in depends_on:
            return text
        if step not in ids:
            raise ValueError(f"${step} refers to no step")
        return Reference(step)
    parts: list[str | Reference] = []
    end = 0
    for found in REFERENCE.finditer(text):
        if int(found[1]) not in (ids if depends_on is None else ids & depends_on):
            continue
        parts += [text[end : found.start()], Reference(int(found[1]))]
        end = found.end()
    return Template((*parts, text[end:])) if parts else text
