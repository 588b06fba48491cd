"""`tinyagent eval table`: several runs in one table and as a curve."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from tests.training.gold import prediction_for
from tinyagent_app.cli.app import app
from training.evaluation.cases import load_cases
from training.evaluation.run import Header, Run
from training.evaluation.run_report import RunReport

CALL = {"tool": "get_phone_number", "args": {"name": "Ana"}}
STRANGER = {"tool": "get_phone_number", "args": {"name": "Bob"}}
PLANS = {"f": [CALL], "g": [STRANGER], ".": []}
"""Full success, graph success only, none."""


def tinyagent(*arguments: str | Path, **environment: str) -> Result:
    """Run the command in this process: it needs nothing of its own, and a dozen programs would take a while."""
    command = ["eval", "table", *map(str, arguments)]
    return CliRunner().invoke(app, command, env={"COLUMNS": "200", **environment})


def finished(
    folder: Path, outcomes: str, setup: str = "", cases: str = "cases.jsonl", limit: int = 4
) -> Path:
    """A run over the first `limit` of four cases that ended so, as `tinyagent eval plans` leaves it."""
    case = {"now": "2026-03-12T09:30", "query": f"from {cases}", "tags": [], "plans": [[CALL]]}
    path = folder.parent / cases
    path.write_text("".join(json.dumps({"id": f"a{n}", **case}) + "\n" for n in range(4)), encoding="utf-8")
    run = Run(folder, Header.of("plans", "small", path, setup))
    for number, outcome in enumerate(outcomes):
        timed = {"timings": {"plan_ms": 1000.0 * (number + 1)}}
        run.append(prediction_for(f"a{number}", PLANS[outcome]) | timed)
    RunReport.of(run, load_cases(path)[:limit], {"cores": 2}).write(folder)
    return folder


@pytest.fixture
def runs(tmp_path: Path) -> tuple[Path, Path]:
    return finished(tmp_path / "good", "fffg"), finished(tmp_path / "poor", "f...", "no grammar")


def test_each_run_is_a_line_with_its_rates_and_times_in_the_order_given(runs: tuple[Path, Path]) -> None:
    ran = tinyagent(f"without grammar={runs[1]}", runs[0])
    assert (ran.exit_code, ran.stderr) == (0, "")
    about, _, *lines = ran.stdout.splitlines()
    assert about.startswith("Cases: cases.jsonl (SHA-256 ")
    assert [" ".join(line.split()) for line in lines] == [
        "run model set-up n graph success full success median p90",
        "without grammar small no grammar 4 25.0% [4.6%, 69.9%] 25.0% [4.6%, 69.9%] 2.50 s 3.70 s",
        "good small 4 100.0% [51.0%, 100.0%] 75.0% [30.1%, 95.4%] 2.50 s 3.70 s",
    ]


def test_in_a_terminal_it_shows_a_table_and_takes_no_name_for_markup(runs: tuple[Path, Path]) -> None:
    ran = tinyagent(f"[bold]name\x1b[2J={runs[0]}", FORCE_COLOR="1")
    assert ran.exit_code == 0
    assert "│ [bold]name[2J │ small │" in ran.stdout
    assert "\x1b[2J" not in ran.stdout


def test_as_json_it_gives_the_same_figures(runs: tuple[Path, Path]) -> None:
    found = json.loads(tinyagent(*runs, "--json").stdout)
    assert (found["cases"], len(found["digest"])) == ("cases.jsonl", 64)
    good, poor = found["runs"]
    assert (good["label"], poor["label"], poor["setup"]) == ("good", "poor", "no grammar")
    assert (good["n"], good["graph"]["successes"], good["full"]["rate"]) == (4, 4, 0.75)
    assert (good["median_ms"], good["p90_ms"]) == (2500, 3700)


def test_a_folder_gets_the_table_as_page_data_and_picture(runs: tuple[Path, Path], tmp_path: Path) -> None:
    out = tmp_path / "reports" / "table"
    ran = tinyagent(f"a | b, $x$={runs[0]}", runs[1], "--out", out)
    assert (ran.exit_code, ran.stderr) == (0, "")
    assert f"Report: {out}" in ran.stdout
    page = (out / "table.md").read_text(encoding="utf-8")
    assert "| a \\| b, \\$x\\$ | small |  | 4 | 100.0% [51.0%, 100.0%] | 75.0% [30.1%, 95.4%] |" in page
    with (out / "table.csv").open(encoding="utf-8", newline="") as file:
        first, second = csv.DictReader(file)
    assert (first["run"], first["cases"], first["graph"], first["full"]) == ("a | b, $x$", "4", "4", "3")
    assert (second["full_rate"], second["full_low"], second["full_high"]) == ("0.2500", "0.0456", "0.6994")
    assert (second["setup"], second["median_ms"], second["p90_ms"]) == ("no grammar", "2500", "3700")
    pytest.importorskip("matplotlib")
    assert (out / "table.png").read_bytes().startswith(b"\x89PNG")
    assert not (out / "curve.png").exists()


def test_names_that_are_shares_of_the_data_give_a_curve(runs: tuple[Path, Path], tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    for shares in (("1", "1/16"), ("0.25", "0.25")):
        named = [f"{share}={run}" for share, run in zip(shares, runs, strict=True)]
        ran = tinyagent(*named, "--curve", "--out", tmp_path / "out")
        assert (ran.exit_code, ran.stderr) == (0, "")
        assert (tmp_path / "out" / "curve.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("name", ["all", "0", "1/-4", "1/0", "1/", "1/2/3", "nan", "inf", "1e999"])
def test_a_curve_needs_names_that_are_numbers(runs: tuple[Path, Path], tmp_path: Path, name: str) -> None:
    ran = tinyagent(f"1={runs[0]}", f"{name}={runs[1]}", "--curve", "--out", tmp_path / "out")
    assert ran.exit_code == 2
    assert f"a number above 0, such as 1/4, not '{name}'" in ran.stderr
    assert not (tmp_path / "out").exists()


def test_a_curve_without_a_folder_is_a_usage_error(runs: tuple[Path, Path]) -> None:
    ran = tinyagent(f"1={runs[0]}", "--curve")
    assert ran.exit_code == 2
    assert "--out" in ran.stderr


def test_runs_on_different_cases_are_refused(runs: tuple[Path, Path], tmp_path: Path) -> None:
    other = finished(tmp_path / "other", "ffff", cases="other.jsonl")
    ran = tinyagent(*runs, other)
    assert ran.exit_code == 2
    assert f"different cases: {runs[0]} has cases.jsonl" in ran.stderr
    assert f"{other} has other.jsonl" in ran.stderr


def test_a_run_over_fewer_of_the_cases_is_refused(runs: tuple[Path, Path], tmp_path: Path) -> None:
    ran = tinyagent(runs[0], finished(tmp_path / "short", "ff", limit=2))
    assert ran.exit_code == 2
    assert f"{runs[0]} has 4 of cases.jsonl" in ran.stderr
    assert "short has 2; plan the same ones" in ran.stderr


def test_a_folder_that_is_no_run_or_has_no_times_is_refused(runs: tuple[Path, Path], tmp_path: Path) -> None:
    ran = tinyagent(runs[0], f"name={tmp_path}")
    assert ran.exit_code == 2
    assert f"{tmp_path} holds no report of plans" in ran.stderr
    report: dict[str, Any] = json.loads((runs[1] / "report.json").read_text(encoding="utf-8"))
    (runs[1] / "report.json").write_text(json.dumps(report | {"speed": None}), encoding="utf-8")
    ran = tinyagent(*runs)
    assert ran.exit_code == 2
    assert "has no times of plans" in ran.stderr


def test_a_run_in_which_no_plan_was_timed_has_no_times(tmp_path: Path) -> None:
    ran = tinyagent(finished(tmp_path / "empty", ""))
    assert ran.stdout.rstrip().endswith("0.0% [0.0%, 49.0%]       -    -")


def test_without_matplotlib_the_table_is_written_and_it_is_told(
    runs: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    ran = tinyagent(f"1={runs[0]}", "--curve", "--out", tmp_path / "out")
    assert ran.exit_code == 0
    assert "matplotlib is not installed" in ran.stderr
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["table.csv", "table.md"]
