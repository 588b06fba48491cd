"""The state of a run in one file of tensors (safetensors, no pickle), complete or not there at all."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from training.finetune.rounds import Rounds

CHECKPOINT = "checkpoint.safetensors"
MOMENTS = ("step", "exp_avg", "exp_avg_sq")


def save(
    path: Path,
    step: int,
    trained: Mapping[str, torch.nn.Parameter],
    optimizer: torch.optim.Optimizer,
    rounds: Rounds,
) -> None:
    """Write adapter, optimizer and position after a step."""
    tensors = {f"adapter.{name}": p.detach().contiguous() for name, p in trained.items()}
    for name, parameter in trained.items():
        for key, value in optimizer.state.get(parameter, {}).items():
            tensors[f"optimizer.{key}.{name}"] = value.detach().contiguous()
    tensors |= {f"rounds.{name}": value for name, value in rounds.state().items()}
    temporary = path.with_suffix(".tmp")
    save_file(tensors, temporary, metadata={"step": str(step)})
    temporary.replace(path)


def restore(
    path: Path,
    trained: Mapping[str, torch.nn.Parameter],
    optimizer: torch.optim.Optimizer,
    rounds: Rounds,
) -> int:
    """Go on from a checkpoint; the step at which it was written. RunRefused if it is of other examples."""
    tensors = load_file(path)
    rounds.restore({name: tensors[f"rounds.{name}"] for name in rounds.state()})
    for name, parameter in trained.items():
        parameter.data.copy_(tensors[f"adapter.{name}"])
        found = {key: tensors.get(f"optimizer.{key}.{name}") for key in MOMENTS}
        if all(value is not None for value in found.values()):
            optimizer.state[parameter] = {
                key: value if key == "step" else value.to(parameter.device)
                for key, value in found.items()
                if value is not None
            }
    return read_step(path)


def read_step(path: Path) -> int:
    """The step at which a checkpoint was written."""
    with safe_open(path, "pt") as file:
        return int(file.metadata()["step"])
