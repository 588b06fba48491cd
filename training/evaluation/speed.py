"""How fast the plans of a run were made: from the figures that each prediction carries."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Speed:
    """Milliseconds of each plan, and what its tokens cost."""

    plan_ms: tuple[float, ...]
    generated: int
    forward_passes: int

    @classmethod
    def of(cls, predictions: Iterable[Mapping[str, Any]]) -> Speed:
        """From predictions as `tinyagent plan --json` prints them; failed ones carry no figures."""
        found = [p for p in predictions if "plan_ms" in p.get("timings", {})]
        tokens = [p.get("tokens", {}) for p in found]
        return cls(
            tuple(float(p["timings"]["plan_ms"]) for p in found),
            sum(t.get("generated", 0) for t in tokens),
            sum(t.get("forward_passes", 0) for t in tokens),
        )

    @property
    def median_ms(self) -> float:
        """The median time of a plan, 0 if there is none."""
        return statistics.median(self.plan_ms) if self.plan_ms else 0.0

    @property
    def p90_ms(self) -> float:
        """Nine of ten plans took no longer."""
        return quantile(self.plan_ms, 0.9)

    @property
    def passes_per_token(self) -> float:
        """Calls of the network for each token of a plan; a forced token needs none of its own."""
        return self.forward_passes / self.generated if self.generated else 0.0

    def json(self) -> dict[str, object]:
        """As data."""
        return {
            "plans": len(self.plan_ms),
            "median_ms": self.median_ms,
            "p90_ms": self.p90_ms,
            "generated_tokens": self.generated,
            "forward_passes": self.forward_passes,
            "passes_per_token": self.passes_per_token,
        }

    def __str__(self) -> str:
        if not self.plan_ms:
            return "no plan was timed"
        return (
            f"{len(self.plan_ms)} plans: median {self.median_ms / 1000:.2f} s, "
            f"p90 {self.p90_ms / 1000:.2f} s, {self.passes_per_token:.2f} forward passes a token"
        )


def quantile(values: Sequence[float], share: float) -> float:
    """Between the neighbouring values, as numpy's default does; 0 of none."""
    if not values:
        return 0.0
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = ordered[int(place)]
    above = ordered[min(int(place) + 1, len(ordered) - 1)]
    return below + (above - below) * (place - int(place))
