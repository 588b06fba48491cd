"""The processes that train together, on one machine or several: what each does, and how they agree.

Only the adapter is trained, a few megabytes, so its gradients are added up in one go after the backward pass;
no wrapper around the model is needed. `accelerate launch` starts the processes and says where each computes;
on processors it starts one only, and `ACCELERATE_USE_CPU=true torchrun` has to do it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from accelerate.accelerator import Accelerator
from accelerate.utils.operations import gather_object


class Workers:
    """This process among all of them; alone if nothing launched more."""

    def __init__(self) -> None:
        self._accelerator = Accelerator()
        self.device: torch.device = self._accelerator.device
        self.count: int = self._accelerator.num_processes
        self.is_first: bool = self._accelerator.is_main_process

    def share(self, items: Sequence[Any]) -> Sequence[Any]:
        """Those of the items that this process works on."""
        return items[self._accelerator.process_index :: self.count]

    def add_up(self, parameters: Sequence[torch.nn.Parameter]) -> None:
        """Make each gradient the sum of those of all processes."""
        if self.count == 1:
            return
        gradients = [torch.zeros_like(p) if p.grad is None else p.grad for p in parameters]
        total = self._accelerator.reduce(torch.cat([g.flatten() for g in gradients]), "sum")
        parts = torch.split(total, [g.numel() for g in gradients])
        for parameter, part in zip(parameters, parts, strict=True):
            parameter.grad = part.view_as(parameter)

    def collect(self, items: list[Any]) -> list[Any]:
        """The items of all processes, the same on each."""
        return items if self.count == 1 else list(gather_object(items))

    def wait(self) -> None:
        """Until all processes are here: files of the first one are complete then."""
        self._accelerator.wait_for_everyone()
