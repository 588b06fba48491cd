"""GaLore (Zhao et al. 2024): AdamW whose moments live in a small subspace of each weight's gradient.

    groups = projected_groups(model, rank=128)
    optimizer = GaLoreAdamW(groups, lr=1e-2)

A drop-in for `torch.optim.AdamW`: groups without a rank are trained as by that. In groups with one, each
weight matrix (m, n) gets a projection from its own gradient every `update_gap` steps, Adam runs on the
projected gradient, and `scale` times the step is projected back. As in the published code neither moments
nor the count of steps change when the projection does.

Differences from the published code: the bias corrections and ε stand where `torch.optim.AdamW` has them, so
that full rank is Adam in a rotated basis; weight decay comes before the step.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, MutableMapping
from typing import Any, overload

import torch
from torch import Tensor, nn

from training.optim.moments import Moments
from training.optim.projection import Projection, Side, leading
from training.optim.sharded import added, whole
from training.optim.state import restored

State = MutableMapping[str, Any]


class GaLoreAdamW(torch.optim.Optimizer):
    """AdamW in gradient subspaces; see the module.

    Args of a group besides AdamW's: rank (None: not projected), update_gap (steps between two projections),
    scale (of the step in the subspace), side ("shorter", "left", "right", "both"), bits (32, or 8 for
    moments in eight bits).
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-2,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        *,
        rank: int | None = None,
        update_gap: int = 200,
        scale: float = 0.25,
        side: str = Side.SHORTER,
        bits: int = 32,
        **more: Any,
    ) -> None:
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "rank": rank,
            "update_gap": update_gap,
            "scale": scale,
            "side": side,
            "bits": bits,
            **more,
        }
        super().__init__(params, defaults)
        for group in self.param_groups:
            self._check(group)

    @overload
    def step(self, closure: None = None) -> None: ...
    @overload
    def step(self, closure: Callable[[], float]) -> float: ...
    def step(self, closure: Callable[[], float] | None = None) -> float | None:
        """One step on the gradients that are there; the closure's loss."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    self.update(parameter, self.reduce(parameter, parameter.grad, group), group)
        return loss

    @torch.no_grad()
    def reduce(self, parameter: nn.Parameter, gradient: Tensor, group: State) -> Tensor:
        """The gradient as the moments see it: projected, by a new projection if it is time for one."""
        state: State = self.state[parameter]
        if self.is_projected(parameter, group) and state.get("step", 0) % group["update_gap"] == 0:
            self._renew(leading(whole(gradient), group["rank"], Side(group["side"])), group, state)
        return self.projected(parameter, gradient, group)

    @torch.no_grad()
    def projected(self, parameter: nn.Parameter, gradient: Tensor, group: State) -> Tensor:
        """The gradient by the projection that the parameter has; as it is if it has none."""
        gradient = whole(gradient)
        if not self.is_projected(parameter, group):
            return gradient
        return Projection.load(self.state[parameter]).down(gradient)

    @torch.no_grad()
    def update(self, parameter: nn.Parameter, reduced: Tensor, group: State) -> None:
        """One step of a parameter on what `reduce` made of its gradient."""
        state: State = self.state[parameter]
        state["step"] = state.get("step", 0) + 1
        parameter.mul_(1 - group["lr"] * group["weight_decay"])
        if not self.is_projected(parameter, group):
            added(parameter, self._adam(reduced, group, state), -group["lr"])
            return
        direction = self._adam(self._direction(reduced, group, state), group, state)
        added(parameter, Projection.load(state).up(direction), -group["lr"] * group["scale"])

    def is_projected(self, parameter: Tensor, group: State) -> bool:
        """Whether a parameter of the group is trained in a subspace."""
        return group["rank"] is not None and parameter.ndim == 2

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """As of any optimizer; but state keeps its own types: torch would make floats of codes."""
        super().load_state_dict(state_dict)
        restored(self, state_dict)

    def _check(self, group: State) -> None:
        Side(group["side"])
        if group["rank"] is not None and group["rank"] < 1:
            raise ValueError(f"rank must be at least 1, or None for no projection, not {group['rank']}")
        if group["update_gap"] < 1:
            raise ValueError(f"update_gap must be at least 1 step, not {group['update_gap']}")
        if group["bits"] not in {8, 32}:
            raise ValueError(f"state is kept in 8 or 32 bits, not {group['bits']}")

    def _renew(self, projection: Projection, group: State, state: State) -> None:
        """A new subspace; the moments stay as they are."""
        del group
        projection.save(state)

    def _direction(self, reduced: Tensor, group: State, state: State) -> Tensor:
        """What Adam is given for a gradient in the subspace."""
        del group, state
        return reduced

    def _adam(self, gradient: Tensor, group: State, state: State) -> Tensor:
        """Adam's direction, without the learning rate (Kingma and Ba 2015, algorithm 1)."""
        first, second = group["betas"]
        moments = Moments(state, group["bits"])
        mean, square = moments.updated(gradient, first, second)
        step = state["step"]
        root = square.sqrt().div_(math.sqrt(1 - second**step)).add_(group["eps"])
        return mean.div(1 - first**step).div_(root)


def projected_groups(model: nn.Module, **options: Any) -> list[dict[str, Any]]:
    """Groups for the optimizers here: the linear layers' weights with the options, the rest plain.

    Embeddings and the output layer are plain: their gradients are not of low rank (GaLore, section 5).
    """
    output = getattr(model, "lm_head", None)
    inner = [m for m in model.modules() if isinstance(m, nn.Linear) and m is not output]
    projected = {id(m.weight) for m in inner if m.weight.requires_grad}
    trained = [p for p in model.parameters() if p.requires_grad]
    return [
        {"params": [p for p in trained if id(p) in projected], **options},
        {"params": [p for p in trained if id(p) not in projected], "rank": None},
    ]
