"""A run that decays from a checkpoint of another's stable phase (MiniCPM, Hu et al. 2024, section 4.3).

One stable run gives a model of every length: each needs only its last tenth.
"""

from __future__ import annotations

from pathlib import Path

from training.pretrain import checkpoint
from training.pretrain.config import RunConfig
from training.pretrain.rates import rate
from training.pretrain.summary import CONFIG
from training.runs.refused import RunRefused


def decayed(run: Path, step: int, share: float, folder: Path) -> RunConfig:
    """Begin a run in a folder that decays from another's checkpoint, over the last `share` of its steps.

    RunRefused if the other has not kept that step, or was not stable then.
    """
    kept = run / checkpoint.name_at(step)
    if not kept.exists():
        raise RunRefused(f"{run} has no checkpoint of step {step}: name it in 'keep' of its configuration")
    config = RunConfig.model_validate(checkpoint.read_header(kept)["about"]["config"])
    total = max(step + 1, round(step / (1 - share)))
    schedule = config.schedule.model_copy(update={"decay": (total - step) / total})
    if config.schedule.name != "wsd" or rate(step - 1, config.steps, config.schedule) < 1:
        raise RunRefused(f"step {step} of {run} is not in the stable phase of a wsd run")
    if (folder / CONFIG).exists():
        raise RunRefused(f"{folder} holds a run already")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / checkpoint.LAST).write_bytes(kept.read_bytes())
    return config.model_copy(update={"steps": total, "schedule": schedule, "keep": ()})
