"""The subspace that a gradient is looked at in: a few directions in which most of it lies.

GaLore (Zhao et al. 2024, algorithm 2) takes the leading singular vectors of one mini-batch's gradient and
keeps them for some hundred steps. Its text puts them on the left; in practice, and here, they are on the
shorter side of the matrix, or on both sides as in the code of Natural GaLore.

They are found as eigenvectors of the Gram matrix of the shorter side, which is smaller than the matrix that a
singular value decomposition works on; what that loses in the smallest singular values is not in the subspace.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import torch
from torch import Tensor


class Side(StrEnum):
    """Which side of a gradient (m, n) is made small."""

    SHORTER = "shorter"
    LEFT = "left"  # (m, n) -> (r, n)
    RIGHT = "right"  # (m, n) -> (m, r)
    BOTH = "both"  # (m, n) -> (r, r)


@dataclass(frozen=True, slots=True)
class Projection:
    """Orthonormal columns on one side of a gradient (m, n), or on both."""

    left: Tensor | None  # (m, r)
    right: Tensor | None  # (n, r)

    def down(self, gradient: Tensor) -> Tensor:
        """A gradient (m, n) in the subspace: (r, n), (m, r) or (r, r); float32."""
        reduced = gradient.float()
        if self.left is not None:
            reduced = self.left.T @ reduced
        return reduced @ self.right if self.right is not None else reduced

    def up(self, reduced: Tensor) -> Tensor:
        """What is in the subspace as a matrix (m, n)."""
        if self.left is not None:
            reduced = self.left @ reduced
        return reduced @ self.right.T if self.right is not None else reduced

    def from_(self, other: Projection, reduced: Tensor) -> Tensor:
        """What was in the subspace of `other`, of the same sides, in this one; what sticks out is lost."""
        if self.left is not None and other.left is not None:
            reduced = (self.left.T @ other.left) @ reduced
        if self.right is not None and other.right is not None:
            reduced = reduced @ (other.right.T @ self.right)
        return reduced

    def save(self, state: MutableMapping[str, Any]) -> None:
        """Keep it in an optimizer's state of a parameter."""
        for name, side in (("left", self.left), ("right", self.right)):
            if side is not None:
                state[name] = side

    @staticmethod
    def load(state: MutableMapping[str, Any]) -> Projection:
        """The one that was kept."""
        return Projection(state.get("left"), state.get("right"))


def leading(gradient: Tensor, rank: int, side: Side) -> Projection:
    """The leading singular vectors of a gradient (m, n), at most `rank` of them, in float32."""
    m, n = gradient.shape
    matrix = gradient.detach().float()
    on_left = side in {Side.LEFT, Side.BOTH} or (side is Side.SHORTER and m < n)
    on_right = side in {Side.RIGHT, Side.BOTH} or (side is Side.SHORTER and m >= n)
    left = _vectors(matrix, min(rank, m)) if on_left else None
    right = _vectors(matrix.T, min(rank, n)) if on_right else None
    return Projection(left, right)


def _vectors(matrix: Tensor, rank: int) -> Tensor:
    """The leading left singular vectors of (m, n) as columns (m, rank)."""
    scale = matrix.abs().amax()
    matrix = matrix / scale if scale > 0 else matrix  # squares of tiny gradients would underflow
    _, vectors = torch.linalg.eigh(matrix @ matrix.T)  # ascending
    columns: Tensor = vectors[:, -rank:].flip(1).contiguous()
    return columns
