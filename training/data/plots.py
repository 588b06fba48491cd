"""Pictures for the data card. Without matplotlib there are none, and the card's tables say the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from training.data.build import Example
from training.data.card import by_length, by_tool

MOST_TOOLS = 40


def draw(examples: Sequence[Example], folder: Path) -> tuple[str, ...]:
    """Write tools.png and lengths.png; the names of what was written."""
    try:
        from matplotlib.figure import Figure  # noqa: F401, PLC0415 (an extra that the core does not have)
    except ImportError:
        return ()
    tools = dict(by_tool(examples).most_common(MOST_TOOLS))
    _bars(tools, "calls of a tool in training", folder / "tools.png")
    lengths = {str(calls): count for calls, count in sorted(by_length(examples).items())}
    _bars(lengths, "training examples by calls in the plan", folder / "lengths.png")
    return ("tools.png", "lengths.png")


def _bars(counts: Mapping[str, int], title: str, path: Path) -> None:
    from matplotlib.figure import Figure  # noqa: PLC0415

    figure = Figure(figsize=(8, 1 + 0.22 * len(counts)), layout="constrained")
    axes = figure.add_subplot()
    axes.barh(list(counts)[::-1], list(counts.values())[::-1], color="tab:blue")
    axes.set_title(title)
    axes.margins(y=0.01)
    figure.savefig(path, dpi=100, metadata={"Software": None})  # no version: the same data, the same bytes
