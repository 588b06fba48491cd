"""Tools as lines of text, and the cases that bring their own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.training.gold import prediction_for
from tools.spec import Effect, Kind, Parameter, ToolSpec
from training.data.make import all_seeds
from training.evaluation.cases import CaseFormatError, load_cases
from training.evaluation.report import score_file
from training.tool_lines import read_tool, tool_text

FILE = Path(__file__).parent.parent / "data" / "plans_own_tools.jsonl"
CASES = [json.loads(line) for line in FILE.read_text(encoding="utf-8").split("\n") if line]

names = st.from_regex(r"[a-z_][a-z0-9_]{0,12}", fullmatch=True)
parameters = st.builds(
    Parameter,
    name=names,
    kind=st.sampled_from([kind for kind in Kind if kind is not Kind.DURATION]),
    many=st.booleans(),
    optional=st.booleans(),
)


@given(
    names,
    st.lists(parameters, max_size=4),
    st.sampled_from(list(Kind)),
    st.from_regex(r"[A-Z][a-z ,]{1,40}\.", fullmatch=True),
)
def test_a_tool_is_read_as_it_was_written(name: str, found: list[Parameter], result: Kind, doc: str) -> None:
    tool = ToolSpec(name, "custom", tuple(found), result, Effect.READ, doc, print, "plug-in")
    assert read_tool(tool_text(tool)) == tool


def test_durations_of_such_tools_are_minutes() -> None:
    tool = read_tool("drain(pond: label, time: duration?) -> status: Drains a pond.")
    assert tool.parameters[1] == Parameter("time", Kind.DURATION, unit="minutes", optional=True)
    assert read_tool(tool_text(tool)) == tool


@pytest.mark.parametrize(
    "line", ["", "drain", "drain() -> status", "drain(pond) -> status: Drains.", "drain() -> mud: Drains."]
)
def test_what_is_no_tool_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r"tool|Kind"):
        read_tool(line)


def test_the_cases_bring_tools_that_no_seed_has_and_a_perfect_planner_solves_them(tmp_path: Path) -> None:
    used = {tool.name for seed in all_seeds() for tool in seed.custom}
    own = [tool for case in load_cases(FILE) for tool in case.tools]
    assert len(CASES) == 70
    assert len({tool.name for tool in own}) >= 25
    assert not {tool.name for tool in own} & used
    predictions = tmp_path / "predictions.jsonl"
    lines = [json.dumps(prediction_for(case["id"], case["plans"][0])) for case in CASES]
    predictions.write_text("\n".join(lines), encoding="utf-8")
    assert score_file(FILE, predictions).all.full.value == 1.0


def test_a_case_with_a_line_that_is_no_tool_is_named(tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_text(json.dumps(CASES[0] | {"tools": ["dance"]}), encoding="utf-8")
    with pytest.raises(CaseFormatError, match=r"line 1: not a tool: 'dance'"):
        load_cases(path)
