"""Learning rates over a run, as factors on the peak rate: pure functions of the step.

Warm-up, stable, decay (WSD; MiniCPM, Hu et al. 2024, section 4) and what it is compared with: cosine, linear.
All steps are 0-based; the last one of a run is `total - 1` and has the factor `floor`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from enum import StrEnum

import torch

Schedule = Callable[[int], float]


class Decay(StrEnum):
    """How the rate falls in the last phase."""

    EXPONENTIAL = "exponential"  # by the same factor each step, as in MiniCPM's released models
    LINEAR = "linear"
    COSINE = "cosine"
    ROOT = "1-sqrt"  # Hägele et al. 2024: fast at first


def wsd(
    step: int,
    total: int,
    *,
    warmup: int = 30,
    decay: float = 0.25,
    floor: float = 0.05,
    form: Decay = Decay.EXPONENTIAL,
) -> float:
    """Linear over the first `warmup` steps, then 1, then down to `floor` over the last share `decay` of all.

    The stable phase need not know `total`: a run can be made longer before it decays.
    """
    falling = max(1, round(total * decay))
    if step < warmup:
        return (step + 1) / warmup
    if step < total - falling:
        return 1.0
    return fallen((step - (total - falling) + 1) / falling, floor, form)


def cosine(step: int, total: int, *, warmup: int = 30, floor: float = 0.1) -> float:
    """Linear warm-up, then half a cosine to `floor`."""
    if step < warmup:
        return (step + 1) / warmup
    return fallen((step - warmup + 1) / max(1, total - warmup), floor, Decay.COSINE)


def linear(step: int, total: int, *, warmup: int = 30, floor: float = 0.0) -> float:
    """Linear warm-up, then straight to `floor`."""
    if step < warmup:
        return (step + 1) / warmup
    return fallen((step - warmup + 1) / max(1, total - warmup), floor, Decay.LINEAR)


def fallen(x: float, floor: float, form: Decay) -> float:
    """The factor after the share x of a decay from 1 to `floor`; `floor` from x = 1 on."""
    x = min(1.0, max(0.0, x))
    match form:
        case Decay.EXPONENTIAL:
            if not floor > 0:
                raise ValueError("an exponential decay needs a floor above 0")
            return float(floor**x)
        case Decay.LINEAR:
            left = 1 - x
        case Decay.COSINE:
            left = (1 + math.cos(math.pi * x)) / 2
        case Decay.ROOT:
            left = 1 - math.sqrt(x)
    return floor + (1 - floor) * left


def scheduler(optimizer: torch.optim.Optimizer, schedule: Schedule) -> torch.optim.lr_scheduler.LambdaLR:
    """The schedule as torch's own kind: call its `step()` after the optimizer's."""
    return torch.optim.lr_scheduler.LambdaLR(optimizer, schedule)
