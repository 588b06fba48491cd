"""The cases for tuning prompts are valid: a perfect planner scores 1.0, every argument is possible."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.training.gold import prediction_for, value_for
from tools.registry import builtin_tools
from tools.spec import ACCEPTED_RESULTS, Kind, Parameter
from training.evaluation.report import score_file

FILE = Path(__file__).parent.parent / "data" / "plans_tune.jsonl"
CASES = [json.loads(line) for line in FILE.read_text(encoding="utf-8").split("\n") if line]
TOOLS = {tool.name: tool for tool in builtin_tools()}
PLANS = [
    pytest.param(case["query"], plan, id=f"{case['id']}-{n}")
    for case in CASES
    for n, plan in enumerate(case["plans"])
]


@pytest.mark.parametrize("alternative", [0, -1])
def test_gold_plans_as_predictions_score_one(tmp_path: Path, alternative: int) -> None:
    predictions = tmp_path / "predictions.jsonl"
    lines = [json.dumps(prediction_for(case["id"], case["plans"][alternative])) for case in CASES]
    predictions.write_text("\n".join(lines), encoding="utf-8")
    report = score_file(FILE, predictions)
    assert report.failures == []
    assert (report.all.full.value, report.problems) == (1.0, ())


def test_the_cases_are_numbered_varied_and_use_every_tool() -> None:
    assert [case["id"] for case in CASES] == [f"t{n:03d}" for n in range(1, 121)]
    assert len({case["query"] for case in CASES}) == 120
    assert len({case["now"][:10] for case in CASES}) > 60
    uses = Counter(step["tool"] for case in CASES for step in case["plans"][0])
    assert {name: uses[name] for name in TOOLS if uses[name] < 4} == {}
    sizes = Counter(min(len(case["plans"][0]), 4) for case in CASES)
    assert (sizes[0], sizes[1], sizes[2] + sizes[3], sizes[4]) == (8, 40, 43, 29)
    assert sum("irrelevant" in case["tags"] for case in CASES) == 8


@pytest.mark.parametrize(("query", "plan"), PLANS)
def test_every_argument_is_one_that_the_tool_can_take(query: str, plan: list[dict[str, Any]]) -> None:
    results: list[Kind] = []
    for step in plan:
        tool = TOOLS[step["tool"]]
        for name, expected in step["args"].items():
            parameter = tool.parameter(name)
            assert isinstance(expected, list) == parameter.many or expected == {"any": True}, name
            for item in expected if isinstance(expected, list) else [expected]:
                check(query, parameter, item, results)
        results.append(tool.result)


def check(query: str, parameter: Parameter, expected: Any, results: list[Kind]) -> None:
    references = referred(expected)
    for step in references:
        assert results[step - 1] in ACCEPTED_RESULTS.get(parameter.kind, frozenset()), parameter.name
    if references or expected in ({"any": True}, ""):
        return
    kind = parameter.kind
    assert kind is not Kind.PATH, "files are opened first"
    match expected:
        case {"datetime": _} | {"date": _}:
            assert kind is Kind.DATE
        case {"int": _} | {"oneof_int": _}:
            assert kind in {Kind.DURATION, Kind.INTEGER}
        case {"contains": _}:
            assert kind in {Kind.TEXT, Kind.TITLE}
        case _:
            check_words(query, parameter, expected)


def check_words(query: str, parameter: Parameter, expected: Any) -> None:
    choices = expected["oneof"] if isinstance(expected, dict) else [expected]
    if parameter.kind is Kind.CHOICE:
        assert set(choices) <= set(parameter.choices)
        return
    assert parameter.kind not in {Kind.DATE, Kind.DURATION}
    spans = [choice for choice in choices if choice.casefold() in query.casefold()]
    assert spans, f"{choices} is nowhere in the request"
    if parameter.kind is Kind.EMAIL:
        assert "@" in choices[0]
    if parameter.kind is Kind.PHONE:
        assert sum(c.isdigit() for c in choices[0]) >= 7


def referred(expected: Any) -> list[int]:
    """The steps that one expected value refers to."""
    text = value_for(expected)
    words = text.replace(",", " ").split() if isinstance(text, str) else []
    return [int(word[1:]) for word in words if word.startswith("$")]


@pytest.mark.parametrize(("query", "plan"), PLANS)
def test_every_result_that_is_looked_up_is_used(query: str, plan: list[dict[str, Any]]) -> None:
    looked_up = {
        number
        for number, step in enumerate(plan, start=1)
        if step["tool"] in {"get_email_address", "get_phone_number", "open_and_get_file_path"}
    }
    used = {
        step
        for call in plan
        for value in call["args"].values()
        for item in (value if isinstance(value, list) else [value])
        for step in referred(item)
    }
    only_asked_for = {"get_email_address", "get_phone_number", "open_and_get_file_path"}
    assert looked_up <= used or {step["tool"] for step in plan} <= only_asked_for
