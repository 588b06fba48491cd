"""`tinyagent eval`: the commands as they are run, with a server on loopback as the model."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.model_server import planning

NOW = "2026-03-12T09:30"
GOLD = [{"tool": "get_phone_number", "args": {"name": "Ana"}}]
CASES: list[dict[str, Any]] = [
    {"id": "a1", "now": NOW, "query": "Ana's number?", "tags": ["terse"], "plans": [GOLD]},
    {"id": "a2", "now": NOW, "query": "Bob's number?", "tags": [], "plans": [GOLD]},
    {"id": "a3", "now": NOW, "query": "tell me a joke", "tags": ["irrelevant"], "plans": [[]]},
]
PLANS = {
    "Ana's": '1. get_phone_number("Ana")\n2. join()',
    "Bob's": '1. get_phone_number("Bob")\n2. join()',
    "joke": "1. dance()",
    "not valid": "1. dance()",  # also when it was told
}


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        return json.loads(self.out)


@dataclass
class Commands:
    """Runs `tinyagent eval` in a home of its own."""

    home: Path
    url: str

    def run(self, *arguments: str | Path) -> Ran:
        environment = os.environ | {
            "TINYAGENT_HOME": str(self.home),
            "TINYAGENT_SERVER__URL": self.url,
            "TINYAGENT_SERVER__MODEL": "canned",
        }
        command = [sys.executable, "-m", "tinyagent_app", "eval", *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, env=environment, timeout=120, check=False)
        return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.fixture
def commands(tmp_path: Path) -> Iterator[Commands]:
    with planning(PLANS) as url:
        yield Commands(tmp_path / "home", url)


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    return write(tmp_path / "cases.jsonl", CASES)


def write(path: Path, cases: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(case) + "\n" for case in cases), encoding="utf-8")
    return path


def test_a_case_may_bring_a_tool_of_its_own(tmp_path: Path) -> None:
    dance = [{"tool": "dance", "args": {"figure": "waltz"}}]
    line = "dance(figure: label) -> status: Dances."
    own = {"id": "d1", "now": NOW, "query": "dance a waltz", "tools": [line], "plans": [dance]}
    other = {"id": "d2", "now": NOW, "query": "another waltz", "plans": [[]]}
    cases = write(tmp_path / "cases.jsonl", [own, other])
    with planning({"waltz": '1. dance("waltz")\n2. join()', "not valid": '1. dance("waltz")'}) as url:
        ran = Commands(tmp_path / "home", url).run("plans", cases, "--json")
    assert ran.code == 0, ran.err
    assert [failure["id"] for failure in ran.data["failures"]] == ["d2"]  # only that case has the tool


def test_plans_are_scored_and_the_report_is_written(commands: Commands, cases: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    ran = commands.run("plans", cases, "--out", out)
    assert ran.code == 0, ran.err
    assert "all    3  66.7%" in ran.out
    assert 'a2  argument name of get_phone_number: expected "Ana", got "Bob"' in ran.out
    assert f"Report: {out}" in ran.out
    assert "Speed: 2 plans: median" in ran.out
    written = {path.name for path in out.iterdir()}
    assert {"run.json", "predictions.jsonl", "report.json", "report.md", "plan_times.png"} <= written


def test_a_run_goes_on_where_it_was_stopped(commands: Commands, cases: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert commands.run("plans", cases, "--out", out, "--limit", "1").code == 0
    first = (out / "predictions.jsonl").read_text(encoding="utf-8")
    ran = commands.run("plans", cases, "--out", out, "--json")
    assert "1 of 3 were planned before" in ran.err
    assert (out / "predictions.jsonl").read_text(encoding="utf-8").startswith(first)
    assert (ran.data["n"], ran.data["full"]["successes"]) == (3, 1)


def test_without_a_folder_the_run_is_kept_in_the_cache(commands: Commands, cases: Path) -> None:
    folder = Path(commands.run("plans", cases, "--limit", "1", "--json").data["folder"])
    assert folder.parent == commands.home / "cache" / "evaluations"
    assert (folder / "report.md").exists()


def test_a_folder_of_another_run_is_a_usage_error(commands: Commands, cases: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    commands.run("plans", cases, "--out", out, "--limit", "1")
    write(cases, CASES[:2])
    ran = commands.run("plans", cases, "--out", out)
    assert ran.code == 2
    assert "take another folder" in ran.err


def test_a_file_without_cases_is_a_usage_error(commands: Commands, cases: Path) -> None:
    cases.write_text("{}\n", encoding="utf-8")
    for arguments in (("plans", cases), ("tools", cases), ("plans", cases.parent / "nowhere")):
        ran = commands.run(*arguments)
        assert ran.code == 2
        assert str(arguments[1]) in ran.err


def test_a_model_that_is_gone_ends_the_run_and_is_no_failed_case(
    commands: Commands, cases: Path, tmp_path: Path
) -> None:
    write(cases, [CASES[0], {**CASES[1], "query": "unanswered"}, CASES[2]])
    ran = commands.run("plans", cases, "--out", tmp_path / "out")
    assert ran.code == 4
    kept = (tmp_path / "out" / "predictions.jsonl").read_text(encoding="utf-8")
    assert [json.loads(line)["id"] for line in kept.splitlines()] == ["a1"]


def test_two_runs_are_compared_in_words_and_as_data(commands: Commands, cases: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        commands.run("plans", cases, "--out", tmp_path / name)
    ran = commands.run("compare", tmp_path / "a", tmp_path / "b")
    assert ran.code == 0
    assert "Both runs solve the same cases." in ran.out
    assert commands.run("compare", tmp_path / "a", tmp_path / "b", "--json").data["full"]["p"] == 1
    assert commands.run("compare", tmp_path / "a", tmp_path).code == 2


def test_the_tools_in_play_are_measured_without_a_model(commands: Commands, cases: Path) -> None:
    ran = commands.run("tools", cases, "--retriever", "lexical", "--json")
    assert ran.code == 0
    assert ran.data["recall"]["rate"] == 1
    assert "mean tools in play" in commands.run("tools", cases).out


def test_functions_of_a_case_are_planned_as_tools(commands: Commands, tmp_path: Path) -> None:
    data = tmp_path / "bfcl"
    (data / "possible_answer").mkdir(parents=True)
    properties = {"who": {"type": "string"}, "digits": {"type": "array", "items": {"type": "integer"}}}
    function = {
        "name": "get.phone_number",
        "description": "Call.",
        "parameters": {"type": "dict", "properties": properties, "required": ["who"]},
    }
    question = [[{"role": "user", "content": "Ana's number?"}]]
    answer = [{"get.phone_number": {"who": ["ana"], "digits": [[1, 2], ""]}}]
    name = "BFCL_v4_simple_python.json"
    write(data / name, [{"id": "s0", "question": question, "function": [function]}])
    write(data / "possible_answer" / name, [{"id": "s0", "ground_truth": answer}])
    arguments = ("bfcl", "--data", data, "--category", "simple_python")
    ran = commands.run(*arguments)
    assert ran.code == 0, ran.err
    assert "simple_python     1  100.0%" in ran.out
    again = commands.run(*arguments, "--json")
    assert "1 of 1 were planned before" in again.err
    assert again.data["failures"] == []
    assert commands.run("bfcl", "--data", tmp_path / "nowhere").code == 2


def test_the_data_set_of_tinyagent_is_planned_with_its_tools(commands: Commands, tmp_path: Path) -> None:
    plan = [{"tool_name": "get_phone_number", "tool_args": ["Ana"]}, {"tool_name": "join", "tool_args": []}]
    entry = {"input": "Ana's number?", "output": [{"type": "plan", "parsed_output": plan}]}
    data = tmp_path / "data.json"
    data.write_text(json.dumps({"x1": entry, "x2": {**entry, "input": "tell me a joke"}}), encoding="utf-8")
    ran = commands.run("tinyagent", data, "--json")
    assert ran.code == 0, ran.err
    assert ran.data["success"]["successes"] == 1
    assert [failed["id"] for failed in ran.data["failures"]] == ["x2"]
    data.write_text("[]", encoding="utf-8")
    assert commands.run("tinyagent", data).code == 2
