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

from training.pretrain.config import RunConfig
from training.pretrain.run import FAILED, Diverged, Pretraining
from training.pretrain.summary import SUMMARY

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Job:
    """One run."""

    name: str  # of its folder
    config: RunConfig
    labels: dict[str, str | float]


def carry_out(
    jobs: Sequence[Job], vocabulary: int, folder: Path, report: Callable[[str, int, int], None]
) -> list[Row]:
    """The rows of all jobs, in order. `report` hears a run's name, its step and its steps."""
    return [_carried_out(job, vocabulary, folder / job.name, report) for job in jobs]


def _carried_out(job: Job, vocabulary: int, folder: Path, report: Callable[[str, int, int], None]) -> Row:
    if not (folder / SUMMARY).exists() and not (folder / FAILED).exists():
        total = job.config.steps
        with contextlib.suppress(Diverged):
            Pretraining(job.config, vocabulary, folder).run(lambda step: report(job.name, step.step, total))
    if (folder / FAILED).exists():
        return {"run": job.name, **job.labels, "valid_loss": math.inf}
    facts: Row = json.loads((folder / SUMMARY).read_text(encoding="utf-8"))
    return {"run": job.name, **job.labels, **facts}
