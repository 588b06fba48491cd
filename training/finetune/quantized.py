"""LoRA on weights as they will run: merged with the adapter and rounded to 4 bits, in every step.

The adapter runs merged into its base model, whose weights are then rounded to Q4_0 (`planner.runtime.merge`);
one that was trained without the rounding loses ten points of its plans by that. So the forward pass uses the
rounded weights Q(W + s·B·A), and the gradient takes the rounding for the identity (the straight-through
estimator, Bengio et al. 2013): that of x is dy·Q, those of A and B are LoRA's.
"""

from __future__ import annotations

from typing import Any

import torch
from peft.tuners.lora import Linear

BLOCK = 32  # weights that share a scale


class QuantizedLoraLinear(Linear):
    """A linear layer with an adapter: y = x·Q(W + s·B·A)ᵀ + bias."""

    def forward(self, x: torch.Tensor, *args: Any, **kwargs: Any) -> torch.Tensor:
        """x: (…, in) -> (…, out)."""
        del args, kwargs
        (name,) = self.active_adapters
        base: Any = self.base_layer
        down: Any = self.lora_A[name]
        up: Any = self.lora_B[name]
        scale = self.scaling[name]
        with torch.no_grad():
            weight = rounded(torch.addmm(base.weight.float(), up.weight, down.weight, alpha=scale))
        y = torch.nn.functional.linear(x, weight.to(x.dtype), base.bias)
        change: torch.Tensor = scale * up(down(x.detach()))
        return y + (change - change.detach()).to(y.dtype)


def rounded(weight: torch.Tensor) -> torch.Tensor:
    """Weights (out, in) as they are after Q4_0, in float32: 16 steps of a scale for each block of a row.

    The scale is an eighth of the value of the greatest magnitude, as in llama.cpp's reference, in float16.
    """
    blocks = weight.reshape(-1, BLOCK)
    least, most = blocks.amin(1, keepdim=True), blocks.amax(1, keepdim=True)
    scale = torch.where(-least > most, least, most) / -8
    inverse = torch.where(scale == 0, 0, 1 / scale)
    steps = (blocks * inverse).add_(8.5).floor_().clamp_(0, 15).sub_(8)
    return steps.mul_(scale.half().float()).reshape(weight.shape)
