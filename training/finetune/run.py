"""From examples to a planner adapter: the way of `tinyagent train planner`.

A run is a folder: settings.json, loss.csv, development.csv, loss.png, checkpoint.safetensors, adapter.gguf.
A run that was stopped goes on when the same command is given again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import safe_open

from planner.runtime.network import Network
from training.finetune.base import load_base, with_lora
from training.finetune.batches import load
from training.finetune.checkpoint import CHECKPOINT
from training.finetune.export import Array, Shape, write_adapter
from training.finetune.train import Settings, Trainer, read_settings
from training.runs.logs import DEVELOPMENT, LOSS, Progress
from training.runs.plots import draw
from training.runs.refused import RunRefused

ADAPTER = "adapter.gguf"
CONTEXT = 512  # tokens; the network only divides text into tokens here
MOST_DEVELOPMENT = 200  # examples: half a minute of two cores


@dataclass(frozen=True, slots=True)
class Paths:
    """What a run reads and writes."""

    base: Path  # the GGUF file whose weights the adapter is for
    examples: Path  # JSONL of `training.data.build`
    folder: Path  # of the run
    development: Path | None = None  # examples like those, of other seeds, to look at during the run
    start: Path | None = None  # folder of a run whose adapter is where this one begins
    share: int = 1  # one in so many of the seeds is trained on


def train_planner(
    paths: Paths,
    settings: Settings,
    report: Callable[[Progress], None],
    until: Callable[[], bool] = lambda: False,
) -> Path | None:
    """Train, or go on, and export; the adapter's file, None in all processes but the first.

    RunRefused if there is nothing to train on, or the folder holds a run with other settings.
    """
    torch.manual_seed(settings.seed)
    network = Network(paths.base, context=CONTEXT, threads=1)
    examples = load(paths.examples, network, paths.share)
    development = load(paths.development, network)[:MOST_DEVELOPMENT] if paths.development else []
    if not examples:
        raise RunRefused(f"{paths.examples} holds no example that is short enough to train on")
    model = with_lora(load_base(paths.base, torch.bfloat16), settings.rank, settings.alpha)
    if paths.start is not None:
        set_adapter(model, adapter_tensors(paths.start / CHECKPOINT))
    trainer = Trainer(model, examples, settings, paths.folder, development)
    trainer.run(report, until)
    if not trainer.is_first:
        return None
    draw(paths.folder / LOSS, paths.folder / DEVELOPMENT, "loss on plan tokens, nats")
    return export(paths.folder, model.config)


def export(folder: Path, config: Any) -> Path:
    """Write the adapter of a run's checkpoint as GGUF. `config` is that of the base model."""
    alpha = float(read_settings(folder).alpha)
    shape = Shape(config.model_type, config.num_attention_heads, config.num_key_value_heads, alpha)
    path = folder / ADAPTER
    temporary = path.with_suffix(".tmp")
    write_adapter(adapter_tensors(folder / CHECKPOINT), shape, temporary)
    temporary.replace(path)
    return path


def adapter_tensors(checkpoint: Path) -> Mapping[str, Array]:
    """The adapter's tensors of a checkpoint by their peft names, in float32."""
    with safe_open(checkpoint, "pt") as file:
        names = [name for name in file.keys() if name.startswith("adapter.")]  # noqa: SIM118 (no mapping)
        return {
            name.removeprefix("adapter."): np.asarray(file.get_tensor(name).float().numpy()) for name in names
        }


def set_adapter(model: Any, tensors: Mapping[str, Array]) -> None:
    """Give a model with LoRA the weights of another. RunRefused if they are of another form."""
    for name, parameter in model.named_parameters():
        if not parameter.requires_grad:
            continue
        if name not in tensors or tensors[name].shape != tuple(parameter.shape):
            raise RunRefused(f"the adapter has no fitting {name}: it is of another model or rank")
        parameter.data.copy_(torch.from_numpy(tensors[name]))
