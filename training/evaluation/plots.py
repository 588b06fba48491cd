"""Two plots of a run, when matplotlib is there: what success costs in steps, and what plans cost in time."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from training.evaluation.rates import Rate
from training.evaluation.run_report import RunReport

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_Drawing = Callable[["Axes", RunReport], None]

BY_STEPS, TIMES = "success_by_steps.png", "plan_times.png"
NOT_DRAWN = "No plots were drawn: matplotlib is not installed (pip install matplotlib)."


def draw(report: RunReport, folder: Path) -> list[Path]:
    """Write the plots that the figures allow; the files written, none without matplotlib. OSError."""
    if not can_draw():
        return []
    written = [_save(folder / BY_STEPS, report, _draw_steps)]
    if report.speed.plan_ms:
        written.append(_save(folder / TIMES, report, _draw_times))
    return written


def can_draw() -> bool:
    """Whether matplotlib is there."""
    return importlib.util.find_spec("matplotlib") is not None


def new_figure(width: float, height: float) -> Figure:
    """A figure of its own, in inches: no state of matplotlib's is shared with whoever draws on it."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415 (not in every installation)
    from matplotlib.figure import Figure  # noqa: PLC0415

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def spreads(rates: Sequence[Rate]) -> list[list[float]]:
    """Below and above each rate, as error bars take them; rounding must not make one negative."""
    below = [max(0.0, rate.value - rate.interval[0]) for rate in rates]
    return [below, [max(0.0, rate.interval[1] - rate.value) for rate in rates]]


def _save(path: Path, report: RunReport, drawn: _Drawing) -> Path:
    figure = new_figure(6.4, 4.0)
    drawn(figure.add_subplot(), report)
    figure.savefig(path, dpi=120)
    return path


def _draw_steps(axes: Axes, report: RunReport) -> None:
    groups = report.report.by_steps
    places = list(range(len(groups)))
    for name, marker, shift, rates in (
        ("graph", "o", -0.08, [group.graph for group in groups]),
        ("full", "s", 0.08, [group.full for group in groups]),
    ):
        axes.errorbar(
            [place + shift for place in places],
            [rate.value for rate in rates],
            yerr=spreads(rates),
            fmt=marker,
            capsize=3,
            label=f"{name} success",
        )
    axes.set_xticks(places, [f"{group.name}\nn={group.n}" for group in groups])
    axes.set(xlabel="steps of the gold plan", ylabel="success, 95 % Wilson interval")
    axes.set(xlim=(-0.6, len(groups) - 0.4), ylim=(-0.02, 1.02))
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)  # no place inside is always free


def _draw_times(axes: Axes, report: RunReport) -> None:
    seconds = [milliseconds / 1000 for milliseconds in report.speed.plan_ms]
    axes.hist(seconds, bins=min(30, max(5, len(seconds) // 5)))
    for value, style, name in (
        (report.speed.median_ms, "-", "median"),
        (report.speed.p90_ms, "--", "p90"),
    ):
        label = f"{name} {value / 1000:.2f} s"
        axes.axvline(value / 1000, color="black", linestyle=style, label=label)
    axes.set(xlabel="seconds until the plan was complete", ylabel="plans")
    axes.legend()
