"""A small corpus of tokens and a small run for the tests of pre-training; also one of two processes."""

from __future__ import annotations

import random
import sys
from pathlib import Path
from typing import Any

from training.pretrain import shards
from training.pretrain.config import RunConfig
from training.pretrain.run import Pretraining, Step
from training.runs.workers import Workers

VOCABULARY = 32
END = 0


def corpus(folder: Path) -> Path:
    """Text in which each letter depends on the one before: there is something to learn."""
    choose = random.Random(4)
    for name, documents in (("train", 60), ("valid", 8)):
        texts = []
        for _ in range(documents):
            letters = [choose.randrange(1, VOCABULARY)]
            for _ in range(40):
                letters.append((letters[-1] * 3 + choose.randrange(3)) % (VOCABULARY - 1) + 1)
            texts.append("".join(chr(96 + letter) for letter in letters))
        shards.write(texts, lambda text: [ord(c) - 96 for c in text], END, "none", folder / name)
    return folder / "train"


def config(train: Path, **changes: Any) -> RunConfig:
    """A run of seconds. Changes of a table's values are dictionaries."""
    data: dict[str, Any] = {
        "steps": 8,
        "measure_every": 4,
        "checkpoint_every": 3,
        "model": {"width": 16, "layers": 2, "heads": 2, "kv_heads": 1, "hidden": 24},
        "data": {"train": train, "length": 16, "batch": 8, "micro_batch": 4},
        "optimizer": {"learning_rate": 1e-2, "rank": 4, "update_gap": 3, "history": 2},
        "schedule": {"warmup": 2, "decay": 0.25},
    }
    for name, value in changes.items():
        data[name] = data[name] | value if isinstance(value, dict) else value
    return RunConfig.model_validate(data)


def trained(wanted: RunConfig, folder: Path, stop: int | None = None) -> list[Step]:
    """The steps of a run, or of its part up to `stop`."""
    seen: list[Step] = []
    run = Pretraining(wanted, VOCABULARY, folder)
    run.run(seen.append, lambda: run.step == stop)
    return seen


if __name__ == "__main__":
    if Workers().count != 2:
        sys.exit(f"{Workers().count} processes work together, not 2")
    trained(config(Path(sys.argv[1])), Path(sys.argv[2]))
