"""One of two processes that train a small model with Natural GaLore: whole on each (DDP), or split (FSDP)."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import torch
from accelerate.accelerator import Accelerator
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard

from training.optim import NaturalGaLoreAdamW, projected_groups
from training.optim.sharded import whole

STEPS, BATCH = 6, 8


def model() -> nn.Sequential:
    torch.manual_seed(3)
    return nn.Sequential(nn.Linear(6, 12), nn.Tanh(), nn.Linear(12, 4))


def optimizer(trained: nn.Module) -> NaturalGaLoreAdamW:
    return NaturalGaLoreAdamW(projected_groups(trained, rank=3, history=3, update_gap=4), 0.01)


def batches() -> list[Tensor]:
    source = torch.Generator().manual_seed(11)
    return [torch.randn(BATCH, 6, generator=source) for _ in range(STEPS)]


def loss_of(trained: nn.Module, batch: Tensor) -> Tensor:
    loss: Tensor = trained(batch).square().mean()
    return loss


def main(kind: str, path: Path) -> None:
    accelerator = Accelerator(cpu=True)
    if accelerator.num_processes != 2:
        sys.exit(f"{accelerator.num_processes} processes work together, not 2")
    trained: nn.Module = model()
    if kind == "fsdp":  # accelerate has it for accelerators only
        fully_shard(trained, mesh=init_device_mesh("cpu", (2,)))
        steps: Any = optimizer(trained)
    else:
        trained, steps = accelerator.prepare(trained, optimizer(trained))
    for batch in batches():
        part = torch.chunk(batch, 2)[accelerator.process_index]
        torch.autograd.backward(loss_of(trained, part))
        steps.step()
        steps.zero_grad()
    state = {name.removeprefix("module."): whole(value) for name, value in trained.state_dict().items()}
    if accelerator.is_main_process:
        save_file({name: value.contiguous() for name, value in state.items()}, path)
    accelerator.wait_for_everyone()
    accelerator.end_training()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
