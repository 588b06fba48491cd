"""Trains the tool classifier of `planner.classifier` on the examples of the planner: one logistic layer.

Positive weights are needed (a missed tool can't be planned, one too many costs a few tokens); the threshold
is set on held-out seeds.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from planner.classifier import Weights
from planner.features import BUCKETS, features
from tools.registry import builtin_tools

NAMES = tuple(tool.name for tool in builtin_tools())


@dataclass(frozen=True, slots=True)
class Request:
    """A request as features, and the tools that its plan calls."""

    features: tuple[int, ...]
    tools: frozenset[str]
    held_out: bool


def load(path: Path, share: float = 0.1) -> list[Request]:
    """Requests with only built-in tools; a tenth of the *seeds* is held out, with all that of them comes."""
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
                found.append(Request(tuple(features(data["request"])), used, held))
    return found


def train(requests: Sequence[Request], epochs: int = 8, miss: float = 0.02, seed: int = 0) -> Weights:
    """Fit the layer, quantise it, set the thresholds."""
    torch.manual_seed(seed)
    fit = [request for request in requests if not request.held_out]
    layer = torch.nn.EmbeddingBag(BUCKETS, len(NAMES), mode="sum")
    torch.nn.init.zeros_(layer.weight)
    bias = torch.nn.Parameter(torch.full((len(NAMES),), -3.0))
    optimizer = torch.optim.Adam([*layer.parameters(), bias], lr=0.02)
    loss_of = torch.nn.BCEWithLogitsLoss(pos_weight=torch.tensor(4.0))
    choose = random.Random(seed)
    for epoch in range(epochs):
        choose.shuffle(fit)
        for group in optimizer.param_groups:
            group["lr"] = 0.02 * (1 - epoch / epochs)
        for start in range(0, len(fit), 256):
            part = fit[start : start + 256]
            flat, offsets = _flat([request.features for request in part])
            loss = loss_of(layer(flat, offsets) + bias, _labels(part))
            (loss + 4e-5 * layer.weight.square().sum()).backward()
            optimizer.step()
            optimizer.zero_grad()
    weights = layer.weight.detach().numpy()
    scale = np.abs(weights).max(axis=0) / 127 + 1e-9
    found = Weights(
        NAMES,
        np.round(weights / scale).astype(np.int8),
        scale.astype(np.float32),
        bias.detach().numpy().astype(np.float32),
        threshold=0.0,
    )
    return _with_threshold(found, [request for request in requests if request.held_out], miss)


def _flat(rows: Sequence[Sequence[int]]) -> tuple[torch.Tensor, torch.Tensor]:
    offsets = np.cumsum([0, *map(len, rows)])[:-1]
    return torch.tensor([bucket for row in rows for bucket in row]), torch.tensor(offsets)


def _labels(requests: Sequence[Request]) -> torch.Tensor:
    return torch.tensor([[float(name in request.tools) for name in NAMES] for request in requests])


def logits(weights: Weights, request: Request) -> npt.NDArray[np.float32]:
    """(tools,) as the classifier gives them."""
    summed = weights.weights[list(request.features)].sum(axis=0, dtype=np.int32)
    return np.asarray(summed * weights.scale + weights.bias, dtype=np.float32)


def _with_threshold(weights: Weights, held_out: Sequence[Request], miss: float) -> Weights:
    """The one threshold below which `miss` of the needed tools of the held-out requests fall."""
    needed = [logits(weights, request)[[name in request.tools for name in NAMES]] for request in held_out]
    threshold = float(np.quantile(np.concatenate(needed), miss))
    return replace(weights, threshold=threshold)


def save(weights: Weights, path: Path) -> None:
    """Write the weights as `planner.classifier` loads them."""
    np.savez_compressed(
        path,
        names=np.array(weights.names),
        weights=weights.weights,
        scale=weights.scale,
        bias=weights.bias,
        threshold=np.float32(weights.threshold),
    )
