"""What a run logs: one row a step in a CSV file that a spreadsheet opens, each step once."""

from __future__ import annotations

import csv
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

LOSS, DEVELOPMENT = "loss.csv", "development.csv"


@dataclass(frozen=True, slots=True)
class Progress:
    """One step."""

    step: int
    loss: float  # mean over the plans' tokens, nats
    learning_rate: float
    tokens: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Measured:
    """What the model makes of the development examples after a step."""

    step: int
    loss: float  # mean over the plans' tokens, nats
    exact: float  # share of the plans that greedy decoding writes token by token, without the grammar


def append(path: Path, row: DataclassInstance) -> None:
    """Add a row, below the names of its columns."""
    new = not path.exists()
    with path.open("a", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(asdict(row)))
        if new:
            writer.writeheader()
        writer.writerow(asdict(row))


def forget_after(path: Path, step: int) -> None:
    """Steps after the checkpoint are lost with a kill and will be made again: their rows go."""
    if not path.exists():
        return
    header, *rows = path.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [row for row in rows if row.endswith("\n") and int(row.partition(",")[0]) <= step]
    temporary = path.with_suffix(".tmp")
    temporary.write_text("".join([header, *kept]), encoding="utf-8", newline="")
    temporary.replace(path)


def read(path: Path) -> list[dict[str, float]]:
    """The rows; none if there is no such file."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]
