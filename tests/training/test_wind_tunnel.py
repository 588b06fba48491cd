"""The scaling law: known constants are found again, and the best size is where the loss is lowest."""

from __future__ import annotations

import numpy as np
import pytest

from training.wind_tunnel.fit import Law, Point, fit, interval

TRUE = Law(c_n=30.0, alpha=0.29, c_d=60.0, beta=0.23, floor=0.6, error=0.0)


def points(noise: float = 0.0, seed: int = 1) -> list[Point]:
    choose = np.random.default_rng(seed)
    return [
        Point(n, n * multiple, TRUE.loss(n, n * multiple) + noise * choose.standard_normal())
        for n in (4e4, 1.5e5, 6e5, 2.4e6)
        for multiple in (10, 20, 40, 80)
    ]


def test_known_constants_are_found_again() -> None:
    law = fit(points())
    assert (law.alpha, law.beta, law.floor) == pytest.approx((0.29, 0.23, 0.6), rel=0.05)
    assert law.error < 1e-5
    assert law.loss(1e7, 1e9) == pytest.approx(TRUE.loss(1e7, 1e9), rel=0.01)


def test_the_interval_of_noisy_points_holds_the_truth() -> None:
    found = interval(points(noise=0.005), count=40)
    for name in ("alpha", "beta"):
        low, high = found[name]
        assert low <= getattr(TRUE, name) <= high


def test_the_best_size_is_where_the_loss_is_lowest() -> None:
    compute = 1e17
    best = TRUE.best_parameters(compute)
    sizes = best * np.geomspace(0.2, 5, 401)
    losses = [TRUE.loss(n, compute / 6 / n) for n in sizes]
    assert sizes[int(np.argmin(losses))] == pytest.approx(best, rel=0.01)
    assert TRUE.tokens_per_parameter(compute) == pytest.approx(compute / 6 / best**2)


def test_too_few_points_are_refused() -> None:
    with pytest.raises(ValueError, match="at least five points, not 4"):
        fit(points()[:4])
