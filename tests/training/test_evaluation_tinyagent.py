"""TinyAgent's measure with its quirks, and its data format."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.registry import builtin_tools
from training.evaluation.cases import CaseFormatError
from training.evaluation.isomorphism import REFERENCE, PlanGraphError, ToolCall, isomorphic
from training.evaluation.run import Header, Run
from training.evaluation.tinyagent_cases import TOOLS, failure, load_tinyagent
from training.evaluation.tinyagent_report import TinyAgentReport

JOIN: ToolCall = ("join", [])
MAIL: list[ToolCall] = [
    ("get_email_address", ["Sid"]),
    ("open_and_get_file_path", ["roadmap"]),
    ("compose_new_email", [["$1"], [], "Roadmap", "", ["$2"]]),
    JOIN,
]


def test_arguments_and_the_order_of_independent_calls_do_not_count() -> None:
    other: list[ToolCall] = [
        ("open_and_get_file_path", ["another"]),
        ("get_email_address", ["Lutfi"]),
        ("compose_new_email", [["$2"], ["x"], "", "", ["$1"]]),
        JOIN,
    ]
    assert isomorphic(MAIL, other)


@pytest.mark.parametrize(
    "other",
    [
        MAIL[:3],  # join is a node
        [*MAIL[:2], ("compose_new_email", [["$1"], [], "Roadmap", "", []]), JOIN],
        [*MAIL[:2], ("reply_to_email", [["$1"], "", ["$2"]]), JOIN],
        [*MAIL[:2], ("compose_new_email", [["$1"], [], "", "", ["$2", "$2"]]), JOIN],
        [*MAIL[:2], ("compose_new_email", [["$1 and $2"], [], "", "", []]), JOIN],  # only the first is seen
        [*MAIL[:2], ("compose_new_email", [["${1}"], [], "", "", ["$2"]]), JOIN],  # this form is not
        [*MAIL[:2], ("compose_new_email", [[["$1"]], [], "", "", ["$2"]]), JOIN],  # lists, once
        [*MAIL[:2], ("compose_new_email", [{"to": "$1"}, [], "", "", ["$2"]]), JOIN],
    ],
)
def test_another_tool_or_edge_is_another_graph(other: list[ToolCall]) -> None:
    assert not isomorphic(MAIL, other)


def test_the_same_edges_by_one_argument_or_two_differ_in_their_trees() -> None:
    once: list[ToolCall] = [("a", []), ("b", ["$1", "x"])]
    assert not isomorphic(once, [("a", []), ("b", ["$1", "$1"])])
    assert isomorphic(once, [("a", []), ("b", ["to $1", 3])])


def test_children_of_one_tool_are_compared_in_their_order() -> None:
    plan: list[ToolCall] = [("a", []), ("a", ["$1"]), ("b", ["$1", "$2"])]
    assert isomorphic(plan, plan)
    assert not isomorphic(plan, [("a", []), ("a", ["$1"]), ("b", ["$2", "$1"])])


def test_calls_that_look_alike_are_told_apart_by_what_needs_them() -> None:
    one: list[ToolCall] = [("a", []), ("a", []), ("b", ["$1"]), ("c", ["$1"])]
    two: list[ToolCall] = [("a", []), ("a", []), ("b", ["$1"]), ("c", ["$2"])]
    assert isomorphic(one, [("a", []), ("a", []), ("b", ["$2"]), ("c", ["$2"])])
    assert not isomorphic(one, two)


@pytest.mark.parametrize("argument", ["$0", "$3", "$2", "$9999"])
def test_a_reference_to_no_call_or_to_itself_is_no_graph(argument: str) -> None:
    with pytest.raises(PlanGraphError):
        isomorphic([("a", []), ("b", [argument])], [("a", []), ("b", ["$1"])])


def test_a_circle_is_no_graph_but_a_reference_ahead_is_one() -> None:
    with pytest.raises(PlanGraphError, match="depends on itself"):
        isomorphic([("a", ["$2"]), ("b", ["$1"])], MAIL)
    assert isomorphic([("a", ["$2"]), ("b", [])], [("b", []), ("a", ["$1"])])


def test_a_deep_plan_of_doubled_references_is_compared_at_once() -> None:
    plan: list[ToolCall] = [("a", []), *(("a", [f"${n}", f"${n}"]) for n in range(1, 80))]
    assert isomorphic(plan, list(plan))


@st.composite
def plans(draw: st.DrawFn) -> list[ToolCall]:
    calls: list[ToolCall] = []
    for n in range(draw(st.integers(1, 7))):
        needed = draw(st.lists(st.integers(1, n), max_size=3)) if n else []
        calls.append((draw(st.sampled_from("ab")), [f"${k}" for k in needed]))
    return calls


@given(plans(), st.randoms(use_true_random=False))
def test_a_plan_written_in_another_order_has_the_same_graph(
    plan: list[ToolCall], draw: random.Random
) -> None:
    order = list(range(len(plan)))
    draw.shuffle(order)
    moved: dict[int, ToolCall] = {}
    for old, (tool, args) in enumerate(plan):
        renamed = [REFERENCE.sub(lambda m: f"${order[int(m.group()[1:]) - 1] + 1}", text) for text in args]
        moved[order[old]] = (tool, renamed)
    assert isomorphic(plan, [moved[place] for place in range(len(plan))])


def entry(plan: list[ToolCall]) -> dict[str, Any]:
    steps = [{"tool_name": tool, "tool_args": args} for tool, args in plan]
    joined = {"thought": "", "action": "Finish", "message": "Done."}
    output = [{"type": "plan", "parsed_output": steps}, {"type": "join", "parsed_output": joined}]
    return {"input": "mail Sid the roadmap", "output": output}


def write(path: Path, data: object) -> Path:
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


STEPS = [
    {"id": 1, "tool": "open_and_get_file_path", "args": {"file_name": "roadmap"}},
    {"id": 2, "tool": "get_email_address", "args": {"name": "Sid"}},
    {
        "id": 3,
        "tool": "compose_new_email",
        "args": {"recipients": ["$2"], "cc": [], "subject": "", "context": "", "attachments": ["$1"]},
    },
]


def test_predictions_are_scored_against_the_plans_of_a_file(tmp_path: Path) -> None:
    path = write(tmp_path / "data.json", {"x1": entry(MAIL), "x2": entry(MAIL), "x3": entry(MAIL)})
    cases = load_tinyagent(path)
    run = Run(tmp_path / "run", Header("tinyagent", "m", "data.json", "d"))
    run.append({"id": "x1", "steps": STEPS})
    run.append({"id": "x2", "steps": STEPS[:2]})
    report = TinyAgentReport.of(run, cases, {})
    assert (report.success.successes, report.success.n) == (1, 3)
    assert [case.id for case, _ in report.failures] == ["x2", "x3"]
    assert report.json()["by_steps"] == {"3": report.success.json()}
    assert "x2  calls open_and_get_file_path, get_email_address instead of" in report.text()
    assert "x3  no plan: none was predicted" in report.text()
    assert len(load_tinyagent(path, 2)) == 2


def test_a_plan_without_a_graph_has_failed(tmp_path: Path) -> None:
    (case,) = load_tinyagent(write(tmp_path / "data.json", {"x": entry(MAIL)}))
    step = {"id": 1, "tool": "send_sms", "args": {"recipients": [], "message": "it costs $50"}}
    assert failure(case, {"id": "x", "steps": [step]}) == "no graph: $50 refers to no call"
    assert failure(case, {"id": "x", "error": {"message": "too long"}}) == "no plan: too long"


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ([], "no JSON object"),
        ({"x": {}}, "case x: KeyError"),
        ({"x": {"input": "", "output": []}}, "no output of type 'plan'"),
        ({"x": entry([("dance", [])])}, "there is no tool 'dance'"),
    ],
)
def test_what_is_no_such_data_is_named(tmp_path: Path, data: object, told: str) -> None:
    with pytest.raises(CaseFormatError, match=told):
        load_tinyagent(write(tmp_path / "data.json", data))
    with pytest.raises(CaseFormatError, match="can't be read"):
        load_tinyagent(tmp_path / "nowhere.json")


def test_the_planner_has_all_of_its_tools() -> None:
    assert {tool.name for tool in builtin_tools()} >= TOOLS
