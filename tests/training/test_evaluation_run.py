"""A run's folder: what is in it survives a kill, and runs are not mixed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.training.gold import prediction_for
from training.evaluation import plots
from training.evaluation.ablation import Ablation
from training.evaluation.cases import load_cases
from training.evaluation.run import Header, Run, RunError
from training.evaluation.run_report import RunReport, read_scores
from training.evaluation.speed import Speed, quantile

SMS = {"tool": "send_sms", "args": {"recipients": ["5550100"], "message": {"contains": ["late"]}}}
CASES = [
    {"id": "a1", "now": "2026-03-12T09:30", "query": "text | *b*", "tags": ["multi"], "plans": [[SMS]]},
    {"id": "a2", "now": "2026-03-12T09:30", "query": "say hi", "tags": [], "plans": [[]]},
]
TIMED = {"timings": {"plan_ms": 1500.0}, "tokens": {"generated": 10, "forward_passes": 6}}
MACHINE: dict[str, str | int] = {"cpu": "a cpu", "cores": 2}


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    path = tmp_path / "cases.jsonl"
    path.write_text("".join(json.dumps(case) + "\n" for case in CASES), encoding="utf-8")
    return path


def begin(cases: Path, model: str = "m") -> Run:
    return Run(cases.parent / "run", Header.of("plans", model, cases))


def test_a_run_goes_on_after_the_last_whole_prediction(cases: Path) -> None:
    run = begin(cases)
    run.append({"id": "a1", "steps": []})
    with run.predictions.open("a", encoding="utf-8") as file:
        file.write('{"id": "a2", "st')  # killed here
    again = begin(cases)
    assert list(again.done) == ["a1"]
    again.append({"id": "a2", "steps": []})
    assert [json.loads(line)["id"] for line in again.predictions.read_text().splitlines()] == ["a1", "a2"]


@pytest.mark.parametrize("change", ["model", "cases"])
def test_a_folder_with_another_run_is_refused_by_what_differs(cases: Path, change: str) -> None:
    begin(cases)
    if change == "cases":
        cases.write_text(json.dumps(CASES[0]) + "\n", encoding="utf-8")
    with pytest.raises(RunError, match="digest" if change == "cases" else "model m, not n"):
        begin(cases, "n" if change == "model" else "m")


def test_plans_of_two_set_ups_are_never_mixed(cases: Path) -> None:
    begin(cases)
    with pytest.raises(RunError, match="setup as usual, not no grammar"):
        Run(cases.parent / "run", Header.of("plans", "m", cases, str(Ablation(grammar=False))))


def test_what_is_switched_off_is_named() -> None:
    assert str(Ablation()) == ""
    assert str(Ablation("all", grammar=False)) == "retriever all, no grammar"


def test_predictions_without_a_header_and_lines_that_are_none_are_refused(cases: Path) -> None:
    run = begin(cases)
    run.predictions.write_text("nonsense\n", encoding="utf-8")
    with pytest.raises(RunError, match="line 1 is no prediction"):
        begin(cases)
    (run.folder / "run.json").unlink()
    with pytest.raises(RunError, match="unknown run"):
        begin(cases)


def finished(cases: Path) -> RunReport:
    run = begin(cases)
    run.append(prediction_for("a1", [SMS]) | TIMED)
    run.append({"id": "a2", "error": {"message": "no | plan"}})
    return RunReport.of(run, load_cases(cases), MACHINE)


def test_the_report_has_rates_speed_machine_and_what_a_comparison_needs(cases: Path) -> None:
    report = finished(cases)
    report.write(cases.parent)
    data = read_scores(cases.parent)
    assert data["full"]["successes"] == 1
    assert data["speed"]["median_ms"] == 1500
    assert data["speed"]["passes_per_token"] == 0.6
    assert data["machine"] == MACHINE
    assert data["run"]["cases"] == "cases.jsonl"
    assert data["cases"] == [
        {"id": "a1", "graph": True, "full": True},
        {"id": "a2", "graph": False, "full": False},
    ]


def test_the_page_shows_text_of_cases_as_text(cases: Path) -> None:
    page = finished(cases).markdown()
    assert "| a2 | say hi | no plan: no \\| plan |" in page
    assert "## Cases without full success: 1" in page
    assert "cores 2" in page


def test_a_folder_without_a_report_is_no_run(tmp_path: Path) -> None:
    (tmp_path / "report.json").write_text('{"cases": [{"graph": 1}]}', encoding="utf-8")
    with pytest.raises(RunError, match="holds no report"):
        read_scores(tmp_path)


def test_both_plots_are_drawn_when_plans_were_timed(cases: Path) -> None:
    pytest.importorskip("matplotlib")
    drawn = plots.draw(finished(cases), cases.parent)
    assert [path.name for path in drawn] == ["success_by_steps.png", "plan_times.png"]
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in drawn)


def test_without_matplotlib_nothing_is_drawn(cases: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert plots.draw(finished(cases), cases.parent) == []


def test_speed_is_of_the_plans_that_were_timed() -> None:
    assert str(Speed.of([{"id": "x", "error": {}}])) == "no plan was timed"
    assert (
        str(Speed.of([TIMED, {"error": {}}]))
        == "1 plans: median 1.50 s, p90 1.50 s, 0.60 forward passes a token"
    )
    assert quantile([10, 0], 0.9) == 9
