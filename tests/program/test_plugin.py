"""Tools of a third party, installed beside the program, are planned with the default model."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.program.conftest import Program
from training.evaluation.cases import load_cases

pytestmark = pytest.mark.model
DATA = Path(__file__).parents[1] / "data"
CASES = DATA / "plans_plugin.jsonl"


@pytest.fixture
def with_plugin(program: Program) -> Program:
    program.environment["PYTHONPATH"] = str(DATA / "plugin")
    return program


def test_the_tools_of_a_plug_in_are_listed(with_plugin: Program) -> None:
    ran = with_plugin.run("tools")
    assert ran.code == 0, ran.err
    for shown in ("water_garden", "vexil"):
        assert shown in ran.out


def test_a_request_for_a_plug_in_tool_calls_it_by_its_arguments(with_plugin: Program) -> None:
    ran = with_plugin.run("plan", "water the roses for ten minutes", "--profile", "demo", "--json")
    assert ran.code == 0, ran.err
    (step,) = ran.data["steps"]
    assert (step["tool"], step["args"]) == ("water_garden", {"zone": "roses", "minutes": 10})


def test_the_cases_call_the_two_tools_ten_times_each() -> None:
    cases = load_cases(CASES)
    for tag, tool in (("plugin", "water_garden"), ("docstring", "vexil")):
        chosen = [case for case in cases if tag in case.tags]
        assert len(chosen) == 10
        assert all(any(step.tool == tool for step in case.plans[0]) for case in chosen)
