"""The learning rate of a configuration."""

from __future__ import annotations

from training.pretrain.config import ScheduleConfig
from training.schedules import cosine, linear, wsd


def rate(step: int, total: int, schedule: ScheduleConfig) -> float:
    """The factor on the peak learning rate."""
    warmup, floor = schedule.warmup, schedule.floor
    match schedule.name:
        case "wsd":
            return wsd(step, total, warmup=warmup, decay=schedule.decay, floor=floor, form=schedule.form)
        case "cosine":
            return cosine(step, total, warmup=warmup, floor=floor)
        case "linear":
            return linear(step, total, warmup=warmup, floor=floor)
