"""Trains a planner adapter; can be stopped at any moment and goes on where it was.

One optimizer step a batch of like-long examples, gradients of the mean over the plans' tokens. Checkpoints
hold adapter, optimizer and position, are written atomically, and hold tensors only (safetensors, no pickle).
"""

from __future__ import annotations

import csv
import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from training.finetune.base import plan_loss
from training.finetune.batches import Encoded, batches
from training.finetune.schedule import wsd

CHECKPOINT = "checkpoint.safetensors"


@dataclass(frozen=True, slots=True)
class Settings:
    """How to train."""

    steps: int
    learning_rate: float = 1e-3
    rank: int = 32
    alpha: int = 64
    seed: int = 0
    clip: float = 1.0
    warmup: int = 30  # steps
    checkpoint_every: int = 100


@dataclass(frozen=True, slots=True)
class Progress:
    """One step, as it is logged."""

    step: int
    loss: float  # mean over the plans' tokens, nats
    learning_rate: float
    tokens: int
    seconds: float


class Trainer:
    """One run in a folder."""

    def __init__(self, model: Any, examples: Sequence[Encoded], settings: Settings, folder: Path) -> None:
        self._model, self._examples, self._settings, self._folder = model, examples, settings, folder
        self._trained = {n: p for n, p in model.named_parameters() if p.requires_grad}
        self._optimizer = torch.optim.AdamW(
            self._trained.values(),
            lr=settings.learning_rate,
            betas=(0.9, 0.98),
            weight_decay=0.0,
        )
        self.step = 0
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "settings.json").write_text(json.dumps(asdict(settings), indent=2) + "\n", encoding="utf-8")

    def run(self, report: Callable[[Progress], None], until: Callable[[], bool] = lambda: False) -> None:
        """Train to the last step, or till `until` says stop; a checkpoint is left in any case."""
        self._resume()
        self._model.train()
        try:
            for batch in self._order():
                if self.step >= self._settings.steps or until():
                    break
                progress = self._train(batch)
                self._log(progress)
                report(progress)
                if self.step % self._settings.checkpoint_every == 0:
                    self.save()
        finally:
            self.save()

    def _order(self) -> Iterator[list[int]]:
        """The batches that are left, epoch after epoch."""
        done, epoch = 0, 0
        while True:
            for batch in batches(self._examples, self._settings.seed, epoch):
                if done >= self.step:
                    yield batch
                done += 1
            epoch += 1

    def _train(self, batch: Sequence[int]) -> Progress:
        began = time.perf_counter()
        rate = self._settings.learning_rate * wsd(
            self.step, self._settings.steps, warmup=self._settings.warmup
        )
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        tokens, starts, ends = collate([self._examples[i] for i in batch])
        with torch.autocast("cpu", dtype=torch.bfloat16):
            loss, count = plan_loss(self._model, tokens, starts, ends)
        mean = loss / count
        torch.autograd.backward(mean)
        torch.nn.utils.clip_grad_norm_(self._trained.values(), self._settings.clip)
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)
        self.step += 1
        return Progress(self.step, mean.item(), rate, int(ends.sum()), time.perf_counter() - began)

    def _log(self, progress: Progress) -> None:
        path = self._folder / "loss.csv"
        new = not path.exists()
        with path.open("a", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, fieldnames=list(asdict(progress)))
            if new:
                writer.writeheader()
            writer.writerow(asdict(progress))

    def _forget_after(self, step: int) -> None:
        """Steps after the checkpoint are lost with a kill and will be made again: their lines go."""
        path = self._folder / "loss.csv"
        if not path.exists():
            return
        header, *rows = path.read_text(encoding="utf-8").splitlines(keepends=True)
        kept = [row for row in rows if row.endswith("\n") and int(row.partition(",")[0]) <= step]
        temporary = path.with_suffix(".tmp")
        temporary.write_text("".join([header, *kept]), encoding="utf-8", newline="")
        temporary.replace(path)

    def save(self) -> None:
        """Write the checkpoint: complete or not at all."""
        tensors = {f"adapter.{name}": p.detach().contiguous() for name, p in self._trained.items()}
        for name, parameter in self._trained.items():
            for key, value in self._optimizer.state.get(parameter, {}).items():
                tensors[f"optimizer.{key}.{name}"] = value.detach().contiguous()
        path = self._folder / CHECKPOINT
        temporary = path.with_suffix(".tmp")
        save_file(tensors, temporary, metadata={"step": str(self.step)})
        temporary.replace(path)

    def _resume(self) -> None:
        path = self._folder / CHECKPOINT
        if not path.exists():
            return
        tensors, self.step = load_file(path), read_step(path)
        self._forget_after(self.step)
        for name, parameter in self._trained.items():
            parameter.data.copy_(tensors[f"adapter.{name}"])
            found = {
                key: tensors[f"optimizer.{key}.{name}"]
                for key in ("step", "exp_avg", "exp_avg_sq")
                if f"optimizer.{key}.{name}" in tensors
            }
            if found:
                self._optimizer.state[parameter] = found


def read_settings(folder: Path) -> Settings:
    """The settings of a run."""
    return Settings(**json.loads((folder / "settings.json").read_text(encoding="utf-8")))


def read_step(path: Path) -> int:
    """The step at which a checkpoint was written."""
    with safe_open(path, "pt") as file:
        return int(file.metadata()["step"])


def collate(examples: Sequence[Encoded]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Tokens (B, T) padded with 0, starts of the plans (B,), lengths (B,)."""
    longest = max(len(example.tokens) for example in examples)
    tokens = torch.zeros(len(examples), longest, dtype=torch.long)
    for row, example in enumerate(examples):
        tokens[row, : len(example.tokens)] = torch.tensor(example.tokens)
    starts = torch.tensor([example.start for example in examples])
    ends = torch.tensor([len(example.tokens) for example in examples])
    return tokens, starts, ends
