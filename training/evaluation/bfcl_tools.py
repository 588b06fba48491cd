"""A case's functions as tools of the planner, and the planner's steps as calls of those functions.

The planner's kinds are made for a desktop assistant; where it has none for a type, the value is
written as text and read here: numbers with fractions, and lists as words with commas between (a
grammar-bound line holds a list only of results). Objects can't be written at all.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from tools.spec import Effect, Kind, Parameter, ToolSpec
from training.evaluation.bfcl_cases import Function
from training.evaluation.bfcl_match import LISTS, Call

OMITTED = -(10**12)
"""The default of optional whole numbers: no plan line can write it, so it says that none was given."""

KINDS: Mapping[str, Kind] = {"integer": Kind.INTEGER, "boolean": Kind.FLAG}
LAST = (Kind.INTEGER, Kind.FLAG)
"""Kinds that can't be left empty in the middle of a call, only left out at its end."""


@dataclass(frozen=True)
class FunctionTools:
    """The tools of some functions; `by_tool` leads back from a tool's name to its function."""

    tools: tuple[ToolSpec, ...]
    by_tool: Mapping[str, Function]

    @classmethod
    def of(cls, functions: Sequence[Function], *, lists: bool = False) -> FunctionTools:
        """`lists`: whether the model can write lists of values, which one bound by the grammar can't."""
        by_tool: dict[str, Function] = {}
        for function in functions:
            by_tool[_free_name(function["name"], by_tool)] = function
        return cls(tuple(_tool(name, f, lists=lists) for name, f in by_tool.items()), by_tool)

    def calls(self, steps: Sequence[Mapping[str, Any]]) -> list[Call]:
        """The steps of a prediction as calls, without the arguments that were left out."""
        return [self._call(step["tool"], step["args"]) for step in steps]

    def _call(self, tool: str, args: Mapping[str, Any]) -> Call:
        function = self.by_tool[tool]
        properties = function["parameters"]["properties"]
        given = {name: value for name, value in args.items() if value not in ("", [], OMITTED)}
        return Call(function["name"], {name: converted(v, properties[name]) for name, v in given.items()})


def _free_name(name: str, taken: Mapping[str, Function]) -> str:
    """A name that a plan line can hold: no dots, and not the same as another but for capitals."""
    base = re.sub(r"[^A-Za-z0-9_]", "_", name)
    base = base if re.match(r"[A-Za-z_]", base) else f"f_{base}"
    used = {tool.lower() for tool in taken} | {"join"}
    candidates = (base, *(f"{base}_{n}" for n in range(2, len(used) + 3)))
    return next(candidate for candidate in candidates if candidate.lower() not in used)


def _tool(name: str, function: Function, *, lists: bool) -> ToolSpec:
    """Arguments that must be given come first, so that the others can be left out at the end."""
    schema = function["parameters"]
    required = set(schema["required"])
    parameters = [
        _parameter(key, details, optional=key not in required, lists=lists)
        for key, details in schema["properties"].items()
    ]
    parameters.sort(key=lambda p: (p.optional, p.optional and p.kind in LAST))
    return ToolSpec(
        name, "bfcl", tuple(parameters), Kind.STATUS, Effect.READ, _doc(function), _never_run, source="bfcl"
    )


def _parameter(name: str, schema: Mapping[str, Any], *, optional: bool, lists: bool) -> Parameter:
    choices = tuple(dict.fromkeys(schema.get("enum", ())))
    if choices and all(isinstance(choice, str) for choice in choices):
        empty = ("",) if optional and "" not in choices else ()
        return Parameter(name, Kind.CHOICE, choices=(*empty, *choices), optional=optional)
    kind = KINDS.get(schema["type"], Kind.TEXT)
    if kind is Kind.INTEGER and optional:
        return Parameter(name, kind, default=OMITTED, optional=True)
    return Parameter(name, kind, many=lists and schema["type"] in LISTS, optional=optional)


def _doc(function: Function) -> str:
    """The description with that of each argument, on one line."""
    properties = function["parameters"]["properties"]
    told = (f"{name} ({p['type']}): {p.get('description', '')}" for name, p in properties.items())
    return " ".join(" ".join([function["description"], *told]).split())


def _never_run(*_: object, **__: object) -> NoReturn:
    raise NotImplementedError("functions of a benchmark are only planned")


def converted(value: Any, schema: Mapping[str, Any]) -> Any:
    """A planned value in its parameter's type; as it is if it can't be read so: then its type is wrong."""
    match schema["type"]:
        case "integer":
            return int(value) if isinstance(value, str) and re.fullmatch(r"-?\d+", value) else value
        case "float":
            return _number(value)
        case "array" | "tuple":
            return _list(value, schema.get("items", {"type": "any"}))
    return value


def _number(value: Any) -> Any:
    try:
        return float(value) if isinstance(value, str) else value
    except ValueError:
        return value


def _list(value: Any, items: Mapping[str, Any]) -> Any:
    """A list, or text with commas between the elements, in brackets or not."""
    if isinstance(value, list):
        return [converted(item, items) for item in value]
    if not isinstance(value, str) or items["type"] in {"dict", *LISTS}:
        return value
    inside = value.strip()
    if inside[:1] + inside[-1:] in {"[]", "()"}:
        inside = inside[1:-1]
    parts = [_unquoted(part.strip()) for part in inside.split(",")]
    if items["type"] == "boolean":
        return [{"true": True, "false": False}.get(part.lower(), part) for part in parts]
    return [converted(part, items) for part in parts]


def _unquoted(text: str) -> str:
    """Without quotation marks around it; one that stands alone belongs to the word."""
    marked = len(text) >= 2 and text[0] in "'\u2018\u201c" and text[-1] in "'\u2019\u201d"
    return text[1:-1] if marked else text
