"""References to values: the arguments of a step, made concrete just before it runs.

One pass over typed arguments. Text is never searched for "$1": a reference is a `Reference`, so a
"$1" that the user wrote, or that a result contains, is text and stays it. Results keep their type:
a whole-argument reference becomes the result itself, and text only where text is wanted.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping

from planner.plan import Argument, Reference, Step, Template, Value, references
from tools.errors import ToolError
from tools.spec import Kind, Parameter, ToolSpec

NEEDED = {
    Kind.EMAIL: "an e-mail address",
    Kind.PHONE: "a phone number",
    Kind.PATH: "a file",
}
"""Kinds whose values must be there: a mail to "" or the file "" would be a mistake, not a default."""

NUMBERS = frozenset({Kind.INTEGER, Kind.DURATION, Kind.FLAG})


def substitute(step: Step, spec: ToolSpec, results: Mapping[int, Value]) -> dict[str, Value]:
    """The step's arguments with every reference replaced. ToolError when a value does not fit.

    Lists are copies: nothing the tool does to them reaches the results of other steps.
    """
    concrete: dict[str, Value] = {}
    for name, argument in step.args.items():
        parameter = _parameter(spec, name)
        value = _for_parameter(parameter, argument, results)
        _check(spec, parameter, argument, value)
        concrete[name] = value
    return concrete


def as_text(value: Value) -> str:
    """A value where text is wanted: lists line by line."""
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case list():
            return "\n".join(as_text(item) for item in value)


def replace_argument(
    spec: ToolSpec, args: Mapping[str, Value], argument: str, answer: str
) -> dict[str, Value]:
    """The arguments with the person's answer as `argument`. ToolError if it can't stand there."""
    value: Value = answer
    old = args.get(argument)
    match old:
        case None:
            raise ToolError(f"{spec.name} asked about {argument!r}, which is not one of its arguments.")
        case [_]:
            value = [answer]
        case list():
            # Which of several the answer is meant for is not known; to guess would drop the others.
            raise ToolError(
                f"{spec.name}: the answer does not say which of the {len(old)} {argument} is meant.",
                "Ask again with the full names.",
            )
        case int() if not isinstance(old, bool):
            if not answer.strip().isdecimal():
                raise ToolError(f"{spec.name} needs a number as {argument}, not {answer!r}.")
            value = int(answer)
    return {**args, argument: value}


def _parameter(spec: ToolSpec, name: str) -> Parameter:
    try:
        return spec.parameter(name)
    except KeyError:
        raise ToolError(f"{spec.name} has no argument {name!r}.") from None


def _for_parameter(parameter: Parameter, argument: Argument, results: Mapping[int, Value]) -> Value:
    if parameter.many:
        return list(_items(argument, results))
    value = _value(argument, results)
    if isinstance(value, str) or parameter.kind in NUMBERS or parameter.kind in NEEDED:
        return value
    return as_text(value)


def _items(argument: Argument, results: Mapping[int, Value]) -> Iterator[Value]:
    """The items of a list argument; a result that is a list itself gives all of its items."""
    for item in argument if isinstance(argument, tuple) else (argument,):
        value = _value(item, results)
        if isinstance(item, Reference) and isinstance(value, list):
            yield from value
        else:
            yield value


def _value(argument: Argument, results: Mapping[int, Value]) -> Value:
    match argument:
        case Reference(number):
            return copy.deepcopy(results[number])
        case Template(parts):
            return "".join(p if isinstance(p, str) else as_text(results[p.step]) for p in parts)
        case tuple():
            return list(_items(argument, results))
        case _:
            return argument


def _check(spec: ToolSpec, parameter: Parameter, argument: Argument, value: Value) -> None:
    """An address, number or file must be there. Only what the plan itself leaves empty may be empty."""
    if parameter.kind not in NEEDED:
        return
    sources = sorted(set(references(argument)))
    left_empty = not sources and value in ("", [])
    if left_empty and parameter.optional:
        return
    items = value if parameter.many and isinstance(value, list) else [value]
    if items and all(isinstance(item, str) and item.strip() for item in items):
        return
    wanted = f"{spec.name} needs {NEEDED[parameter.kind]} for {parameter.name}"
    if not sources:
        raise ToolError(f"{wanted}, and none was given.")
    steps = f"step {sources[0]}" if len(sources) == 1 else "steps " + ", ".join(map(str, sources))
    raise ToolError(f"{wanted}, but {steps} gave back none.")
