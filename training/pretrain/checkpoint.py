"""A run's whole state in one file of tensors: weights, optimizer, step. No pickle; whole or not there.

Numbers and lists in the optimizer's state stand as JSON in the file's header.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

LAST = "last.safetensors"


def name_at(step: int) -> str:
    """The name of a checkpoint that stays."""
    return f"step-{step}.safetensors"


def save(
    path: Path, step: int, model: nn.Module, optimizer: torch.optim.Optimizer, about: dict[str, Any]
) -> None:
    """Write the state after a step. `about`: what else belongs to it, as JSON."""
    tensors: dict[str, Tensor] = {f"model.{n}": p.detach() for n, p in model.named_parameters()}
    numbers: dict[str, Any] = {}
    for index, state in optimizer.state_dict()["state"].items():
        for key, value in state.items():
            name = f"optimizer.{index}.{key}"
            if isinstance(value, Tensor):
                tensors[name] = value
            else:
                numbers[name] = value
    metadata = {"step": str(step), "numbers": json.dumps(numbers), "about": json.dumps(about)}
    temporary = path.with_suffix(".part")
    save_file({name: value.contiguous().clone() for name, value in tensors.items()}, temporary, metadata)
    temporary.replace(path)


def restore(path: Path, model: nn.Module, optimizer: torch.optim.Optimizer) -> int:
    """Put a checkpoint's state into a model and its optimizer; the step after which it was written."""
    tensors = load_file(path)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(tensors[f"model.{name}"])
    header = read_header(path)
    state: dict[int, dict[str, Any]] = {}
    kept = {n: v for n, v in tensors.items() if n.startswith("optimizer.")} | header["numbers"]
    for name, value in kept.items():
        _, index, key = name.split(".", 2)
        state.setdefault(int(index), {})[key] = value
    groups = optimizer.state_dict()["param_groups"]
    optimizer.load_state_dict({"state": state, "param_groups": groups})
    return int(header["step"])


def read_header(path: Path) -> dict[str, Any]:
    """A checkpoint's `step`, `numbers` and `about`."""
    with safe_open(path, "pt") as file:
        found = file.metadata()
    return {
        "step": int(found["step"]),
        "numbers": json.loads(found["numbers"]),
        "about": json.loads(found["about"]),
    }
