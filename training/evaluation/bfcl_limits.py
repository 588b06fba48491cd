"""Which answers a grammar-bound model can't write, whatever it would like to: figures need to say so.

The planner's grammar is made for its own tools: whole numbers have up to five digits and no sign, text
has no quotation marks, and there are no objects.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from planner.grammar import MAX_STEPS, MAX_TEXT
from training.evaluation.bfcl_cases import BfclCase

LARGEST = 99_999


def limits(case: BfclCase) -> list[str]:
    """What keeps the grammar from each expected answer; empty if the answer can be written."""
    found = {"too many calls"} if len(case.answers) > MAX_STEPS else set()
    schemas = {f["name"]: f["parameters"] for f in case.functions}
    for answer in case.answers:
        for function, args in answer.items():
            for name, accepted in args.items():
                schema = schemas[function]["properties"].get(name, {})
                found |= _of_argument(accepted, schema, case.query)
                if name not in schemas[function]["required"] and "enum" in schema:
                    found |= _of_choice(accepted, case.query)
    return sorted(found)


def _of_argument(accepted: Sequence[Any], schema: Mapping[str, Any], query: str) -> set[str]:
    if "" in accepted:
        return set()
    reasons = [_of_value(value, schema, query) for value in accepted]
    return set() if not reasons or "" in reasons else {reasons[0]}


def _of_choice(accepted: Sequence[Any], query: str) -> set[str]:
    """The planner chooses nothing out of thin air: a choice that may be left out must be in the request."""
    said = any(re.search(rf"\b{re.escape(str(choice))}\b", query, re.IGNORECASE) for choice in accepted)
    return set() if said or "" in accepted else {"an optional choice that the request does not name"}


def _of_value(value: Any, schema: Mapping[str, Any], query: str) -> str:
    match value:
        case bool():
            return ""
        case int() if schema.get("type") == "integer":
            return "" if 0 <= value <= LARGEST else "a negative number" if value < 0 else "a large number"
        case dict():
            return "an object"
        case list():
            return _of_list(value, query)
        case _:
            return _of_text(str(value), query)


def _of_list(value: Sequence[Any], query: str) -> str:
    if any(isinstance(item, dict | list) for item in value):
        return "a list of objects or lists"
    if any(isinstance(item, str) and "," in item for item in value):
        return "a list whose elements have commas"
    return _of_text(", ".join(map(str, value)), query)


def _of_text(text: str, query: str) -> str:
    if any(c in '"\\\n\r\t' for c in text):
        return "text with quotation marks or backslashes"
    if "$" in text and "$" not in query:
        return "text with a dollar"
    return "a long text" if len(text) > MAX_TEXT else ""
