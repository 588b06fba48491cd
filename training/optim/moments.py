"""Adam's two moments of one parameter in an optimizer's state, in float32 or in eight bits."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

import torch
from torch import Tensor

from training.optim.codes import decode_signed, decode_unsigned, encode_signed, encode_unsigned


class Moments:
    """The state's `exp_avg` and `exp_avg_sq`, and their scales if they are kept as codes."""

    def __init__(self, state: MutableMapping[str, Any], bits: int) -> None:
        self._state, self._bits = state, bits

    def updated(self, gradient: Tensor, first: float, second: float) -> tuple[Tensor, Tensor]:
        """Both after a gradient, with decay rates; not to be changed."""
        mean, square = self._read(gradient)
        mean.lerp_(gradient.to(mean.dtype), 1 - first)
        square.mul_(second).addcmul_(gradient.to(square.dtype), gradient.to(square.dtype), value=1 - second)
        if self._bits == 8:
            state = self._state
            state["exp_avg"], state["exp_avg_scales"] = encode_signed(mean)
            state["exp_avg_sq"], state["exp_avg_sq_scales"] = encode_unsigned(square)
        return mean, square

    def _read(self, like: Tensor) -> tuple[Tensor, Tensor]:
        state = self._state
        if "exp_avg" not in state:
            mean, square = torch.zeros_like(like), torch.zeros_like(like)
            if self._bits != 8:
                state["exp_avg"], state["exp_avg_sq"] = mean, square
            return mean.float() if self._bits == 8 else mean, square.float() if self._bits == 8 else square
        if self._bits != 8:
            return state["exp_avg"], state["exp_avg_sq"]
        return (
            decode_signed(state["exp_avg"], state["exp_avg_scales"]),
            decode_unsigned(state["exp_avg_sq"], state["exp_avg_sq_scales"]),
        )
