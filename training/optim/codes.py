"""Optimizer state in eight bits: blocks of 256 numbers that share a scale, spaced by a power law.

Moments span many orders of magnitude within a block, so even steps would lose the small ones. A signed number
is kept by its square root's steps, one of the second moment, which must not become 0, by those of its fourth
root, rounded up. Dettmers et al. (2022, "8-bit Optimizers via Block-wise Quantization") use a table for the
same end.
"""

from __future__ import annotations

import torch
from torch import Tensor

BLOCK = 256
SIGNED, UNSIGNED = 2.0, 4.0  # the powers


def encode_signed(values: Tensor) -> tuple[Tensor, Tensor]:
    """Codes int8 of the same shape, and scales float32 (blocks,)."""
    blocks, scales = _scaled(values)
    codes = (blocks.abs().pow(1 / SIGNED) * 127).round_().mul_(blocks.sign())
    return _unblocked(codes, values).to(torch.int8), scales


def decode_signed(codes: Tensor, scales: Tensor) -> Tensor:
    """The numbers, float32, of the shape of the codes."""
    blocks = _blocked(codes.float()) / 127
    return _unblocked(blocks.abs().pow_(SIGNED).mul_(blocks.sign()).mul_(scales[:, None]), codes)


def encode_unsigned(values: Tensor) -> tuple[Tensor, Tensor]:
    """Codes uint8 of numbers that are not negative, and scales float32 (blocks,); none is rounded down."""
    blocks, scales = _scaled(values)
    codes = (blocks.pow(1 / UNSIGNED) * 255).sub_(1e-4).ceil_().clamp_(0, 255)
    return _unblocked(codes, values).to(torch.uint8), scales


def decode_unsigned(codes: Tensor, scales: Tensor) -> Tensor:
    """The numbers, float32, of the shape of the codes."""
    blocks = _blocked(codes.float()) / 255
    return _unblocked(blocks.pow_(UNSIGNED).mul_(scales[:, None]), codes)


def _scaled(values: Tensor) -> tuple[Tensor, Tensor]:
    blocks = _blocked(values.float())
    scales = blocks.abs().amax(1)
    return blocks / torch.where(scales == 0, 1, scales)[:, None], scales


def _blocked(values: Tensor) -> Tensor:
    """(…) -> (blocks, BLOCK), filled up with 0."""
    flat = values.reshape(-1)
    return torch.nn.functional.pad(flat, (0, -len(flat) % BLOCK)).view(-1, BLOCK)


def _unblocked(blocks: Tensor, like: Tensor) -> Tensor:
    return blocks.reshape(-1)[: like.numel()].view(like.shape)
