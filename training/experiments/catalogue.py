"""The experiments by name: what each runs, and how its results are written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from training.experiments import lengths, lengths_report, optimizers, optimizers_report
from training.experiments.jobs import Report
from training.wind_tunnel import grid
from training.wind_tunnel import report as grid_report

Conduct = Callable[[Path, int, Path, bool, Report], str]
"""Training tokens, vocabulary, folder of the results, in small, whom to tell -> tables in Markdown."""


@dataclass(frozen=True, slots=True)
class Experiment:
    """One experiment."""

    title: str
    conduct: Conduct


def _optimizers(train: Path, vocabulary: int, out: Path, quick: bool, report: Report) -> str:
    size = optimizers.Size.quick() if quick else optimizers.Size.full()
    rows = optimizers.experiment(train, vocabulary, out / "runs", size, report)
    return optimizers_report.write(rows, out / "runs", out)


def _lengths(train: Path, vocabulary: int, out: Path, quick: bool, report: Report) -> str:
    size = lengths.Size.quick() if quick else lengths.Size.full()
    rows = lengths.experiment(train, vocabulary, out / "runs", size, report)
    return lengths_report.write(rows, out)


def _wind_tunnel(train: Path, vocabulary: int, out: Path, quick: bool, report: Report) -> str:
    size = grid.Grid.quick() if quick else grid.Grid.full()
    rows = grid.experiment(train, vocabulary, out / "runs", size, report)
    return grid_report.write(rows, out)


EXPERIMENTS = {
    "optimizers": Experiment("Pre-training by AdamW, LoRA, GaLore and Natural GaLore", _optimizers),
    "lengths": Experiment("WSD against cosine at three lengths", _lengths),
    "wind-tunnel": Experiment("Learning rates, batches and the scaling law of tiny models", _wind_tunnel),
}
