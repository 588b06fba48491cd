"""E3: WSD against cosine at three lengths, and how much of a run the decay needs.

The claims to examine (MiniCPM, arXiv 2404.06395, section 4): one stable run gives a model of every length,
each as good as a cosine of exactly that length; a decay of a tenth of the steps is enough, a fortieth is not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.experiments.jobs import Decayed, Job, Report, Row, carry_out
from training.pretrain.config import RunConfig

SHARES = (0.025, 0.1, 0.2)


@dataclass(frozen=True, slots=True)
class Size:
    """How large the experiment is."""

    lengths: tuple[int, ...]  # steps
    seeds: int
    rate: float
    model: dict[str, Any]
    data: dict[str, Any]

    @classmethod
    def full(cls) -> Size:
        """The size whose results are worth reporting."""
        model = {"width": 128, "layers": 4, "heads": 4, "kv_heads": 4, "hidden": 352}
        return cls((200, 400, 800), 3, 3e-3, model, {"length": 256, "batch": 16, "micro_batch": 16})

    @classmethod
    def quick(cls) -> Size:
        """Seconds, to see that it works."""
        model = {"width": 32, "layers": 1, "heads": 2, "kv_heads": 2, "hidden": 64}
        return cls((8, 12, 16), 2, 3e-3, model, {"length": 32, "batch": 4, "micro_batch": 4})


def experiment(train: Path, vocabulary: int, folder: Path, size: Size, report: Report) -> list[Row]:
    """The rows of all finished models; the stable runs themselves are no finished models."""
    jobs = [job for seed in range(size.seeds) for job in _jobs(train, size, seed)]
    rows = carry_out(jobs, vocabulary, folder, report)
    return [row for row in rows if row["schedule"] != "stable"]


def _jobs(train: Path, size: Size, seed: int) -> Iterator[Job]:
    """The stable run of a seed, then for each length a cosine and the decays from the stable run."""
    points = {(total, share): _begin(total, share) for total in size.lengths for share in SHARES}
    last = max(points.values())
    config = _config(train, size, seed, last + 1, {"name": "wsd", "decay": 1 / (last + 1)})
    config["keep"] = sorted(set(points.values()))
    stable = f"stable-{seed}"
    yield Job(stable, RunConfig.model_validate(config), {"schedule": "stable", "seed": seed})
    for total in size.lengths:
        labels: dict[str, str | float] = {"schedule": "cosine", "steps": total, "share": 1.0, "seed": seed}
        wanted = RunConfig.model_validate(_config(train, size, seed, total, {"name": "cosine"}))
        yield Job(f"cosine-{total}-{seed}", wanted, labels)
        for share in SHARES:
            labels = {"schedule": "wsd", "steps": total, "share": share, "seed": seed}
            yield Job(f"wsd-{total}-{share}-{seed}", Decayed(stable, points[total, share], share), labels)


def _begin(total: int, share: float) -> int:
    """The step after which a run of so many steps decays."""
    return total - max(1, round(total * share))


def _config(train: Path, size: Size, seed: int, steps: int, schedule: dict[str, Any]) -> dict[str, Any]:
    return {
        "steps": steps,
        "seed": seed,
        "measure_every": 10**6,  # at the end only
        "checkpoint_every": 100,
        "model": size.model,
        "data": {"train": train, **size.data},
        "optimizer": {"learning_rate": size.rate},
        "schedule": {"warmup": max(1, size.lengths[0] // 10), **schedule},
    }
