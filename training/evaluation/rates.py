"""A success rate with its 95 % confidence interval, as every report of this project states one."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

Z_95 = NormalDist().inv_cdf(0.975)  # two-sided 95 %


@dataclass(frozen=True, slots=True)
class Rate:
    """`successes` of `n` trials."""

    successes: int
    n: int

    @property
    def value(self) -> float:
        """The share of successes; 0 of 0 is 0."""
        return self.successes / self.n if self.n else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % score interval; unlike the normal one it holds for few trials and near 0 and 1."""
        if not self.n:
            return 0.0, 1.0
        z2 = Z_95**2
        centre = (self.value + z2 / (2 * self.n)) / (1 + z2 / self.n)
        spread = Z_95 / (1 + z2 / self.n) * sqrt((self.value * (1 - self.value) + z2 / (4 * self.n)) / self.n)
        return max(0.0, centre - spread), min(1.0, centre + spread)

    def json(self) -> dict[str, object]:
        """As data: rate, interval, counts."""
        return {"rate": self.value, "ci95": list(self.interval), "successes": self.successes, "n": self.n}

    def __str__(self) -> str:
        low, high = self.interval
        return f"{self.value:.1%} [{low:.1%}, {high:.1%}]"
