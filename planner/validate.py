"""Whether a step is valid: the rules that the grammar enforces, for models that no grammar binds.

A grammar-bound model can't break them; its steps are checked all the same, because everything behind
this module relies on them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from planner.errors import PlanSyntaxError
from planner.grammar import MAX_STEPS
from planner.plan import Argument, Reference, Step, Template
from planner.request import Request
from tools.spec import ACCEPTED_RESULTS, SPAN_KINDS, Kind, Parameter, ToolSpec


def check_step(
    step: Step, tools: Mapping[str, ToolSpec], earlier: Mapping[int, ToolSpec], request: Request
) -> None:
    """PlanSyntaxError naming the first rule that a step (with the user's words, unresolved) breaks."""
    if step.id > MAX_STEPS:
        raise PlanSyntaxError(f"a plan has at most {MAX_STEPS} calls")
    for parameter in tools[step.tool].parameters:
        values = tuple(_values(step.args[parameter.name]))
        if not values and not parameter.optional:
            raise PlanSyntaxError(f"{step.tool}: {parameter.name} must not be empty")
        for value in values:
            _check_value(step, parameter, value, earlier, request)


def _values(argument: Argument) -> Iterator[Argument]:
    """The parts of an argument that are not empty."""
    for item in argument if isinstance(argument, tuple) else (argument,):
        if item not in ("", None):
            yield item


def _check_value(
    step: Step, parameter: Parameter, value: Argument, earlier: Mapping[int, ToolSpec], request: Request
) -> None:
    where = f"{step.tool}: {parameter.name}"
    match value:
        case Reference(number):
            _check_reference(where, parameter.kind, number, earlier)
        case Template(parts):
            if parameter.kind is not Kind.TEXT:
                raise PlanSyntaxError(f"{where} takes either one reference or words, not both")
            for part in parts:
                if isinstance(part, Reference):
                    _check_reference(where, parameter.kind, part.step, earlier)
        case str():
            _check_words(where, parameter, value, request)


def _check_reference(where: str, kind: Kind, number: int, earlier: Mapping[int, ToolSpec]) -> None:
    source = earlier.get(number)
    if source is None:
        raise PlanSyntaxError(f"{where} refers to ${number}, which is not an earlier call")
    if source.result not in ACCEPTED_RESULTS.get(kind, frozenset()):
        raise PlanSyntaxError(f"{where} can't take ${number}: {source.name} gives a {source.result}")


def _check_words(where: str, parameter: Parameter, text: str, request: Request) -> None:
    kind = parameter.kind
    if kind in SPAN_KINDS and not _is_span(text, request.text):
        raise PlanSyntaxError(f"{where}: {text!r} is not in the request; copy its words")
    if kind is Kind.EMAIL and text not in request.addresses:
        raise PlanSyntaxError(f"{where}: {text!r} is not an address in the request; look it up first")
    if kind is Kind.PHONE and text not in request.numbers:
        raise PlanSyntaxError(f"{where}: {text!r} is not a number in the request; look it up first")
    if kind is Kind.PATH:
        raise PlanSyntaxError(f"{where}: open the file first and pass its result on")
    if kind is Kind.CHOICE and text not in parameter.choices:
        raise PlanSyntaxError(f"{where}: {text!r} is none of {', '.join(filter(None, parameter.choices))}")


def _is_span(text: str, request: str) -> bool:
    return " ".join(text.split()).casefold() in request.casefold()
