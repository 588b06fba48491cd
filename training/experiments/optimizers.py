"""E1: pre-training by AdamW, LoRA, GaLore and Natural GaLore at equal tokens.

The claim to examine (arXiv 2410.16029): Natural GaLore is below GaLore at equal steps, most when steps are
few. The learning rate is swept for each method with one seed, then the best one is run with all seeds. Same
model, same order of the same data, same schedule; memory is counted, not computed by a formula.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.experiments.jobs import Job, Report, Row, carry_out
from training.pretrain.config import RunConfig

METHODS: dict[str, dict[str, Any]] = {
    "AdamW": {"name": "adamw"},
    "LoRA": {"name": "lora"},
    "GaLore": {"name": "galore"},
    "Natural GaLore": {"name": "natural-galore"},
    "Natural GaLore, paper's form": {
        "name": "natural-galore",
        "history": 20,
        "damping": 1e-3,
        "relative": False,
        "on_change": "keep",
        "side": "both",
    },
}
RATES: dict[str, tuple[float, ...]] = {
    "AdamW": (1e-3, 3e-3, 1e-2),
    "LoRA": (1e-3, 3e-3, 1e-2),
    "GaLore": (4e-3, 1.2e-2, 4e-2),
    "Natural GaLore": (4e-3, 1.2e-2, 4e-2),
    "Natural GaLore, paper's form": (4e-3, 1.2e-2, 4e-2),
}


@dataclass(frozen=True, slots=True)
class Size:
    """How large the experiment is."""

    steps: int
    seeds: int
    rates: int  # of each method, from the middle
    model: dict[str, Any]
    data: dict[str, Any]
    rank: int

    @classmethod
    def full(cls) -> Size:
        """The size whose results are worth reporting."""
        model = {"width": 192, "layers": 6, "heads": 6, "kv_heads": 6, "hidden": 512}
        return cls(400, 3, 3, model, {"length": 256, "batch": 24, "micro_batch": 24}, 48)

    @classmethod
    def quick(cls) -> Size:
        """Seconds, to see that it works."""
        model = {"width": 32, "layers": 1, "heads": 2, "kv_heads": 2, "hidden": 64}
        return cls(6, 2, 1, model, {"length": 32, "batch": 4, "micro_batch": 4}, 8)


def experiment(train: Path, vocabulary: int, folder: Path, size: Size, report: Report) -> list[Row]:
    """All runs' rows: those of the sweep, and those of the best learning rates with the other seeds."""
    sweep = [
        _job(train, size, method, rate, 0)
        for method in METHODS
        for rate in _middle(RATES[method], size.rates)
    ]
    rows = carry_out(sweep, vocabulary, folder, report)
    best = {method: best_rate(rows, method) for method in METHODS}
    more = [
        _job(train, size, method, best[method], seed) for method in METHODS for seed in range(1, size.seeds)
    ]
    return rows + carry_out(more, vocabulary, folder, report)


def best_rate(rows: Sequence[Row], method: str) -> float:
    """The learning rate of a method with the lowest validation loss of seed 0."""
    found = [row for row in rows if row["method"] == method and row["seed"] == 0]
    return float(min(found, key=lambda row: row.get("valid_loss") or math.inf)["learning_rate"])


def _job(train: Path, size: Size, method: str, rate: float, seed: int) -> Job:
    config = RunConfig.model_validate(
        {
            "steps": size.steps,
            "seed": seed,
            "measure_every": max(1, size.steps // 16),
            "checkpoint_every": 100,
            "model": size.model,
            "data": {"train": train, **size.data},
            "optimizer": {"learning_rate": rate, "rank": size.rank, "update_gap": 50, **METHODS[method]},
            "schedule": {"warmup": max(1, size.steps // 20), "decay": 0.2},
        }
    )
    words = "".join(c if c.isalnum() else "-" for c in method.lower())
    labels: dict[str, str | float] = {"method": method, "learning_rate": rate, "seed": seed}
    return Job(f"{words}-{rate:g}-{seed}", config, labels)


def _middle(rates: Sequence[float], count: int) -> Sequence[float]:
    first = (len(rates) - count) // 2
    return rates[first : first + count]
