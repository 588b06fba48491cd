"""Pre-trains a model as a configuration says; can be stopped at any moment and goes on where it was.

A run is a folder: config.json, loss.csv, valid.csv, last.safetensors, checkpoints that stay, summary.json. A
step's data depend only on its number, so a run that goes on, and one that decays from another's checkpoint,
see what an unbroken one sees. Several processes share the sequences of a step and come to the same result.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from training.pretrain import checkpoint
from training.pretrain.config import RunConfig
from training.pretrain.model import build
from training.pretrain.optimizers import make, prepared
from training.pretrain.rates import rate
from training.pretrain.shards import Shard, Windows
from training.pretrain.summary import CONFIG, LOSS, VALID, summarise
from training.runs.logs import append, forget_after
from training.runs.refused import RunRefused
from training.runs.workers import Workers

FAILED = "failed.json"
MAY_CHANGE = frozenset({"steps", "schedule", "keep", "checkpoint_every"})


class Diverged(ArithmeticError):  # noqa: N818 (what happened)
    """The loss is no number any more; the message says at which step and what to do."""


@dataclass(frozen=True, slots=True)
class Step:
    """One optimizer step."""

    step: int
    loss: float  # mean over the tokens, nats
    learning_rate: float
    norm: float  # of all gradients together, before clipping
    tokens: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Valid:
    """What the model makes of the validation tokens after a step."""

    step: int
    loss: float  # nats a token
    per_byte: float  # nats a byte of text: comparable between tokenizers


class Pretraining:
    """One run in a folder."""

    def __init__(self, config: RunConfig, vocabulary: int, folder: Path) -> None:
        """RunRefused if the folder holds another run; ShardError if there are no tokens."""
        self._config, self._folder = config, folder
        self._workers = Workers()
        self._share(config)
        data = config.data
        self._train = Windows(Shard.open(data.train), data.length, data.batch, config.seed)
        valid = data.valid or data.train.with_name("valid")
        self._valid = Shard.open(valid) if data.valid or valid.exists() else None
        self._check_same()
        model = prepared(build(config.model, vocabulary, config.data.length, config.seed), config)
        self.model = model.to(self._workers.device)
        self.optimizer = make(self.model, config)
        for group in self.optimizer.param_groups:
            group["initial_lr"] = group["lr"]
        self.step = 0
        self.is_first = self._workers.is_first

    def run(self, report: Callable[[Step], None], until: Callable[[], bool] = lambda: False) -> None:
        """Train to the last step, or till `until` says stop. A checkpoint is left in any case. Diverged."""
        self._begin()
        self.model.train()
        try:
            while self.step < self._config.steps and not until():
                done = self._one()
                if self.is_first:
                    self._after(done)
                    report(done)
        finally:
            if self.step and self.is_first:
                self._save(checkpoint.LAST)
        if self.is_first:
            summarise(self._folder, self.step, self.model, self.optimizer)
        self._workers.wait()

    @torch.no_grad()
    def measure(self) -> Valid | None:
        """The loss on the validation tokens; None if there are none."""
        if self._valid is None:
            return None
        data = self._config.data
        windows = Windows(self._valid, data.length, data.micro_batch, 0)
        total = number = 0.0
        for batch in windows.in_order(self._config.measure_windows):
            loss = self._loss(batch).item()
            total, number = total + loss, number + batch[:, 1:].numel()
        loss = total / number
        return Valid(self.step, loss, loss / self._valid.bytes_per_token)

    def _one(self) -> Step:
        began = time.perf_counter()
        batch = self._train.at(self.step)
        number = batch[:, 1:].numel()
        parts = list(batch.split(self._config.data.micro_batch))  # type: ignore[no-untyped-call]
        factor = self._set_rate()
        sums = []
        for part in self._workers.share(parts):
            loss = self._loss(part) / number
            torch.autograd.backward(loss)
            sums.append(loss.item())
        trained = [p for p in self.model.parameters() if p.requires_grad]
        self._workers.add_up(trained)
        loss_sum = math.fsum(self._workers.collect(sums))
        norm = float(torch.nn.utils.clip_grad_norm_(trained, self._config.optimizer.clip or math.inf))
        self._check_finite(loss_sum, norm)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.step += 1
        rate = self._config.optimizer.learning_rate * factor
        return Step(self.step, loss_sum, rate, norm, number, time.perf_counter() - began)

    def _loss(self, windows: Tensor) -> Tensor:
        """The sum of the cross-entropies, nats; windows: (B, T + 1)."""
        device = self._workers.device
        windows = windows.to(device)
        half = self._config.precision == "bfloat16"
        with torch.autocast(device.type, dtype=torch.bfloat16, enabled=half):
            logits = self.model(input_ids=windows[:, :-1]).logits  # (B, T, V)
        return torch.nn.functional.cross_entropy(
            logits.float().flatten(0, 1), windows[:, 1:].flatten(), reduction="sum"
        )

    def _set_rate(self) -> float:
        factor = rate(self.step, self._config.steps, self._config.schedule)
        for group in self.optimizer.param_groups:
            group["lr"] = group["initial_lr"] * factor
        return factor

    def _check_finite(self, loss: float, norm: float) -> None:
        """Diverged, and the step's figures in a file, before the weights are touched."""
        if math.isfinite(loss) and math.isfinite(norm):
            return
        facts = {"step": self.step + 1, "loss": str(loss), "gradient_norm": str(norm)}
        (self._folder / FAILED).write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
        raise Diverged(
            f"The loss is {loss} at step {self.step + 1}. The weights before it are in {self._folder}. "
            "Take a lower learning rate, a longer warm-up, or clip the gradients."
        )

    def _after(self, done: Step) -> None:
        config = self._config
        append(self._folder / LOSS, done)
        is_last = done.step == config.steps
        if (done.step % config.measure_every == 0 or is_last) and (found := self.measure()):
            append(self._folder / VALID, found)
        if done.step in config.keep:
            self._save(checkpoint.name_at(done.step))
        if done.step % config.checkpoint_every == 0:
            self._save(checkpoint.LAST)

    def _save(self, name: str) -> None:
        about = {"config": self._config.model_dump(mode="json")}
        checkpoint.save(self._folder / name, self.step, self.model, self.optimizer, about)

    def _begin(self) -> None:
        if self.is_first:
            self._folder.mkdir(parents=True, exist_ok=True)
            (self._folder / FAILED).unlink(missing_ok=True)
            text = self._config.model_dump_json(indent=2)
            (self._folder / CONFIG).write_text(text + "\n", encoding="utf-8")
        last = self._folder / checkpoint.LAST
        if last.exists():
            self.step = checkpoint.restore(last, self.model, self.optimizer)
        if self.is_first:
            for name in (LOSS, VALID):
                forget_after(self._folder / name, self.step)

    def _share(self, config: RunConfig) -> None:
        parts = config.data.batch // config.data.micro_batch
        if parts % self._workers.count:
            raise RunRefused(
                f"{self._workers.count} processes can't share {parts} micro-batches a step evenly: "
                "make data.micro_batch smaller"
            )

    def _check_same(self) -> None:
        """A run may be made longer or decay otherwise. Nothing else may change in its folder."""
        path = self._folder / CONFIG
        if not path.exists():
            return
        try:
            before = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise RunRefused(f"{path} can't be read: take another folder") from error
        now = self._config.model_dump(mode="json")
        changed = sorted(n for n in now if n not in MAY_CHANGE and before.get(n) != now[n])
        if changed:
            raise RunRefused(
                f"the run in {self._folder} was begun with another {', '.join(changed)}; take another folder"
            )
