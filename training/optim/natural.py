"""The natural-gradient step of Natural GaLore (arXiv 2410.16029, section 3), in a form that float32 can bear.

The inverse of the damped empirical Fisher matrix of the last s gradients, λI + G·Gᵀ with G = [g₁ … g_s], is
applied to the newest of them. The paper writes it with Woodbury's identity as g/λ − G·(I + GᵀG/λ)⁻¹·Gᵀg/λ²: a
difference of two large numbers, which loses all digits where ‖g‖² is far above λ. The newest gradient is a
column of G, so the same is

    λ·(λI + G·Gᵀ)⁻¹·g = G·w   with   (I + GᵀG/λ)·w = e   (1 at the newest gradient, else 0),

a sum of the gradients themselves. The factor λ on the left, which Adam does not see (it divides by the size
of what it is given), makes the step equal to g for λ → ∞.

λ is fixed, as in the published code (1e-3), or a share of the mean squared norm of the gradients: a fixed one
does nothing for gradients far below √λ and turns the weights of those far above upside down.
"""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from training.optim.codes import BLOCK, decode_signed, encode_signed


@dataclass(frozen=True, slots=True)
class Damping:
    """λ: fixed, or relative to the mean of the squared norms of the gradients."""

    value: float
    relative: bool

    def of(self, gram: Tensor) -> float:
        """λ for gradients with these inner products (s, s)."""
        mean = gram.diagonal().mean().item() if self.relative else 1.0
        return self.value * mean


def natural_step(gradients: Tensor, gram: Tensor, newest: int, damping: Damping) -> Tensor:
    """λ·(λI + G·Gᵀ)⁻¹·g for gradients (s, k) with inner products (s, s); (k,)."""
    size = damping.of(gram)
    if not size > 0:
        return gradients[newest].clone()  # all of them are 0
    system = torch.eye(len(gram), dtype=torch.float64, device=gram.device) + gram.double() / size
    unit = torch.zeros(len(gram), 1, dtype=torch.float64, device=gram.device)
    unit[newest] = 1
    weights = torch.cholesky_solve(unit, torch.linalg.cholesky(system))[:, 0]
    return weights.to(gradients.dtype) @ gradients


class History:
    """The last gradients of one parameter, in the optimizer's state: `history`, `gram`, `seen`."""

    def __init__(self, state: MutableMapping[str, Any], length: int, bits: int) -> None:
        self._state, self._length, self._bits = state, length, bits

    def push(self, gradient: Tensor) -> tuple[Tensor, Tensor, int]:
        """Add a gradient: all that are kept (s, k), their inner products (s, s), the new one's index.

        In 8 bits the newest is exact, but the products are those of what is kept, so that they agree.
        """
        state, flat = self._state, gradient.reshape(-1)
        if "seen" not in state:
            state["seen"] = 0
            state["gram"] = torch.zeros(self._length, self._length, device=flat.device)
            self._make(len(flat), flat.device)
        newest = int(state["seen"]) % self._length
        self._keep(newest, flat)
        state["seen"] += 1
        count = min(int(state["seen"]), self._length)
        kept = self._kept(count)
        state["gram"][newest, :count] = state["gram"][:count, newest] = kept @ kept[newest]
        if self._bits == 8:
            kept[newest] = flat
        return kept, state["gram"][:count, :count], newest

    def clear(self) -> None:
        """Forget all: another subspace has other coordinates."""
        self._state.pop("seen", None)

    def rotate(self, turned: Callable[[Tensor], Tensor], shape: tuple[int, ...]) -> None:
        """Take all into another subspace; `turned` does it with one gradient of the shape."""
        count = min(int(self._state.get("seen", 0)), self._length)
        if not count:
            return
        for index, row in enumerate(self._kept(count).clone()):
            self._keep(index, turned(row.view(shape)).reshape(-1))
        kept = self._kept(count)
        self._state["gram"][:count, :count] = kept @ kept.T

    def _make(self, size: int, device: torch.device) -> None:
        if self._bits == 8:
            self._state["history"] = torch.zeros(self._length, size, dtype=torch.int8, device=device)
            self._state["history_scales"] = torch.zeros(self._length, -(-size // BLOCK), device=device)
        else:
            self._state["history"] = torch.zeros(self._length, size, device=device)

    def _kept(self, count: int) -> Tensor:
        rows: Tensor = self._state["history"][:count]
        if self._bits != 8:
            return rows
        scales = self._state["history_scales"]
        return torch.stack([decode_signed(row, scales[i]) for i, row in enumerate(rows)])

    def _keep(self, index: int, flat: Tensor) -> None:
        if self._bits == 8:
            codes, self._state["history_scales"][index] = encode_signed(flat)
            self._state["history"][index] = codes
        else:
            self._state["history"][index] = flat
