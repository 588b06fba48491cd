"""The runs of a wind tunnel: does the learning rate transfer, which batch is good, what law do losses follow?

Three grids of tiny models on the same tokens (MiniCPM, Hu et al. 2024, sections 3 and 4):

- rates: each width at each learning rate, with the multipliers of the paper's table 7 and without them;
- batches: the middle width at each batch size and learning rate, at equal tokens;
- law: for each size one stable run, and decays from it at several lengths, at the first grid's best rate.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.experiments.jobs import Decayed, Job, Report, Row, carry_out
from training.pretrain.config import ModelConfig, RunConfig
from training.pretrain.model import build, count

HEAD = 16  # width of an attention head
SHARE = 0.1  # of a run that decays


@dataclass(frozen=True, slots=True)
class Grid:
    """How large the wind tunnel is."""

    shapes: tuple[tuple[int, int], ...]  # width and layers
    rates: tuple[float, ...]
    rate_steps: int
    batches: tuple[int, ...]  # sequences
    multiples: tuple[int, ...]  # tokens a parameter at which the law is measured
    length: int
    batch: int

    @classmethod
    def full(cls) -> Grid:
        """The size whose results are worth reporting."""
        return cls(
            shapes=((32, 4), (48, 5), (64, 6), (96, 8)),
            rates=(2.5e-3, 5e-3, 1e-2, 2e-2, 4e-2),
            rate_steps=200,
            batches=(4, 16, 64),
            multiples=(10, 20, 30, 40, 60),
            length=128,
            batch=16,
        )

    @classmethod
    def quick(cls) -> Grid:
        """Seconds, to see that it works."""
        return cls(((16, 1), (32, 1)), (5e-3, 1e-2), 6, (4, 8), (1, 2, 3), 32, 8)

    @property
    def base_width(self) -> int:
        """The width at which the multipliers are 1: the smallest."""
        return min(width for width, _ in self.shapes)


def experiment(train: Path, vocabulary: int, folder: Path, grid: Grid, report: Report) -> list[Row]:
    """The rows of all three grids; `grid` says of which each is."""
    rows = carry_out(list(_rates(train, grid)), vocabulary, folder, report)
    best = best_rate(rows, grid.base_width, mup=True)
    rows += carry_out(list(_batches(train, grid, best)), vocabulary, folder, report)
    for shape in grid.shapes:
        jobs = list(_law(train, vocabulary, grid, shape, best))
        rows += [row for row in carry_out(jobs, vocabulary, folder, report) if row["grid"] == "law"]
    return rows


def best_rate(rows: Sequence[Row], width: int, *, mup: bool) -> float:
    """The learning rate of a width with the lowest validation loss."""
    found = [r for r in rows if r["grid"] == "rates" and r["width"] == width and r["mup"] == float(mup)]
    return float(min(found, key=lambda row: row["valid_loss"] or math.inf)["learning_rate"])


def _rates(train: Path, grid: Grid) -> Iterator[Job]:
    for mup in (True, False):
        for width, layers in grid.shapes:
            for rate in grid.rates:
                config = _config(
                    train, grid, _shape(grid, width, layers, mup=mup), grid.rate_steps, rate, grid.batch
                )
                labels: dict[str, str | float] = {
                    "grid": "rates",
                    "mup": float(mup),
                    "width": width,
                    "learning_rate": rate,
                }
                yield Job(f"rates-{'mup' if mup else 'plain'}-{width}-{rate:g}", config, labels)


def _batches(train: Path, grid: Grid, best: float) -> Iterator[Job]:
    width, layers = grid.shapes[len(grid.shapes) // 2]
    tokens = grid.rate_steps * grid.batch
    for batch in grid.batches:
        for factor in (0.5, 1.0, 2.0):
            shape = _shape(grid, width, layers, mup=True)
            config = _config(train, grid, shape, max(1, tokens // batch), best * factor, batch)
            labels: dict[str, str | float] = {
                "grid": "batches",
                "width": width,
                "batch": batch,
                "learning_rate": best * factor,
            }
            yield Job(f"batches-{batch}-{factor:g}", config, labels)


def _law(train: Path, vocabulary: int, grid: Grid, shape: tuple[int, int], best: float) -> Iterator[Job]:
    width, layers = shape
    model = _shape(grid, width, layers, mup=True)
    _, inner = count(build(ModelConfig.model_validate(model), vocabulary, grid.length, 0))
    totals = {m: max(2, round(m * inner / (grid.batch * grid.length))) for m in grid.multiples}
    begins = {m: total - max(1, round(total * SHARE)) for m, total in totals.items()}
    last = max(begins.values())
    config = _config(
        train, grid, model, last + 1, best, grid.batch, decay=1 / (last + 1), keep=begins.values()
    )
    stable = f"law-{width}-stable"
    yield Job(stable, config, {"grid": "stable"})
    for multiple, total in totals.items():
        labels: dict[str, str | float] = {
            "grid": "law",
            "width": width,
            "parameters_inside": inner,
            "tokens": total * grid.batch * grid.length,
        }
        yield Job(f"law-{width}-{multiple}", Decayed(stable, begins[multiple], SHARE), labels)


def _shape(grid: Grid, width: int, layers: int, *, mup: bool) -> dict[str, Any]:
    heads = max(1, width // HEAD)
    shape = {"width": width, "layers": layers, "heads": heads, "kv_heads": heads, "hidden": width * 5 // 2}
    if not mup:
        return shape
    return {**shape, "mup": True, "base_width": grid.base_width, "init": 0.1}


def _config(
    train: Path,
    grid: Grid,
    model: dict[str, Any],
    steps: int,
    rate: float,
    batch: int,
    *,
    decay: float = SHARE,
    keep: Any = (),
) -> RunConfig:
    return RunConfig.model_validate(
        {
            "steps": steps,
            "measure_every": 10**6,  # at the end only
            "checkpoint_every": 500,
            "keep": sorted(set(keep)),
            "model": model,
            "data": {"train": train, "length": grid.length, "batch": batch, "micro_batch": batch},
            "optimizer": {"learning_rate": rate},
            "schedule": {"warmup": min(20, max(1, steps // 10)), "decay": decay},
        }
    )
