"""Two runs compared: the table, the exact test, and what can't be compared."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from training.evaluation.paired import Paired, compare
from training.evaluation.run import RunError


def write(folder: Path, model: str, outcomes: str, digest: str = "d") -> Path:
    """A report whose cases have these outcomes: "f" full, "g" graph only, "." neither."""
    folder.mkdir()
    cases = [{"id": str(n), "graph": o in "fg", "full": o == "f"} for n, o in enumerate(outcomes)]
    run = {"evaluation": "plans", "model": model, "cases": f"{digest}.jsonl", "digest": digest}
    (folder / "report.json").write_text(json.dumps({"run": run, "cases": cases}), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("only_a", "only_b", "p"),
    [(0, 0, 1.0), (3, 3, 1.0), (0, 5, 0.0625), (1, 9, 0.021484375), (9, 1, 0.021484375), (2, 1, 1.0)],
)
def test_the_p_value_is_that_of_the_exact_binomial_test(only_a: int, only_b: int, p: float) -> None:
    assert Paired(7, only_a, only_b, 2).p == pytest.approx(p)


def test_large_tables_are_exact_too() -> None:
    assert Paired(0, 900, 1100, 0).p == pytest.approx(8.5e-6, rel=0.02)


def test_a_comparison_counts_pairs_and_says_which_run_is_better(tmp_path: Path) -> None:
    a = write(tmp_path / "a", "small", "ffgg.....g")
    b = write(tmp_path / "b", "large", "f.ffffff.f")
    found = compare(a, b)
    assert found.json() == {
        "a": "small",
        "b": "large",
        "n": 10,
        "graph": {"both": 4, "only_a": 1, "only_b": 4, "neither": 1, "p": 0.375},
        "full": {"both": 1, "only_a": 1, "only_b": 7, "neither": 1, "p": 0.0703125},
    }
    text = found.text()
    assert "A: small\nB: large\n10 cases in both" in text
    assert (
        "B solves 7 of the 8 cases on which they differ (exact McNemar p = 0.07): no significant difference."
        in text
    )


def test_runs_that_agree_or_split_evenly_are_said_to(tmp_path: Path) -> None:
    assert Paired(3, 0, 0, 1).verdict() == "Both runs solve the same cases."
    assert "each run solves half" in Paired(3, 2, 2, 1).verdict()
    assert "a significant difference" in Paired(3, 9, 0, 1).verdict()


def test_only_the_cases_of_both_runs_count(tmp_path: Path) -> None:
    a, b = write(tmp_path / "a", "m", "ff"), write(tmp_path / "b", "n", "f")
    assert compare(a, b).n == 1


def test_runs_on_different_cases_are_not_compared(tmp_path: Path) -> None:
    a, b = write(tmp_path / "a", "m", "f"), write(tmp_path / "b", "n", "f", digest="e")
    with pytest.raises(RunError, match=r"different cases: d\.jsonl and e\.jsonl"):
        compare(a, b)
    with pytest.raises(RunError, match="no report"):
        compare(a, tmp_path)


def test_runs_without_a_case_in_common_are_not_compared(tmp_path: Path) -> None:
    a, b = write(tmp_path / "a", "m", ""), write(tmp_path / "b", "n", "f")
    with pytest.raises(RunError, match="no case in common"):
        compare(a, b)
