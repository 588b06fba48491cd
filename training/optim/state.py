"""State of an optimizer from a state dict in the types that it was saved in."""

from __future__ import annotations

from typing import Any

import torch


def restored(optimizer: torch.optim.Optimizer, state_dict: dict[str, Any]) -> None:
    """Give each tensor of the loaded state its saved type back; `Optimizer` gives it the parameter's."""
    ids = [index for group in state_dict["param_groups"] for index in group["params"]]
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    for index, parameter in zip(ids, parameters, strict=True):
        for name, value in state_dict["state"].get(index, {}).items():
            if isinstance(value, torch.Tensor):
                optimizer.state[parameter][name] = value.to(parameter.device, copy=True)
