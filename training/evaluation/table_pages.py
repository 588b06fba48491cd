"""A table of runs for people (terminal, Markdown) and as CSV."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from rich.console import Console

from training.evaluation.rates import Rate
from training.evaluation.render import aligned, grid
from training.evaluation.run_report import cell
from training.evaluation.table import Row, RunTable

PAGE, DATA = "table.md", "table.csv"
COLUMNS = ("run", "model", "set-up", "n", "graph success", "full success", "median", "p90")
WORDS = 3  # of the columns; figures stand on the right
FIELDS = (
    *("run", "model", "setup", "cases"),
    *("graph", "graph_rate", "graph_low", "graph_high"),
    *("full", "full_rate", "full_low", "full_high"),
    *("median_ms", "p90_ms"),
)


def show(table: RunTable, console: Console) -> None:
    """Print a table in the way that fits where it goes."""
    rows = [COLUMNS, *map(_row, table.rows)]
    if console.is_terminal:
        console.print(_about(table), markup=False, highlight=False)
        console.print(grid(rows, WORDS))
        return
    console.file.write("\n".join([_about(table), "", *aligned(rows, WORDS)]) + "\n")


def write(table: RunTable, folder: Path) -> None:
    """Write table.md and table.csv. OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / PAGE).write_text(markdown(table), encoding="utf-8")
    (folder / DATA).write_text(comma_separated(table), encoding="utf-8", newline="")


def markdown(table: RunTable) -> str:
    """The page."""
    header = [f"| {' | '.join(COLUMNS)} |", f"|{'---|' * len(COLUMNS)}"]
    rows = [(*map(cell, row[:WORDS]), *row[WORDS:]) for row in map(_row, table.rows)]
    lines = ["# Runs on the same cases", "", cell(_about(table)), "", *header]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)]) + "\n"


def comma_separated(table: RunTable) -> str:
    """A line for each run: "graph" and "full" are counts, rates and their intervals are shares of 1."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(FIELDS)
    for row in table.rows:
        times = (f"{row.median_ms:.0f}", f"{row.p90_ms:.0f}")
        words = (row.label, row.model, row.setup, str(row.n))
        writer.writerow((*words, *_figures(row.graph), *_figures(row.full), *times))
    return text.getvalue()


def _about(table: RunTable) -> str:
    return (
        f"Cases: {table.cases} (SHA-256 {table.digest[:12]}…). Success rates with 95 % Wilson intervals, "
        "median and 90 % time of a plan."
    )


def _row(row: Row) -> tuple[str, ...]:
    times = (_seconds(row.median_ms), _seconds(row.p90_ms))
    return (row.label, row.model, row.setup, str(row.n), str(row.graph), str(row.full), *times)


def _seconds(milliseconds: float) -> str:
    return f"{milliseconds / 1000:.2f} s" if milliseconds else "-"


def _figures(rate: Rate) -> tuple[str, ...]:
    return (str(rate.successes), *(f"{value:.4f}" for value in (rate.value, *rate.interval)))
