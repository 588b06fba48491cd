"""Success rates: Wilson intervals against published figures, and the groups of a report."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.evaluation.rates import Rate
from training.evaluation.report import Report
from training.evaluation.scoring import CaseScore


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [  # Newcombe (1998), Statistics in Medicine 17, table I, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_interval_is_wilsons(successes: int, n: int, low: float, high: float) -> None:
    assert Rate(successes, n).interval == pytest.approx((low, high), abs=5e-5)


def test_of_no_cases_nothing_is_known() -> None:
    assert (Rate(0, 0).value, Rate(0, 0).interval) == (0.0, (0.0, 1.0))


@given(st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_holds_the_rate_and_stays_between_0_and_1(counts: tuple[int, int]) -> None:
    rate = Rate(*counts)
    low, high = rate.interval
    assert 0 <= low <= rate.value + 1e-12
    assert rate.value - 1e-12 <= high <= 1


def test_a_case_counts_for_each_of_its_tags_and_for_its_number_of_steps() -> None:
    report = Report(
        (
            CaseScore("a", "q", ("email", "multi"), 2, True, True, ""),
            CaseScore("b", "q", ("email",), 1, True, False, "argument"),
            CaseScore("c", "q", ("multi", "multi"), 10, False, False, "graph"),
        )
    )
    tags = {group.name: (group.n, group.graph.successes, group.full.successes) for group in report.by_tag}
    assert tags == {"email": (2, 2, 1), "multi": (2, 1, 1)}
    assert [group.name for group in report.by_steps] == ["1", "2", "10"]
    assert (report.all.n, report.all.graph.successes, report.all.full.successes) == (3, 2, 1)
    assert [failure.id for failure in report.failures] == ["b", "c"]
