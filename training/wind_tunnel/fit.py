"""The scaling law of a wind tunnel: L(N, D) = C_N·N^-α + C_D·D^-β + L0 (MiniCPM, section 4.5).

N: parameters outside the embedding; D: tokens; L: loss in nats a byte, as Hu et al. (2024) take it. Fitted by
least squares over positive constants from many starts; the intervals come from refits of resampled points.
With few points close together α, β and L0 hardly tell each other apart, and the intervals show it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import OptimizeResult, least_squares

Vector = npt.NDArray[np.float64]
STARTS, FEW = 24, 4  # of a fit, and of one to a resample
RESAMPLES = 200


@dataclass(frozen=True, slots=True)
class Point:
    """A finished model."""

    parameters: float  # N
    tokens: float  # D
    loss: float


@dataclass(frozen=True, slots=True)
class Law:
    """A fitted law, and how far off it is on its own points."""

    c_n: float
    alpha: float
    c_d: float
    beta: float
    floor: float
    error: float  # root of the mean squared error

    def loss(self, parameters: float, tokens: float) -> float:
        """What it predicts."""
        return float(self.c_n * parameters**-self.alpha + self.c_d * tokens**-self.beta + self.floor)

    def best_parameters(self, compute: float) -> float:
        """The N with the lowest loss at C = 6·N·D floating-point operations (section 4.5).

        N_opt = K·(C/6)^(β/(α+β)) with K = (α·C_N / (β·C_D))^(1/(α+β)).
        """
        total = self.alpha + self.beta
        k = (self.alpha * self.c_n / (self.beta * self.c_d)) ** (1 / total)
        return float(k * (compute / 6) ** (self.beta / total))

    def tokens_per_parameter(self, compute: float) -> float:
        """D/N there."""
        parameters = self.best_parameters(compute)
        return float(compute / 6 / parameters**2)


def fit(points: Sequence[Point], seed: int = 0, starts: int = STARTS) -> Law:
    """The law that fits best, of so many starts. ValueError if there are fewer points than constants."""
    if len(points) < 5:
        raise ValueError(f"a law of five constants needs at least five points, not {len(points)}")
    choose = np.random.default_rng(seed)
    n, d, loss = (np.array([getattr(p, name) for p in points]) for name in ("parameters", "tokens", "loss"))
    # In units of the points' middle, so that both terms are of the size of what they explain.
    n0, d0 = float(np.exp(np.log(n).mean())), float(np.exp(np.log(d).mean()))
    found = min(
        (_from(start, n / n0, d / d0, loss) for start in _starts(choose, loss, starts)), key=lambda r: r.cost
    )
    a, alpha, b, beta, floor = np.exp(found.x)
    error = float(np.sqrt(np.mean(found.fun**2)))
    return Law(float(a * n0**alpha), float(alpha), float(b * d0**beta), float(beta), float(floor), error)


def interval(
    points: Sequence[Point], seed: int = 0, count: int = RESAMPLES
) -> dict[str, tuple[float, float]]:
    """The 95 % bootstrap intervals of α, β and L0."""
    choose = np.random.default_rng(seed)
    laws: list[Law] = []
    while len(laws) < count:
        drawn = [points[i] for i in choose.integers(0, len(points), len(points))]
        if len({(p.parameters, p.tokens) for p in drawn}) >= 5:
            laws.append(fit(drawn, seed, FEW))
    values = {name: [getattr(law, name) for law in laws] for name in ("alpha", "beta", "floor")}
    return {
        name: (float(np.quantile(found, 0.025)), float(np.quantile(found, 0.975)))
        for name, found in values.items()
    }


def _starts(choose: np.random.Generator, loss: Vector, count: int) -> Vector:
    """Logarithms of first guesses (count, 5)."""
    guesses = np.stack(
        [
            choose.uniform(0.02, 0.6, count) * loss.min(),
            choose.uniform(0.1, 0.8, count),
            choose.uniform(0.02, 0.6, count) * loss.min(),
            choose.uniform(0.1, 0.8, count),
            choose.uniform(0.2, 0.95, count) * loss.min(),
        ],
        axis=1,
    )
    return np.asarray(np.log(guesses))


def _from(start: Vector, n: Vector, d: Vector, loss: Vector) -> OptimizeResult:
    def residuals(logs: Vector) -> Vector:
        a, alpha, b, beta, floor = np.exp(logs)
        return np.asarray(a * n**-alpha + b * d**-beta + floor - loss)

    def slopes(logs: Vector) -> Vector:
        a, alpha, b, beta, floor = np.exp(logs)
        first, second = a * n**-alpha, b * d**-beta
        parts = (first, -alpha * np.log(n) * first, second, -beta * np.log(d) * second, floor + 0 * loss)
        return np.stack(parts, axis=1)

    return least_squares(residuals, start, slopes, method="trf", bounds=(-25, 5), max_nfev=200)
