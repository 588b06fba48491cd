"""Rows of results as CSV, and what several seeds say together."""

from __future__ import annotations

import csv
import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# Student's t for a two-sided interval of 95 %, by degrees of freedom.
T95 = (math.inf, 12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over seeds and half the width of its 95 % interval (infinite for one seed)."""

    mean: float
    half: float
    count: int

    @classmethod
    def of(cls, values: Sequence[float]) -> Estimate:
        """Of one value for each seed, at most eleven."""
        count = len(values)
        if not 1 <= count <= len(T95):
            raise ValueError(f"1 to {len(T95)} seeds, not {count}")
        spread = statistics.stdev(values) / math.sqrt(count) if count > 1 else 0.0
        return cls(statistics.fmean(values), T95[count - 1] * spread if count > 1 else math.inf, count)

    def shown(self, digits: int = 3) -> str:
        """E.g. "3.512 ± 0.021"."""
        half = f" ± {self.half:.{digits}f}" if math.isfinite(self.half) else ""
        return f"{self.mean:.{digits}f}{half}"


def write_csv(rows: Iterable[dict[str, Any]], path: Path) -> None:
    """All rows with all columns that any of them has."""
    found = list(rows)
    names = list(dict.fromkeys(name for row in found for name in row))
    temporary = path.with_suffix(".part")
    with temporary.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(found)
    temporary.replace(path)


def markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"
