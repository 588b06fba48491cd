"""The whole way in small: examples, a few steps, export, parity with llama.cpp, a plan under the grammar.

It proves that the parts fit together, not that the model plans well: that takes hours, not minutes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from planner.runtime.network import Network
from training.data.build import write_examples
from training.data.seeds import read_seeds
from training.finetune.base import load_base, with_lora
from training.finetune.run import CONTEXT, Paths, adapter_tensors, train_planner
from training.finetune.train import CHECKPOINT, Progress, Settings, read_settings

SEEDS = Path(__file__).parents[1] / "data" / "seeds"
EXAMPLES, STEPS = 60, 6
PROBE = "<|im_start|>user\ntext Ana that lunch moved to one<|im_end|>\n<|im_start|>assistant\n1. get_"
LEAST_CORRELATION = 0.995  # the base runs 4-bit weights and 8-bit activations in one, bf16 in the other


@dataclass(frozen=True, slots=True)
class SmokeReport:
    """What the small run showed."""

    first_loss: float
    last_loss: float
    adapter: Path
    correlation: float  # of the logits of PyTorch and llama.cpp, adapter on

    @property
    def passed(self) -> bool:
        """Whether the loss fell and both runtimes see the same model."""
        return self.last_loss < self.first_loss and self.correlation >= LEAST_CORRELATION


def smoke(base: Path, folder: Path, report: Callable[[Progress], None]) -> SmokeReport:
    """Run it in an empty folder."""
    examples = folder / "train.jsonl"
    folder.mkdir(parents=True, exist_ok=True)
    seeds = [seed for path in sorted(SEEDS.glob("*.txt"))[:2] for seed in read_seeds(path)]
    write_examples(seeds[:EXAMPLES], examples, EXAMPLES, 0)
    losses: list[float] = []

    def note(progress: Progress) -> None:
        losses.append(progress.loss)
        report(progress)

    adapter = train_planner(Paths(base, examples, folder), Settings(STEPS, warmup=2), note)
    return SmokeReport(losses[0], losses[-1], adapter, correlation(base, adapter, folder))


def correlation(base: Path, adapter: Path, run: Path) -> float:
    """Pearson's r of the logits after a probe: PyTorch with a run's checkpoint, llama.cpp with its export."""
    network = Network(base, context=CONTEXT, threads=2, adapter=adapter)
    network.adapt(True)
    tokens = network.tokenize(PROBE, special=True)
    theirs = network.decode(tokens).copy()
    settings = read_settings(run)
    model = with_lora(load_base(base, torch.float32), settings.rank, settings.alpha)
    tensors = adapter_tensors(run / CHECKPOINT)
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            parameter.data.copy_(torch.from_numpy(tensors[name]))
    with torch.no_grad():
        ours = model(torch.tensor([tokens])).logits[0, -1].numpy()
    return float(np.corrcoef(ours, theirs)[0, 1])
