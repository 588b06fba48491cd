"""Whether calls are the expected ones, by the rules of the Berkeley leaderboard's checker for Python.

The rules are the leaderboard's, not ours, with all their indulgence (strings are compared without
blanks and most punctuation, so "-5" equals "5") and strictness (a list must be one of the accepted
ones, in order); figures that follow other rules could not be compared.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from training.evaluation.bfcl_cases import IRRELEVANCE, Answer, BfclCase, Function

TYPES: Mapping[str, type] = {
    "string": str,
    "integer": int,
    "float": float,
    "boolean": bool,
    "array": list,
    "tuple": list,
    "dict": dict,
    "any": str,
}
LISTS = frozenset({"array", "tuple"})
IGNORED = re.compile(r"[ ,./\-_*^]")


@dataclass(frozen=True, slots=True)
class Call:
    """A call with the arguments that were given."""

    name: str
    args: Mapping[str, Any]


def mismatch(case: BfclCase, calls: Sequence[Call]) -> str:
    """Why the calls are not what the case expects; empty if they are."""
    if case.category == IRRELEVANCE:
        return f"calls {', '.join(call.name for call in calls)}" if calls else ""
    if len(calls) != len(case.answers):
        return f"{len(calls)} calls instead of {len(case.answers)}"
    if "parallel" in case.category:
        return _unordered(case, calls)
    return _wrong_call(_function(case, case.answers[0]), calls[0], case.answers[0])


def _unordered(case: BfclCase, calls: Sequence[Call]) -> str:
    """Each answer takes the first call left that meets it, as on the leaderboard: no search for the best."""
    left = list(calls)
    for answer in case.answers:
        function, reasons = _function(case, answer), []
        for place, call in enumerate(left):
            reason = _wrong_call(function, call, answer)
            if not reason:
                del left[place]
                break
            reasons.append(reason)
        else:
            return f"no call is the expected {next(iter(answer))}: {'; '.join(reasons)}"
    return ""


def _function(case: BfclCase, answer: Answer) -> Function:
    """The description of the function that an answer calls."""
    return next(f for f in case.functions if f["name"] in answer)


def _wrong_call(function: Function, call: Call, answer: Answer) -> str:
    if call.name != function["name"]:
        return f"{call.name} instead of {function['name']}"
    accepted, schema = answer[call.name], function["parameters"]
    for name in schema["required"]:
        if name not in call.args:
            return f"{name} is missing"
    for name, value in call.args.items():
        if name not in schema["properties"] or name not in accepted:
            return f"{name} should not be given"
        if not value_matches(value, schema["properties"][name], accepted[name]):
            return f"{name} is {value!r}, not one of {list(accepted[name])!r}"
    for name, values in accepted.items():
        if name not in call.args and "" not in values:
            return f"{name} is missing"
    return ""


def value_matches(value: Any, schema: Mapping[str, Any], accepted: Sequence[Any]) -> bool:
    """Whether an argument has its parameter's type and is one of the accepted values."""
    wanted = TYPES[schema["type"]]
    inner = TYPES[schema["items"]["type"]] if schema["type"] in LISTS else None
    if wanted is float and type(value) is int:
        value = float(value)
    given = _type_of(accepted)
    if type(value) is not wanted:
        # The answer may be of a type of its own (a variable's name for a list): then as it stands.
        return type(value) is given and value in accepted
    if isinstance(value, list) and inner and not any(_elements_fit(value, item, inner) for item in accepted):
        return False
    if given not in {None, wanted}:
        return value in accepted
    return _among(value, inner, accepted)


def _type_of(accepted: Sequence[Any]) -> type | None:
    """The type of the first accepted value; "" only says that the argument may be left out."""
    return next((type(value) for value in accepted if value != ""), None)


def _elements_fit(value: Sequence[Any], accepted: Any, inner: type) -> bool:
    if not isinstance(accepted, list):
        return True
    return all(type(element) in {inner, _type_of(accepted)} for element in value)


def _among(value: Any, inner: type | None, accepted: Sequence[Any]) -> bool:
    match value:
        case dict():
            return any(_same_dict(value, item) for item in accepted if item != "")
        case list() if inner is dict:
            return any(_same_dicts(value, item) for item in accepted)
        case list():
            return [_plain(item) for item in value] in [[_plain(part) for part in item] for item in accepted]
        case str():
            return _plain(value) in [_plain(item) for item in accepted if isinstance(item, str)]
    return value in accepted


def _same_dicts(value: Sequence[Any], accepted: Sequence[Any]) -> bool:
    return len(value) == len(accepted) and all(
        item != "" and _same_dict(given, item) for given, item in zip(value, accepted, strict=True)
    )


def _same_dict(value: Mapping[str, Any], accepted: Mapping[str, Sequence[Any]]) -> bool:
    """Each value is in its key's list; a key may only be missing where its list has ""."""
    return all(
        key in accepted and _plain(item) in [_plain(part) for part in accepted[key]]
        for key, item in value.items()
    ) and all(key in value or "" in items for key, items in accepted.items())


def _plain(value: Any) -> Any:
    """A string without blanks, punctuation and capitals; anything else as it is."""
    return IGNORED.sub("", value).lower().replace("'", '"') if isinstance(value, str) else value
