"""Two plots of a table of runs, when matplotlib is there: each run's success, and success over the data."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from training.evaluation.plots import new_figure, spreads
from training.evaluation.rates import Rate
from training.evaluation.table import Row, RunTable, share

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DOTS, CURVE = "table.png", "curve.png"
LABEL_WIDTH = 34  # characters on a line
LINE_HEIGHT, LABEL_GAP = 0.17, 0.27  # inches


@dataclass(frozen=True, slots=True)
class _Measure:
    """A measure over the runs, and how it looks in both plots."""

    name: str
    marker: str
    colour: str
    rates: Sequence[Rate]


def draw_dots(table: RunTable, folder: Path) -> None:
    """Write table.png: a panel for each measure, the runs from top to bottom. OSError."""
    labels = [textwrap.fill(row.label, LABEL_WIDTH) for row in table.rows]
    lines = [label.count("\n") + 1 for label in labels]
    longest = max(len(line) for label in labels for line in label.split("\n"))
    figure = new_figure(6.4 + 0.08 * longest, 1.1 + sum(LABEL_GAP + LINE_HEIGHT * n for n in lines))
    panels: Sequence[Axes] = figure.subplots(1, 2, sharey=True)
    for axes, measure in zip(panels, _measures(table.rows), strict=True):
        _draw_dots(axes, measure)
    panels[0].set_yticks(range(len(labels)), labels, parse_math=False)
    panels[0].set_ylim(len(labels) - 0.5, -0.6)  # the first run is on top
    figure.supxlabel(_caption(table), fontsize="medium")
    figure.savefig(folder / DOTS, dpi=120)


def _draw_dots(axes: Axes, measure: _Measure) -> None:
    places = range(len(measure.rates))
    values = [rate.value for rate in measure.rates]
    axes.errorbar(
        values, places, xerr=spreads(measure.rates), fmt=measure.marker, color=measure.colour, capsize=3
    )
    for place, value in zip(places, values, strict=True):
        axes.annotate(
            f"{value:.1%}", (value, place), (0, 5), textcoords="offset points", ha="center", fontsize="small"
        )
    axes.set_title(measure.name, fontsize="medium")
    axes.set_xlim(-0.08, 1.08)  # room for what is written above a dot at either end
    axes.set_xticks([0, 0.2, 0.4, 0.6, 0.8, 1])
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    axes.tick_params(axis="y", length=0)
    _plain(axes, "x")


def draw_curve(table: RunTable, folder: Path) -> None:
    """Write curve.png: success over the shares that the labels are. RunError if one is no number, OSError."""
    rows = sorted(table.rows, key=lambda row: share(row.label))
    shares = [share(row.label) for row in rows]
    figure = new_figure(6.4, 4.2)
    axes = figure.add_subplot()
    axes.set_xscale("log")
    for aside, measure in zip((0.98, 1.02), _measures(rows), strict=True):  # bars beside each other
        axes.errorbar(
            [place * aside for place in shares],
            [rate.value for rate in measure.rates],
            yerr=spreads(measure.rates),
            fmt=f"{measure.marker}-",
            color=measure.colour,
            capsize=3,
            label=measure.name,
        )
    axes.set_xticks(shares, [row.label for row in rows], parse_math=False)
    axes.minorticks_off()
    axes.set(xlabel="training data (log scale)", ylabel=_caption(table))
    axes.set(xlim=(shares[0] / 1.4, shares[-1] * 1.4), ylim=(-0.02, 1.02))
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, frameon=False)
    _plain(axes, "y")
    figure.savefig(folder / CURVE, dpi=120)


def _measures(rows: Sequence[Row]) -> tuple[_Measure, _Measure]:
    return (
        _Measure("graph success", "o", "tab:blue", [row.graph for row in rows]),
        _Measure("full success", "s", "tab:orange", [row.full for row in rows]),
    )


def _caption(table: RunTable) -> str:
    return f"success in {table.rows[0].n} cases, 95 % Wilson interval"


def _plain(axes: Axes, values: Literal["x", "y"]) -> None:
    """No frame, but lines to read values off."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis=values, color="0.9")
    axes.set_axisbelow(True)
