"""Predictions made from gold plans: what a planner that makes no mistake would print."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

Json = dict[str, Any]

PLAIN_FORMS: dict[str, Callable[[Any], Any]] = {
    "oneof": lambda value: value[0],
    "oneof_int": lambda value: value[0],
    "contains": lambda value: f"well, {' and '.join(value)}!",
    "datetime": lambda value: f"{value}:00",
    "date": lambda value: f"{value}T08:00:00",
    "int": lambda value: value,
    "any": lambda value: "whatever",
    "ref_in": lambda value: ", ".join(f"${step}" for step in (value if isinstance(value, list) else [value])),
}


def value_for(expected: Any) -> Any:
    """A value that meets an expected argument of the case format."""
    if isinstance(expected, list):
        return [value_for(item) for item in expected]
    if isinstance(expected, dict):
        parts = [PLAIN_FORMS[form](value) for form, value in expected.items()]
        return parts[0] if len(parts) == 1 else " ".join(str(part) for part in parts)
    return expected


def prediction_for(case_id: str, plan: list[Json]) -> Json:
    """The prediction that agrees with one gold plan."""
    return {"id": case_id, "steps": [_step(number, step) for number, step in enumerate(plan, start=1)]}


def _step(number: int, gold: Json) -> Json:
    args = {name: value_for(expected) for name, expected in gold["args"].items()}
    found = {int(digits) for value in args.values() for digits in _references(value)}
    return {"id": number, "tool": gold["tool"], "args": args, "depends_on": sorted(found)}


def _references(value: Any) -> list[str]:
    if isinstance(value, list):
        return [digits for item in value for digits in _references(item)]
    return re.findall(r"\$(\d+)", value) if isinstance(value, str) else []
