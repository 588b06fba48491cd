"""Trains the tool classifier of `planner.classifier` on the examples of the planner: one logistic layer.

Positive weights are needed (a missed tool can't be planned, one too many costs a few tokens); the threshold
is set on held-out seeds.
"""

from __future__ import annotations

import json
import random
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from planner.classifier import Weights
from planner.features import BUCKETS, features
from tools.registry import builtin_tools

NAMES = tuple(tool.name for tool in builtin_tools())
RATE, DECAY = 0.02, 4e-5
MISSED = 4.0  # how much more a missed tool counts than one too many


@dataclass(frozen=True, slots=True)
class Request:
    """A request and the tools that its plan calls."""

    text: str
    tools: frozenset[str]
    held_out: bool


def load(path: Path, share: float = 0.1) -> list[Request]:
    """Requests with only built-in tools; a tenth of the *seeds* is held out, with all made of them."""
    found: list[Request] = []
    with path.open(encoding="utf-8") as file:
        for line in file:
            data = json.loads(line)
            if data["recipe"] in {"renamed", "missing", "avoid"}:
                continue
            used = frozenset(
                call.partition(". ")[2].partition("(")[0] for call in data["plan"].split("\n")
            ) - {"join"}
            if used <= set(NAMES):
                held = any(random.Random(place).random() < share for place in data["origin"])
                found.append(Request(data["request"], used, held))
    return found


def train(requests: Sequence[Request], epochs: int = 8, miss: float = 0.02, seed: int = 0) -> Weights:
    """Fit the layer, quantise it, set the thresholds."""
    torch.manual_seed(seed)
    fit = [(features(request.text), _labels(request)) for request in requests if not request.held_out]
    layer = torch.nn.EmbeddingBag(BUCKETS, len(NAMES), mode="sum")
    torch.nn.init.zeros_(layer.weight)
    bias = torch.nn.Parameter(torch.full((len(NAMES),), -3.0))
    optimizer = torch.optim.Adam([*layer.parameters(), bias], lr=RATE)
    loss_of = torch.nn.BCEWithLogitsLoss(pos_weight=torch.tensor(MISSED))
    choose = random.Random(seed)
    for epoch in range(epochs):
        choose.shuffle(fit)
        for group in optimizer.param_groups:
            group["lr"] = RATE * (1 - epoch / epochs)
        for start in range(0, len(fit), 256):
            rows, labels = zip(*fit[start : start + 256], strict=True)
            loss = loss_of(layer(*_flat(rows)) + bias, torch.tensor(labels))
            torch.autograd.backward(loss + DECAY * layer.weight.square().sum())
            optimizer.step()
            optimizer.zero_grad()
    weights = layer.weight.detach().numpy()
    scale = np.abs(weights).max(axis=0) / 127 + 1e-9
    table = np.round(weights / scale).astype(np.int8)
    found = Weights(NAMES, memoryview(table.tobytes()).cast("b"), _floats(scale), _floats(bias.detach()), 0.0)
    return _with_threshold(found, [request for request in requests if request.held_out], miss)


def _floats(values: Iterable[float]) -> tuple[float, ...]:
    """Short enough for a file that people can read."""
    return tuple(float(f"{float(value):.6g}") for value in values)


def _flat(rows: Sequence[Sequence[int]]) -> tuple[torch.Tensor, torch.Tensor]:
    offsets = np.cumsum([0, *map(len, rows)])[:-1]
    return torch.tensor([bucket for row in rows for bucket in row]), torch.tensor(offsets)


def _labels(request: Request) -> list[float]:
    return [float(name in request.tools) for name in NAMES]


def _with_threshold(weights: Weights, held_out: Sequence[Request], miss: float) -> Weights:
    """The one threshold below which `miss` of the needed tools of the held-out requests fall."""
    needed = [
        logit
        for request in held_out
        for name, logit in zip(NAMES, weights.logits(request.text), strict=True)
        if name in request.tools
    ]
    return replace(weights, threshold=round(float(np.quantile(needed, miss)), 4))


def save(weights: Weights, folder: Path) -> None:
    """Write the two files that `planner.classifier` loads."""
    facts = {name: getattr(weights, name) for name in ("names", "scale", "bias", "threshold")}
    (folder / "retrieval.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    (folder / "retrieval.bin").write_bytes(zlib.compress(weights.table.tobytes(), 9))
