"""What a run says of itself at its end: size, memory, speed, the last losses."""

from __future__ import annotations

import json
import math
import resource
import statistics
import sys
from pathlib import Path
from typing import Any

import torch

from training.pretrain.model import count
from training.pretrain.optimizers import state_bytes
from training.runs.logs import read

CONFIG, LOSS, VALID, SUMMARY = "config.json", "loss.csv", "valid.csv", "summary.json"


def summarise(folder: Path, step: int, model: Any, optimizer: torch.optim.Optimizer) -> None:
    """What is left to say at the end: size, memory, speed, the last losses."""
    rows, valid = read(folder / LOSS), read(folder / VALID)
    parameters, inner = count(model)
    facts: dict[str, Any] = {
        "step": step,
        "parameters": parameters,
        "inner_parameters": inner,
        "trained_parameters": sum(p.numel() for p in model.parameters() if p.requires_grad),
        "optimizer_bytes": state_bytes(optimizer),
        "peak_memory_bytes": peak_memory(),
        "seconds_a_step": statistics.median(row["seconds"] for row in rows) if rows else None,
        "loss": rows[-1]["loss"] if rows else None,
        "valid_loss": valid[-1]["loss"] if valid else None,
        "valid_per_byte": valid[-1]["per_byte"] if valid else None,
        "valid_perplexity": math.exp(min(700.0, valid[-1]["loss"])) if valid else None,
    }
    text = json.dumps(facts, indent=2)
    (folder / SUMMARY).write_text(text + "\n", encoding="utf-8")


def peak_memory() -> int:
    """The most memory that this process has had, in bytes."""
    found = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return found if sys.platform == "darwin" else found * 1024


def described(folder: Path) -> str:
    """A finished run in two lines."""
    facts = json.loads((folder / SUMMARY).read_text(encoding="utf-8"))
    valid = ""
    if facts["valid_loss"] is not None:
        valid = f"; validation {facts['valid_loss']:.3f}, perplexity {facts['valid_perplexity']:.1f}"
    return (
        f"{facts['parameters']:,} parameters, {facts['step']:,} steps: "
        f"loss {facts['loss']:.3f}{valid}.\n"
        f"{facts['seconds_a_step']:.2f} s a step, {facts['optimizer_bytes'] / 1e6:.1f} MB of optimizer "
        f"state, {facts['peak_memory_bytes'] / 1e9:.2f} GB of memory at most. Everything is in {folder}."
    )
