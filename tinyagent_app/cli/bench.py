"""`tinyagent bench`: measurements, written to files that can be compared."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

from tinyagent_app.cli import options

bench = typer.Typer(no_args_is_help=True, help="Measure speed; figures and plots go to a folder.")

Folder = Annotated[Path, typer.Option("--out", metavar="FOLDER", help="Where the report is written.")]


@bench.callback()
def _bench() -> None:
    """Measure speed; reports go to a folder."""
