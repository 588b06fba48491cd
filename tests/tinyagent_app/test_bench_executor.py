"""The executor benchmark's plans, sums and files. What it measures is no test: machines differ."""

from __future__ import annotations

import csv
import json
import random
from pathlib import Path

import pytest

from tinyagent_app.bench.executor import (
    PlannedStep,
    Report,
    Spread,
    critical_path,
    main,
    random_plan,
    run_executor_bench,
)

TINY = 0.02  # sleeping times of 0.1 to 1.2 ms


def small_run(out: Path | None, seed: int = 1) -> tuple[Report, list[tuple[int, int]]]:
    """Four plans, and what the progress callback was told."""
    told: list[tuple[int, int]] = []
    report = run_executor_bench(out, 4, seed, lambda done, total: told.append((done, total)), scale=TINY)
    return report, told


def test_a_critical_path_is_the_longest_chain() -> None:
    plan = [
        PlannedStep((), False, 10),
        PlannedStep((), True, 25),
        PlannedStep((1,), False, 20),
        PlannedStep((1, 2), False, 1),
    ]
    assert critical_path(plan) == 30


def test_random_plans_have_2_to_12_steps_and_refer_back_only() -> None:
    draw = random.Random(3)
    plans = [random_plan(draw, 1.0) for _ in range(300)]
    assert {len(plan) for plan in plans} == set(range(2, 13))
    steps = [(number, step) for plan in plans for number, step in enumerate(plan, start=1)]
    assert all(1 <= needed < number for number, step in steps for needed in step.needs)
    assert all(5 <= step.milliseconds <= 60 for _, step in steps)
    assert any(step.blocking for _, step in steps)
    assert any(not step.blocking for _, step in steps)


def test_a_run_measures_every_plan_and_reports_progress() -> None:
    report, told = small_run(None)
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert [row.plan for row in report.rows] == [1, 2, 3, 4]
    assert report.steps == sum(row.steps for row in report.rows)
    for row in report.rows:
        assert row.makespan_ms >= row.critical_path_ms * 0.9  # clocks of loops and threads differ a little
        assert row.zero_sleep_ms_per_step > 0
    assert report.ratio.p10 <= report.ratio.median <= report.ratio.p90


def test_the_same_seed_draws_the_same_plans() -> None:
    shapes = [
        [(row.steps, row.critical_path_ms) for row in small_run(None, seed)[0].rows] for seed in (5, 5, 6)
    ]
    assert shapes[0] == shapes[1] != shapes[2]


def test_the_files_hold_the_figures_the_machine_and_the_command(tmp_path: Path) -> None:
    report, _ = small_run(tmp_path / "new")
    figures = json.loads((tmp_path / "new/executor.json").read_text())
    assert figures["plans"] == 4
    assert figures["ratio"]["median"] == report.ratio.median
    assert figures["criteria"] == {"ratio_at_most": 1.05, "own_ms_per_step_under": 1.0}
    assert set(figures["machine"]) == {"cpu", "cores", "system", "python", "tinyagent-app"}
    with (tmp_path / "new/executor.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["steps"]) for row in rows] == [row.steps for row in report.rows]
    command = "tinyagent bench executor --plans 4 --seed 1 --out docs/benchmarks"
    assert figures["command"] == command
    page = (tmp_path / "new/executor.md").read_text()
    assert f"`{command}`" in page
    assert str(figures["machine"]["cpu"]) in page


def test_a_spread_is_the_median_between_the_outer_tenths() -> None:
    spread = Spread.of([float(value) for value in range(11)])
    assert (spread.p10, spread.median, spread.p90) == (1, 5, 9)


def test_the_command_prints_one_json_document(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(2, 0, json=True) in (0, 1)  # whether the criteria are met depends on the machine
    assert json.loads(capsys.readouterr().out)["plans"] == 2
