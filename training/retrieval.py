"""Trains the tool classifier of `planner.classifier` on the examples of the planner: one logistic layer.

Positive weights are needed (a missed tool can't be planned, one too many costs a few tokens). The threshold
is set on held-out seeds, with a first layer that did not see them; the layer that is kept is fitted on all.
"""

from __future__ import annotations

import json
import random
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from planner.classifier import Weights
from planner.features import BUCKETS, features
from tools.registry import builtin_tools

NAMES = tuple(tool.name for tool in builtin_tools())
EPOCHS, BATCH = 12, 256
RATE, DECAY = 0.02, 4e-5
MISSED = 4.0  # how much more a missed tool counts than one too many
MISS = 0.025  # share of the needed tools of held-out requests that may fall below the threshold


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


def train(requests: Sequence[Request], epochs: int = EPOCHS, miss: float = MISS, seed: int = 0) -> Weights:
    """The layer fitted on all requests; its threshold is that of one fitted without the held-out ones."""
    trial = fit([request for request in requests if not request.held_out], epochs, seed)
    threshold = _threshold(trial, [request for request in requests if request.held_out], miss)
    return replace(fit(requests, epochs, seed), threshold=threshold)


def fit(requests: Sequence[Request], epochs: int, seed: int) -> Weights:
    """The quantised layer, without a threshold."""
    torch.manual_seed(seed)
    examples = [(features(request.text), _labels(request)) for request in requests]
    layer = torch.nn.EmbeddingBag(BUCKETS, len(NAMES), mode="sum")
    torch.nn.init.zeros_(layer.weight)
    bias = torch.nn.Parameter(torch.full((len(NAMES),), -3.0))
    optimizer = torch.optim.Adam([*layer.parameters(), bias], lr=RATE)
    loss_of = torch.nn.BCEWithLogitsLoss(pos_weight=torch.tensor(MISSED))
    choose = random.Random(seed)
    for epoch in range(epochs):
        choose.shuffle(examples)
        for group in optimizer.param_groups:
            group["lr"] = RATE * (1 - epoch / epochs)
        for start in range(0, len(examples), BATCH):
            rows, labels = zip(*examples[start : start + BATCH], strict=True)
            loss = loss_of(layer(*_flat(rows)) + bias, torch.tensor(labels))
            torch.autograd.backward(loss + DECAY * layer.weight.square().sum())
            optimizer.step()
            optimizer.zero_grad()
    return _quantised(layer.weight.detach().numpy(), bias.detach().numpy())


def _quantised(
    weights: npt.NDArray[np.float32],  # (BUCKETS, tools)
    bias: npt.NDArray[np.float32],  # (tools,)
) -> Weights:
    scale = np.abs(weights).max(axis=0) / 127 + 1e-9
    table = np.round(weights / scale).astype(np.int8)
    return Weights(NAMES, memoryview(table.tobytes()).cast("b"), _floats(scale), _floats(bias), 0.0)


def _floats(values: Iterable[float]) -> tuple[float, ...]:
    """Short enough for a file that people can read."""
    return tuple(float(f"{float(value):.6g}") for value in values)


def _flat(rows: Sequence[Sequence[int]]) -> tuple[torch.Tensor, torch.Tensor]:
    offsets = np.cumsum([0, *map(len, rows)])[:-1]
    return torch.tensor([bucket for row in rows for bucket in row]), torch.tensor(offsets)


def _labels(request: Request) -> list[float]:
    return [float(name in request.tools) for name in NAMES]


def _threshold(weights: Weights, held_out: Sequence[Request], miss: float) -> float:
    """The one threshold below which `miss` of the needed tools of the held-out requests fall."""
    needed = [
        logit
        for request in held_out
        for name, logit in zip(NAMES, weights.logits(request.text), strict=True)
        if name in request.tools
    ]
    return round(float(np.quantile(needed, miss)), 4)


def save(weights: Weights, folder: Path) -> None:
    """Write the two files that `planner.classifier` loads."""
    facts = {name: getattr(weights, name) for name in ("names", "scale", "bias", "threshold")}
    (folder / "retrieval.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    (folder / "retrieval.bin").write_bytes(zlib.compress(weights.table.tobytes(), 9))
