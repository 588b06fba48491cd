"""Trains a planner adapter; can be stopped at any moment and goes on where it was.

One optimizer step is one or more batches of like-long examples, with the gradient of the mean over all their
plans' tokens; several processes share the batches of a step and come to the same result.
"""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from training.finetune import checkpoint
from training.finetune.base import PlanLosses, plan_losses
from training.finetune.batches import Encoded, batches
from training.finetune.rounds import Rounds
from training.runs.logs import DEVELOPMENT, LOSS, Measured, Progress, append, forget_after
from training.runs.refused import RunRefused
from training.runs.workers import Workers
from training.schedules import wsd


@dataclass(frozen=True, slots=True)
class Settings:
    """How to train."""

    steps: int
    learning_rate: float = 1e-3
    rank: int = 32
    alpha: int = 64
    seed: int = 0
    batches: int = 1  # of a step; a multiple of the number of processes
    clip: float = 1.0
    warmup: int = 30  # steps
    checkpoint_every: int = 100
    measure_every: int = 200  # steps between two looks at the development examples


class Trainer:
    """One run in a folder. `development` examples are looked at now and then, and never trained on."""

    def __init__(
        self,
        model: Any,
        examples: Sequence[Encoded],
        settings: Settings,
        folder: Path,
        development: Sequence[Encoded] = (),
    ) -> None:
        self._workers = Workers()
        if settings.batches % self._workers.count:
            raise RunRefused(
                f"{self._workers.count} processes can't share {settings.batches} batches a step evenly"
            )
        if (folder / checkpoint.CHECKPOINT).exists():
            _check_same(read_settings(folder), settings, folder)
        self._model, self._examples = model.to(self._workers.device), examples
        self._settings, self._folder = settings, folder
        self._development, self._rounds = development, Rounds(examples, settings.seed)
        self._trained = {n: p for n, p in model.named_parameters() if p.requires_grad}
        self._optimizer = torch.optim.AdamW(
            self._trained.values(), lr=settings.learning_rate, betas=(0.9, 0.98), weight_decay=0.0
        )
        self.step = 0
        self.is_first = self._workers.is_first
        if self.is_first:
            folder.mkdir(parents=True, exist_ok=True)
            text = json.dumps(asdict(settings), indent=2)
            (folder / "settings.json").write_text(text + "\n", encoding="utf-8")

    def run(self, report: Callable[[Progress], None], until: Callable[[], bool] = lambda: False) -> None:
        """Train to the last step, or till `until` says stop; a checkpoint is left in any case."""
        self._resume()
        self._model.train()
        count = self._settings.batches
        batches_left = self._rounds.batches(self.step * count)
        try:
            while self.step < self._settings.steps and not until():
                progress = self._train(list(itertools.islice(batches_left, count)))
                if self.is_first:
                    self._after(progress)
                    report(progress)
        finally:
            self._save()
        self._workers.wait()

    def measure(self) -> Measured:
        """What the model makes of the development examples now."""
        chosen = batches(self._development, range(len(self._development)), "development")
        with torch.no_grad():
            seen = [self._losses([self._development[i] for i in batch]) for batch in chosen]
        sums, counts, wrong = (torch.cat([getattr(s, n) for s in seen]) for n in ("sums", "counts", "wrong"))
        exact = (wrong == 0).float().mean().item()
        return Measured(self.step, (sums.sum() / counts.sum()).item(), exact)

    def _train(self, step: Sequence[Sequence[int]]) -> Progress:
        """One optimizer step on these batches."""
        began = time.perf_counter()
        rate = self._set_rate()
        examples = [self._examples[i] for batch in step for i in batch]
        count = sum(len(example.tokens) - example.start for example in examples)
        seen: list[tuple[list[int], list[float]]] = []
        for batch in self._workers.share(step):
            losses = self._losses([self._examples[i] for i in batch])
            torch.autograd.backward(losses.sums.sum() / count)
            seen.append((list(batch), losses.sums.tolist()))
        self._workers.add_up(list(self._trained.values()))
        torch.nn.utils.clip_grad_norm_(self._trained.values(), self._settings.clip)
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)
        self.step += 1
        seen = self._workers.collect(seen)
        for batch, sums in seen:
            self._rounds.note(batch, sums)
        loss = sum(sum(sums) for _, sums in seen) / count
        tokens = sum(len(example.tokens) for example in examples)
        return Progress(self.step, loss, rate, tokens, time.perf_counter() - began)

    def _set_rate(self) -> float:
        settings = self._settings
        rate = settings.learning_rate * wsd(self.step, settings.steps, warmup=settings.warmup)
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        return rate

    def _losses(self, examples: Sequence[Encoded]) -> PlanLosses:
        device = self._workers.device
        tokens, starts, ends = (tensor.to(device) for tensor in collate(examples))
        with torch.autocast(device.type, dtype=torch.bfloat16):
            return plan_losses(self._model, tokens, starts, ends)

    def _after(self, progress: Progress) -> None:
        """Log a step, and what is due after it."""
        append(self._folder / LOSS, progress)
        if self._development and self._is_time(self._settings.measure_every):
            append(self._folder / DEVELOPMENT, self.measure())
        if self._is_time(self._settings.checkpoint_every):
            self._save()

    def _is_time(self, every: int) -> bool:
        return self.step % every == 0 or self.step == self._settings.steps

    def _save(self) -> None:
        if self.is_first:
            path = self._folder / checkpoint.CHECKPOINT
            checkpoint.save(path, self.step, self._trained, self._optimizer, self._rounds)

    def _resume(self) -> None:
        path = self._folder / checkpoint.CHECKPOINT
        if not path.exists():
            return
        self.step = checkpoint.restore(path, self._trained, self._optimizer, self._rounds)
        if self.is_first:
            for name in (LOSS, DEVELOPMENT):
                forget_after(self._folder / name, self.step)


def read_settings(folder: Path) -> Settings:
    """The settings of a run. RunRefused if they are not those of this version's runs."""
    path = folder / "settings.json"
    try:
        return Settings(**json.loads(path.read_text(encoding="utf-8")))
    except (TypeError, ValueError) as error:
        raise RunRefused(f"{path} was not written by this version: take another folder") from error


def _check_same(before: Settings, now: Settings, folder: Path) -> None:
    """A run may be made longer: its stable phase need not know the end. Nothing else may change."""
    for name, value in asdict(before).items():
        if name != "steps" and getattr(now, name) != value:
            raise RunRefused(
                f"the run in {folder} was begun with {name} {value}, not {getattr(now, name)}; "
                "take another folder, or the same settings"
            )


def collate(examples: Sequence[Encoded]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Tokens (B, T) padded with 0, starts of the plans (B,), lengths (B,)."""
    longest = max(len(example.tokens) for example in examples)
    tokens = torch.zeros(len(examples), longest, dtype=torch.long)
    for row, example in enumerate(examples):
        tokens[row, : len(example.tokens)] = torch.tensor(example.tokens)
    starts = torch.tensor([example.start for example in examples])
    ends = torch.tensor([len(example.tokens) for example in examples])
    return tokens, starts, ends
