"""Functions of the Berkeley leaderboard as tools, what a grammar can write of them, and reading the data."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from planner.grammar import LineGrammar
from planner.request import Request
from tools.spec import Kind
from training.evaluation.bfcl_cases import CATEGORIES, BfclCase, load_bfcl
from training.evaluation.bfcl_limits import limits
from training.evaluation.bfcl_report import BfclReport, score
from training.evaluation.bfcl_tools import OMITTED, FunctionTools, converted
from training.evaluation.cases import CaseFormatError
from training.evaluation.run import Header, Run

PROPERTIES: dict[str, Any] = {
    "verbose": {"type": "boolean", "description": "Tell more."},
    "count": {"type": "integer", "description": "How many."},
    "rate": {"type": "float", "description": "Share."},
    "mode": {"type": "string", "enum": ["fast", "slow"], "description": "How."},
    "names": {"type": "array", "items": {"type": "string"}, "description": "Who."},
    "title": {"type": "string", "description": "What."},
}
FUNCTION: dict[str, Any] = {
    "name": "job.run",
    "description": "Run a job.",
    "parameters": {"type": "dict", "properties": PROPERTIES, "required": ["title"]},
}
FUNCTIONS = FunctionTools.of([FUNCTION])
CASE = BfclCase(
    "simple_python_0",
    "simple_python",
    "run it",
    (FUNCTION,),
    ({"job.run": {"title": ["x"], "count": [3, ""]}},),
)


def named(*names: str) -> FunctionTools:
    return FunctionTools.of([{**FUNCTION, "name": name} for name in names])


def test_parameters_have_the_kind_of_their_type_and_those_needed_come_first() -> None:
    (tool,) = FUNCTIONS.tools
    assert [(p.name, p.kind, p.optional) for p in tool.parameters] == [
        ("title", Kind.TEXT, False),
        ("rate", Kind.TEXT, True),
        ("mode", Kind.CHOICE, True),
        ("names", Kind.TEXT, True),
        ("verbose", Kind.FLAG, True),
        ("count", Kind.INTEGER, True),
    ]
    assert tool.parameter("mode").choices == ("", "fast", "slow")
    assert tool.doc.startswith("Run a job. verbose (boolean): Tell more.")


def test_a_model_without_a_grammar_may_write_lists() -> None:
    (tool,) = FunctionTools.of([FUNCTION], lists=True).tools
    assert tool.parameter("names").many
    assert not tool.parameter("title").many


def test_names_with_dots_lead_back_to_their_functions() -> None:
    functions = named("a.b", "a_b", "A.B", "join", "2d.area")
    assert list(functions.by_tool) == ["a_b", "a_b_2", "A_B_3", "join_2", "f_2d_area"]
    step = {"tool": "a_b_2", "args": {"title": "x"}}
    assert [call.name for call in functions.calls([step])] == ["a_b"]


def test_the_grammar_of_such_tools_is_one() -> None:
    grammar = LineGrammar(named("a.b", "a_b").tools, [], [], Request.read("run it")).text()
    assert '"1. a_b("' in grammar
    assert '"1. a_b_2("' in grammar


def test_what_was_left_out_is_no_argument_and_a_zero_is_one() -> None:
    args = {"title": "x", "rate": "", "mode": "", "names": [], "verbose": "", "count": OMITTED}
    assert FUNCTIONS.calls([{"tool": "job_run", "args": args}])[0].args == {"title": "x"}
    args |= {"count": 0, "verbose": False}
    assert FUNCTIONS.calls([{"tool": "job_run", "args": args}])[0].args == {
        "title": "x",
        "count": 0,
        "verbose": False,
    }


@pytest.mark.parametrize(
    ("value", "schema", "result"),
    [
        ("-12", {"type": "integer"}, -12),
        ("twelve", {"type": "integer"}, "twelve"),
        ("0.5", {"type": "float"}, 0.5),
        ("half", {"type": "float"}, "half"),
        ("3, 5", {"type": "array", "items": {"type": "integer"}}, [3, 5]),
        ("[1.5, 2]", {"type": "tuple", "items": {"type": "float"}}, [1.5, 2.0]),
        (["1", "2"], {"type": "array", "items": {"type": "integer"}}, [1, 2]),
        ("'Ana', Bob's", {"type": "array", "items": {"type": "string"}}, ["Ana", "Bob's"]),
        ("true, no", {"type": "array", "items": {"type": "boolean"}}, [True, "no"]),
        ("a: 1", {"type": "dict"}, "a: 1"),
        ("[[1]]", {"type": "array", "items": {"type": "array"}}, "[[1]]"),
        ("as is", {"type": "string"}, "as is"),
    ],
)
def test_text_is_read_as_a_value_of_the_type(value: Any, schema: dict[str, Any], result: Any) -> None:
    found = converted(value, schema)
    assert (type(found), found) == (type(result), result)


@pytest.mark.parametrize(
    ("accepted", "kind", "reason"),
    [
        ([3], "integer", []),
        ([-3], "integer", ["a negative number"]),
        ([100_000], "integer", ["a large number"]),
        ([100_000, ""], "integer", []),
        ([100_000, 7], "integer", []),
        ([-0.5], "float", []),
        ([True], "boolean", []),
        ([{"a": [1]}], "dict", ["an object"]),
        ([["Paris, France"]], "array", ["a list whose elements have commas"]),
        ([[[1]]], "array", ["a list of objects or lists"]),
        (['say "hi"'], "string", ["text with quotation marks or backslashes"]),
        (["$5"], "string", ["text with a dollar"]),
        (["x" * 321], "string", ["a long text"]),
    ],
)
def test_answers_that_the_grammar_can_not_write_are_found(
    accepted: list[Any], kind: str, reason: list[str]
) -> None:
    function = {**FUNCTION, "parameters": {"properties": {"it": {"type": kind}}, "required": ["it"]}}
    assert limits(BfclCase("c", "multiple", "q", (function,), ({"job.run": {"it": accepted}},))) == reason


def test_an_optional_choice_that_the_request_does_not_name_can_not_be_written() -> None:
    def found(query: str, *accepted: str) -> list[str]:
        answer = {"job.run": {"title": ["x"], "mode": list(accepted)}}
        return limits(BfclCase("c", "multiple", query, (FUNCTION,), (answer,)))

    assert found("run it", "fast") == ["an optional choice that the request does not name"]
    assert found("run it", "fast", "") == []
    assert found("run it Fast", "fast") == []


def write(folder: Path) -> Path:
    (folder / "possible_answer").mkdir(parents=True)
    for category in CATEGORIES:
        question = {
            "id": f"{category}_0",
            "question": [[{"role": "user", "content": "run it"}]],
            "function": [FUNCTION],
        }
        answer = {"id": f"{category}_0", "ground_truth": [{"job.run": {"title": ["x"], "count": [3, ""]}}]}
        (folder / f"BFCL_v4_{category}.json").write_text(json.dumps(question) + "\n", encoding="utf-8")
        if category != "irrelevance":
            path = folder / "possible_answer" / f"BFCL_v4_{category}.json"
            path.write_text(json.dumps(answer) + "\n", encoding="utf-8")
    return folder


def test_data_is_read_from_a_folder_and_from_an_archive_alike(tmp_path: Path) -> None:
    folder = write(tmp_path / "bfcl_v4")
    archive = tmp_path / "bfcl.tar.xz"
    with tarfile.open(archive, "w:xz") as file:
        file.add(folder, "bfcl_v4")
    cases = load_bfcl(folder, CATEGORIES)
    assert cases[0] == CASE
    assert [case.category for case in cases] == list(CATEGORIES)
    assert cases[-1].answers == ()
    assert load_bfcl(archive, CATEGORIES) == cases
    assert load_bfcl(archive, CATEGORIES, 0) == []


def test_what_is_no_such_data_is_named(tmp_path: Path) -> None:
    with pytest.raises(CaseFormatError, match="can't be read"):
        load_bfcl(tmp_path, ["multiple"])
    (tmp_path / "no.tar").write_bytes(b"no")
    with pytest.raises(CaseFormatError, match=r"no\.tar can't be read"):
        load_bfcl(tmp_path / "no.tar", ["multiple"])
    (tmp_path / "BFCL_v4_irrelevance.json").write_text('{"id": "x"}\n', encoding="utf-8")
    with pytest.raises(CaseFormatError, match="is no BFCL v4 data"):
        load_bfcl(tmp_path, ["irrelevance"])


def test_a_report_counts_by_category_and_says_what_can_not_be_written(tmp_path: Path) -> None:
    irrelevant = BfclCase("irrelevance_0", "irrelevance", "q", (FUNCTION,), ())
    large = BfclCase(
        "multiple_0", "multiple", "q", (FUNCTION,), ({"job.run": {"title": ["x"], "count": [10**6]}},)
    )
    run = Run(tmp_path, Header("bfcl", "m", "bfcl.tar.xz", "d"))
    step = {"tool": "job_run", "args": {"title": "X", "count": 3}}
    run.append({"id": "simple_python_0", "steps": [step]})
    run.append({"id": "irrelevance_0", "error": {"message": "no plan"}})
    run.append({"id": "multiple_0", "steps": []})
    report = BfclReport.of(run, [CASE, irrelevant, large], {"cores": 2})
    assert {name: rate.successes for name, rate in report.rates.items()} == {
        "simple_python": 1,
        "irrelevance": 1,
        "multiple": 0,
    }
    assert report.mean == 0.5
    data = report.json()
    assert data["without_a_valid_plan"] == 1
    assert data["unwritable"] == {"a large number": 1}
    assert "multiple_0  0 calls instead of 1" in report.text()
    assert "  1 with a large number" in report.text()


def test_a_case_that_was_not_planned_has_failed_also_if_it_is_irrelevant() -> None:
    irrelevant = BfclCase("irrelevance_0", "irrelevance", "q", (FUNCTION,), ())
    assert score(irrelevant, None).reason == "no plan: none was predicted"
    assert score(irrelevant, {"id": "irrelevance_0", "steps": []}).reason == ""
    assert score(CASE, {"error": {"message": "too long"}}).reason == "no plan: too long"
