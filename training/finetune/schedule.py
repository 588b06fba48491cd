"""Warm-up, stable, decay: the learning rate of MiniCPM (Hu et al. 2024, section 4), by step."""

from __future__ import annotations


def wsd(step: int, total: int, *, warmup: float = 0.03, decay: float = 0.2, floor: float = 0.05) -> float:
    """The factor on the peak learning rate at `step` (0-based) of `total`.

    Linear warm-up over the first `warmup` of the steps, then 1, then exponential decay to `floor` over the
    last `decay`. The paper's ten per cent is enough for pre-training; short fine-tunings gain from more.
    """
    rising, falling = max(1, round(total * warmup)), max(1, round(total * decay))
    if step < rising:
        return (step + 1) / rising
    if step < total - falling:
        return 1.0
    return float(floor ** ((step - (total - falling) + 1) / falling))
