"""Parameters that are split over processes (FSDP): a step is computed on the whole and added to each part.

Every process computes the same step from the whole gradient; so the state is not split, which is bearable
because it is small. Parameters that are not split pass through.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor


def whole(gradient: Tensor) -> Tensor:
    """The gradient of which a process may hold a part."""
    split: Any = gradient
    return split.full_tensor() if hasattr(gradient, "full_tensor") else gradient


def added(parameter: Tensor, change: Tensor, factor: float) -> None:
    """Add factor · change, of the whole parameter's shape, to the parameter or this process's part of it."""
    change = change.to(parameter.dtype)
    if not hasattr(parameter, "full_tensor"):
        parameter.add_(change, alpha=factor)
        return
    from torch.distributed.tensor import distribute_tensor  # noqa: PLC0415 (only where it is at work)

    split: Any = parameter
    parameter.add_(distribute_tensor(change, split.device_mesh, split.placements), alpha=factor)
