"""Natural GaLore: GaLore whose projected gradients are turned by the inverse Fisher matrix of the last few.

    optimizer = NaturalGaLoreAdamW(projected_groups(model, rank=128), lr=1e-2, history=4, bits=8)

The step is that of `training.optim.natural`. The paper gives neither λ nor s; its code has s = 20 and
λ = 1e-3, works on both sides (r × r) and lets gradients of two subspaces meet in the history. Here λ is
relative and the history is cleared with the subspace unless one says otherwise.

The history costs s times the projected gradient: with s = 20 on one side more than all of AdamW's state,
against the paper's claim of no additional memory. `history=4, bits=8`, or `side="both"`, make it small.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from torch import Tensor

from training.optim.galore import GaLoreAdamW, State
from training.optim.natural import Damping, History, natural_step
from training.optim.projection import Projection


class NaturalGaLoreAdamW(GaLoreAdamW):
    """GaLoreAdamW with a natural-gradient step before Adam; see the module.

    Args of a group besides GaLoreAdamW's: history (gradients kept; 0: GaLore), damping (λ, or its share of
    the mean squared norm of the gradients if `relative`), on_change ("clear" or "rotate" the history when
    the subspace changes, or "keep" it as the published code does).
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-2,
        *,
        history: int = 4,
        damping: float = 0.3,
        relative: bool = True,
        on_change: str = "clear",
        **more: Any,
    ) -> None:
        own: dict[str, Any] = {
            "history": history,
            "damping": damping,
            "relative": relative,
            "on_change": on_change,
        }
        super().__init__(params, lr, **more, **own)

    def _check(self, group: State) -> None:
        super()._check(group)
        if group["history"] < 0 or group["damping"] <= 0:
            raise ValueError("history must be at least 0, damping above 0")
        if group["on_change"] not in {"clear", "rotate", "keep"}:
            raise ValueError(f'on_change is "clear", "rotate" or "keep", not "{group["on_change"]}"')

    def _renew(self, projection: Projection, group: State, state: State) -> None:
        before, shape = Projection.load(state), state.get("shape")
        super()._renew(projection, group, state)
        if not group["history"] or shape is None:
            return
        history = History(state, group["history"], group["bits"])
        match group["on_change"]:
            case "clear":
                history.clear()
            case "rotate":
                history.rotate(lambda reduced: projection.from_(before, reduced), shape)

    def _direction(self, reduced: Tensor, group: State, state: State) -> Tensor:
        if not group["history"]:
            return reduced
        state["shape"] = tuple(reduced.shape)
        gradients, gram, newest = History(state, group["history"], group["bits"]).push(reduced)
        damping = Damping(group["damping"], group["relative"])
        return natural_step(gradients, gram, newest, damping).view(reduced.shape)
