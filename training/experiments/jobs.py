"""The runs of an experiment, one after the other; what is finished is not run again.

Each is a folder of `training.pretrain.run`. Its row has the labels that the experiment gave it and what the
run said of itself. A run that diverged is a row, too: that is a result.
"""

from __future__ import annotations

import contextlib
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.pretrain.branch import decayed
from training.pretrain.config import RunConfig
from training.pretrain.run import FAILED, Diverged, Pretraining
from training.pretrain.summary import CONFIG, SUMMARY

Row = dict[str, Any]
Report = Callable[[str, int, int], None]
"""Hears a run's name, its step and its steps."""


@dataclass(frozen=True, slots=True)
class Decayed:
    """Where a run begins that decays from another's checkpoint."""

    source: str  # name of the other job
    step: int
    share: float  # of all its steps


@dataclass(frozen=True, slots=True)
class Job:
    """One run: by a configuration, or the end of another job's."""

    name: str  # of its folder
    start: RunConfig | Decayed
    labels: dict[str, str | float]


def carry_out(jobs: Sequence[Job], vocabulary: int, folder: Path, report: Report) -> list[Row]:
    """The rows of all jobs, in order; one that another decays from comes before it."""
    return [_carried_out(job, vocabulary, folder, report) for job in jobs]


def _carried_out(job: Job, vocabulary: int, runs: Path, report: Report) -> Row:
    folder = runs / job.name
    if not (folder / SUMMARY).exists() and not (folder / FAILED).exists():
        config = _config(job.start, runs, folder)
        with contextlib.suppress(Diverged):
            run = Pretraining(config, vocabulary, folder)
            run.run(lambda step: report(job.name, step.step, config.steps))
    if (folder / FAILED).exists():
        return {"run": job.name, **job.labels, "valid_loss": math.inf}
    facts: Row = json.loads((folder / SUMMARY).read_text(encoding="utf-8"))
    return {"run": job.name, **job.labels, **facts}


def _config(start: RunConfig | Decayed, runs: Path, folder: Path) -> RunConfig:
    if isinstance(start, RunConfig):
        return start
    begun = folder / CONFIG
    if begun.exists():
        return RunConfig.model_validate_json(begun.read_text(encoding="utf-8"))
    return decayed(runs / start.source, start.step, start.share, folder)
