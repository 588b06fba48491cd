"""Warm-up, stable, decay: the learning rate of MiniCPM (Hu et al. 2024, section 4), by step."""

from __future__ import annotations


def wsd(step: int, total: int, *, warmup: int = 30, decay: float = 0.25, floor: float = 0.05) -> float:
    """The factor on the peak learning rate at `step` (0-based) of `total`.

    Linear over the first `warmup` steps, then 1, then exponential decay to `floor` over the last share
    `decay` of the steps. The stable phase need not know `total`: a run can be made longer before it decays.
    """
    falling = max(1, round(total * decay))
    if step < warmup:
        return (step + 1) / warmup
    if step < total - falling:
        return 1.0
    return float(floor ** ((step - (total - falling) + 1) / falling))
