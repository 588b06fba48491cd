"""`tinyagent eval table`: what it does; `evaluate` declares its options."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from tinyagent_app.cli.evaluate_runs import tell
from tinyagent_app.cli.output import print_json
from tinyagent_app.text import printable
from training.evaluation import plots, table_pages, table_plots
from training.evaluation.table import RunTable, share


def table(runs: Sequence[str], out: Path | None, *, curve: bool, as_json: bool) -> None:
    """Print the table of these runs, and write it and its plots to `out`. RunError, OSError."""
    found = RunTable.of([_labelled(run) for run in runs])
    if curve:
        for row in found.rows:
            share(row.label)  # before anything is written
    if out is not None:
        _write(found, out, curve=curve)
    if as_json:
        print_json(found.json())
        return
    table_pages.show(found, Console())
    if out is not None:
        print(printable(f"\nReport: {out}"))


def _write(found: RunTable, out: Path, *, curve: bool) -> None:
    table_pages.write(found, out)
    if not plots.can_draw():
        tell(plots.NOT_DRAWN)
        return
    table_plots.draw_dots(found, out)
    if curve:
        table_plots.draw_curve(found, out)


def _labelled(run: str) -> tuple[str, Path]:
    """The label and the folder of NAME=FOLDER; without a name it's that of the folder."""
    name, equals, rest = run.partition("=")
    if equals and name:
        return name, Path(rest)
    folder = Path(rest if equals else run)
    return folder.resolve().name, folder
