"""The losses of a run as a picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from training.runs.logs import read


def draw(losses: Path, measured: Path, label: str, window: int = 20) -> None:
    """loss.png beside the logs: the loss of each step, its running mean, that of what is not trained on.

    Nothing if matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure  # noqa: PLC0415 (only with the training extra)
    except ImportError:
        return
    rows, others = read(losses), read(measured)
    steps, values = [row["step"] for row in rows], np.array([row["loss"] for row in rows])
    mean = np.convolve(values, np.ones(window) / window, "valid") if len(values) >= window else values
    axes = (figure := Figure(figsize=(7, 4))).subplots()
    axes.plot(steps, values, alpha=0.3, label="each step")
    axes.plot(steps[-len(mean) :], mean, label=f"mean of {window}")
    if others:
        axes.plot([r["step"] for r in others], [r["loss"] for r in others], "o-", label="not trained on")
    axes.set(xlabel="step", ylabel=label, yscale="log", title="Training")
    axes.legend()
    figure.savefig(losses.with_name("loss.png"), dpi=110, bbox_inches="tight")
