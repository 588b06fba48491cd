"""The Berkeley leaderboard's rules for calls, one by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from training.evaluation.bfcl_cases import BfclCase
from training.evaluation.bfcl_match import Call, mismatch, value_matches


def function(name: str, required: Sequence[str] = (), **types: str) -> dict[str, Any]:
    properties = {key: {"type": kind, "items": {"type": "integer"}} for key, kind in types.items()}
    parameters = {"type": "dict", "properties": properties, "required": list(required)}
    return {"name": name, "description": f"{name}.", "parameters": parameters}


def case(category: str, functions: Sequence[Mapping[str, Any]], *answers: Mapping[str, Any]) -> BfclCase:
    return BfclCase("c", category, "q", tuple(functions), tuple(answers))


AREA = function("math.area", ["base"], base="integer", unit="string")
SIMPLE = case("simple_python", [AREA], {"math.area": {"base": [10], "unit": ["units", ""]}})


@pytest.mark.parametrize(
    ("calls", "reason"),
    [
        ([Call("math.area", {"base": 10})], ""),
        ([Call("math.area", {"base": 10, "unit": "Units"})], ""),
        ([], "0 calls instead of 1"),
        ([Call("math.area", {"base": 10})] * 2, "2 calls instead of 1"),
        ([Call("area", {"base": 10})], "area instead of math.area"),
        ([Call("math.area", {"unit": "units"})], "base is missing"),
        ([Call("math.area", {"base": 10, "colour": "red"})], "colour should not be given"),
        ([Call("math.area", {"base": 10, "unit": "cm"})], "unit is 'cm', not one of ['units', '']"),
        ([Call("math.area", {"base": 10.0})], "base is 10.0, not one of [10]"),
        ([Call("math.area", {"base": True})], "base is True, not one of [10]"),
    ],
)
def test_a_call_has_the_name_and_the_arguments_that_are_expected(calls: list[Call], reason: str) -> None:
    assert mismatch(SIMPLE, calls) == reason


def test_an_argument_may_be_left_out_only_if_the_answer_says_so() -> None:
    wanted = case("multiple", [AREA], {"math.area": {"base": [10], "unit": ["cm"]}})
    assert mismatch(wanted, [Call("math.area", {"base": 10})]) == "unit is missing"


@pytest.mark.parametrize(
    ("value", "kind", "accepted", "matches"),
    [
        ("April 1, 2024", "string", ["april 1 2024"], True),
        ("it's", "string", ['It"s'], True),
        ("-5", "string", ["5"], True),
        (5, "string", ["5"], False),
        (5, "float", [5], True),
        (5.5, "float", [5.5], True),
        ("5.5", "float", [5.5], False),
        (5.0, "integer", [5], False),
        (True, "boolean", [True], True),
        (True, "integer", [1], False),
        ([3, 5], "array", [[3, 5]], True),
        ([5, 3], "array", [[3, 5]], False),
        ([3, 5.5], "array", [[3, 5.5]], False),  # elements are of the declared type or the answer's first
        ([5.5], "array", [[5.5]], True),
        (["3"], "array", [[3]], False),
        ([], "array", [[3], ""], True),
        ([3, 5], "tuple", [[3, 5]], True),
        ("numbers", "array", ["numbers"], True),  # a variable, as it stands
        ("Numbers", "array", ["numbers"], False),
        ({"a": "X"}, "dict", [{"a": ["x"], "b": ["", 1]}], True),
        ({"a": "X"}, "dict", [{"a": ["x"], "b": [1]}], False),
        ({"a": "x", "c": 1}, "dict", [{"a": ["x"]}], False),
        ({"a": "x"}, "dict", [""], False),
        ("words", "any", ["words"], True),
    ],
)
def test_values_are_compared_by_the_rules_of_their_type(
    value: Any, kind: str, accepted: list[Any], matches: bool
) -> None:
    schema = {"type": kind, "items": {"type": "integer"}}
    assert value_matches(value, schema, accepted) is matches


def test_lists_of_strings_are_compared_without_punctuation_and_lists_of_objects_in_order() -> None:
    assert value_matches(["New York"], {"type": "array", "items": {"type": "string"}}, [["new-york"]])
    objects = {"type": "array", "items": {"type": "dict"}}
    assert value_matches([{"a": 1}, {"a": 2}], objects, [[{"a": [1]}, {"a": [2]}]])
    assert not value_matches([{"a": 2}, {"a": 1}], objects, [[{"a": [1]}, {"a": [2]}]])
    assert not value_matches([{"a": 1}], objects, [[{"a": [1]}, {"a": [2]}]])


PLAY = function("play", ["artist"], artist="string", minutes="integer")
PARALLEL = case(
    "parallel",
    [PLAY, AREA],
    {"play": {"artist": ["Queen"], "minutes": [5, ""]}},
    {"play": {"artist": ["Queen", "Abba"], "minutes": [""]}},
)


def test_parallel_calls_may_come_in_any_order() -> None:
    calls = [Call("play", {"artist": "Abba"}), Call("play", {"artist": "Queen", "minutes": 5})]
    assert mismatch(PARALLEL, calls) == ""


def test_each_answer_takes_the_first_call_that_meets_it_and_gives_it_back_to_none() -> None:
    calls = [Call("play", {"artist": "Queen"}), Call("play", {"artist": "Queen", "minutes": 5})]
    assert mismatch(PARALLEL, calls).startswith("no call is the expected play: minutes is 5")


def test_equal_values_of_different_types_are_different_calls() -> None:
    answers = [{"math.area": {"base": [5], "unit": [""]}}] * 2
    calls = [Call("math.area", {"base": 5.0}), Call("math.area", {"base": 5})]
    assert mismatch(case("parallel", [AREA], *answers), calls) != ""


def test_irrelevant_requests_want_no_call() -> None:
    irrelevant = case("irrelevance", [AREA])
    assert mismatch(irrelevant, []) == ""
    assert mismatch(irrelevant, [Call("math.area", {"base": 1})]) == "calls math.area"
