"""The whole way in small: examples, a few steps, export, parity with llama.cpp, evaluation of a few plans.

It proves that the parts fit together, not that the model plans well: that takes hours, not minutes.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from planner.errors import PlannerError
from planner.events import PlanFinished
from planner.planning import Planner
from planner.request import Request
from planner.runtime.llama import LlamaModel, ModelFile, Tuning
from planner.runtime.merge import merged
from planner.runtime.network import Network
from tools.registry import builtin_tools
from training.data.build import write_examples
from training.data.cases import cases
from training.data.seeds import read_seeds
from training.data.split import split
from training.evaluation.cases import Case, read_case
from training.evaluation.predictions import Prediction
from training.evaluation.scoring import CaseScore, score_cases
from training.finetune.base import load_base, with_lora
from training.finetune.checkpoint import CHECKPOINT
from training.finetune.run import ADAPTER, CONTEXT, Paths, adapter_tensors, set_adapter, train_planner
from training.finetune.train import Settings, read_settings
from training.runs.logs import Progress

SEEDS = Path(__file__).parents[1] / "data" / "seeds"
EXAMPLES, STEPS, CASES = 60, 6, 4
PROBE = "<|im_start|>user\ntext Ana that lunch moved to one<|im_end|>\n<|im_start|>assistant\n1. get_"
LEAST_CORRELATION = 0.995  # the base runs 4-bit weights and 8-bit activations in one, bf16 in the other


@dataclass(frozen=True, slots=True)
class SmokeReport:
    """What the small run showed."""

    first_loss: float
    last_loss: float
    adapter: Path
    correlation: float  # of the logits of PyTorch and llama.cpp, adapter on
    scores: tuple[CaseScore, ...]  # of development seeds, planned with the exported adapter

    @property
    def passed(self) -> bool:
        """Whether the loss fell, both runtimes see the same model, and each case has a valid plan."""
        learnt = self.last_loss < self.first_loss
        planned = not any(score.reason.startswith("no plan") for score in self.scores)
        return learnt and self.correlation >= LEAST_CORRELATION and planned


def smoke(base: Path, folder: Path, report: Callable[[Progress], None]) -> SmokeReport:
    """Run it in an empty folder."""
    examples = folder / "train.jsonl"
    folder.mkdir(parents=True, exist_ok=True)
    seeds = [seed for path in sorted(SEEDS.glob("*.txt"))[:2] for seed in read_seeds(path)]
    for_training, held_out = split(seeds)
    write_examples(for_training[:EXAMPLES], examples, EXAMPLES, 0)
    losses: list[float] = []

    def note(progress: Progress) -> None:
        losses.append(progress.loss)
        report(progress)

    train_planner(Paths(base, examples, folder), Settings(STEPS, warmup=2), note)
    adapter = folder / ADAPTER
    chosen = [read_case(json.loads(line)) for line in cases(held_out)][:CASES]
    scores = asyncio.run(evaluated(base, adapter, chosen, folder))
    return SmokeReport(losses[0], losses[-1], adapter, correlation(base, adapter, folder), tuple(scores))


def correlation(base: Path, adapter: Path, run: Path) -> float:
    """Pearson's r of the logits after a probe: PyTorch with a run's checkpoint, llama.cpp with its export."""
    network = Network(merged(base, adapter, run), context=CONTEXT, threads=2)
    tokens = network.tokenize(PROBE, special=True)
    theirs = network.decode(tokens).copy()
    settings = read_settings(run)
    model = with_lora(load_base(base, torch.float32), settings.rank, settings.alpha)
    set_adapter(model, adapter_tensors(run / CHECKPOINT))
    with torch.no_grad():
        ours = model(torch.tensor([tokens])).logits[0, -1].numpy()
    return float(np.corrcoef(ours, theirs)[0, 1])


async def evaluated(base: Path, adapter: Path, chosen: Sequence[Case], folder: Path) -> list[CaseScore]:
    """The scores of cases, planned as the program does it."""
    model = LlamaModel(ModelFile("smoke", base, 4608, 2, folder, Tuning(adapter, folder)))
    planner, predictions = Planner(model, builtin_tools()), dict[str, Prediction]()
    try:
        for case in chosen:
            predictions[case.id] = await _predicted(planner, case)
    finally:
        await model.close()
    return score_cases(chosen, predictions)


async def _predicted(planner: Planner, case: Case) -> Prediction:
    try:
        async with contextlib.aclosing(planner.plan(Request.read(case.query), case.now)) as events:
            async for event in events:
                if isinstance(event, PlanFinished):
                    return Prediction(event.plan.steps)
    except PlannerError as error:
        return Prediction(error=str(error))
    return Prediction(error="the planner ended without a plan")
