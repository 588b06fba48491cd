"""`python -m training.evaluation`: what it prints and how it exits."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from training.evaluation.__main__ import main
from training.evaluation.render import show
from training.evaluation.report import score_file

SMS = {"tool": "send_sms", "args": {"recipients": ["5550100"], "message": {"contains": ["late"]}}}
CASES = [
    {"id": "a1", "now": "2026-03-12T09:30", "query": "text [b]", "tags": ["multi"], "plans": [[SMS]]},
    {"id": "a2", "now": "2026-03-12T09:30", "query": "say hi", "tags": ["irrelevant"], "plans": [[]]},
    {"id": "a3", "now": "2026-03-12T09:30", "query": "say hi", "tags": ["irrelevant"], "plans": [[]]},
]
PREDICTIONS = [
    {
        "id": "a1",
        "steps": [
            {
                "id": 1,
                "tool": "send_sms",
                "args": {"recipients": ["5550100"], "message": "[/b] \u2028"},
                "depends_on": [],
            }
        ],
    },
    {"id": "a2", "steps": []},
    {"id": "a3", "error": {"message": "no model"}},
]
REASON = 'argument message of send_sms: expected {"contains": ["late"]}, got "[/b] \u2028"'


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    cases, predictions = tmp_path / "cases.jsonl", tmp_path / "predictions.jsonl"
    cases.write_text("".join(json.dumps(case) + "\n" for case in CASES), encoding="utf-8")
    lines = [json.dumps(prediction, ensure_ascii=False) for prediction in PREDICTIONS]
    predictions.write_text("\n".join(lines), encoding="utf-8")
    return cases, predictions


def test_piped_it_prints_plain_text_with_a_line_for_each_failing_case(files: tuple[Path, Path]) -> None:
    command = [sys.executable, "-m", "training.evaluation", *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "all    3  66.7% [20.8%, 93.9%]  33.3% [6.1%, 79.2%]" in done.stdout
    assert f"\na1  {REASON}\n" in done.stdout
    assert "\na3  no plan: no model\n" in done.stdout
    assert "\x1b" not in done.stdout


def test_in_a_terminal_it_shows_tables_and_takes_no_text_for_markup(files: tuple[Path, Path]) -> None:
    console = Console(
        force_terminal=True,
        width=200,
        record=True,
        file=(files[0].parent / "out").open("w", encoding="utf-8"),
    )
    with console.file:
        show(score_file(*files), console)
    shown = console.export_text()
    assert "┃ cases ┃ n ┃" in shown
    assert "text [b]" in shown
    assert 'got "[/b]' in shown


def test_as_json_it_gives_the_same_figures(
    files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*map(str, files), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["n"], report["graph"]["successes"], report["full"]["successes"]) == (3, 2, 1)
    assert report["by_tag"]["irrelevant"]["full"]["rate"] == 0.5
    assert report["by_steps"]["1"]["graph"]["rate"] == 1.0
    assert [failure["reason"] for failure in report["failures"]] == [REASON, "no plan: no model"]


def test_cases_without_prediction_and_unusable_lines_are_told(
    files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    lines = ["nonsense", "[1]", '{"id": "a2", "steps": []}', '{"id": "a2", "steps": []}', '{"id": "zz"}']
    files[1].write_text("\n".join(lines), encoding="utf-8")
    assert main([*map(str, files)]) == 0
    printed = capsys.readouterr().out
    assert "a1  no plan was predicted" in printed
    assert "predictions: line 1 is not JSON" in printed
    assert "predictions: line 2 has no case id" in printed
    assert "predictions: line 4 predicts a2 again; the first prediction counts" in printed
    assert "predictions: there is no case zz" in printed


def test_an_unreadable_file_is_a_usage_error(
    files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    missing = files[0].parent / "nowhere.jsonl"
    assert main([str(files[0]), str(missing)]) == 2
    assert f"{missing} can't be read" in capsys.readouterr().err
    assert main([str(missing), str(files[1])]) == 2
    assert f"{missing} can't be read" in capsys.readouterr().err
    assert main([str(files[1]), str(files[1])]) == 2
    assert "line 1" in capsys.readouterr().err


def test_a_file_without_cases_is_a_usage_error(
    files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    files[0].write_text("\n", encoding="utf-8")
    assert main([*map(str, files)]) == 2
    assert "holds no cases" in capsys.readouterr().err
