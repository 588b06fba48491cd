"""Several runs over the same cases as the rows of one table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

from training.evaluation.rates import Rate
from training.evaluation.run import RunError
from training.evaluation.run_report import REPORT, read_scores


@dataclass(frozen=True, slots=True)
class Row:
    """One run. Times are milliseconds, 0 if no plan was timed."""

    label: str
    model: str
    setup: str
    graph: Rate
    full: Rate
    median_ms: float
    p90_ms: float

    @classmethod
    def of(cls, label: str, folder: Path, report: Mapping[str, Any]) -> Row:
        """From the data of a folder's report. RunError if it has no times."""
        try:
            median, p90 = (float(report["speed"][name]) for name in ("median_ms", "p90_ms"))
        except (KeyError, TypeError, ValueError):
            raise RunError(f"{folder}: its {REPORT} has no times of plans") from None
        cases = report["cases"]
        graph, full = (Rate(sum(case[name] for case in cases), len(cases)) for name in ("graph", "full"))
        model, setup = report["run"]["model"], str(report["run"].get("setup", ""))
        return cls(_on_one_line(label), _on_one_line(model), _on_one_line(setup), graph, full, median, p90)

    @property
    def n(self) -> int:
        """The number of cases."""
        return self.graph.n

    def json(self) -> dict[str, object]:
        """As data."""
        return {
            "label": self.label,
            "model": self.model,
            "setup": self.setup,
            "n": self.n,
            "graph": self.graph.json(),
            "full": self.full.json(),
            "median_ms": self.median_ms,
            "p90_ms": self.p90_ms,
        }


@dataclass(frozen=True, slots=True)
class RunTable:
    """Runs in the order in which they were given."""

    cases: str  # the name of their file
    digest: str  # its SHA-256, in hexadecimal
    rows: tuple[Row, ...]

    @classmethod
    def of(cls, runs: Sequence[tuple[str, Path]]) -> RunTable:
        """From labels and folders, one at least. RunError if one is no run, or they met different cases."""
        reports = [read_scores(folder) for _, folder in runs]
        folders = [folder for _, folder in runs]
        for folder, report in zip(folders, reports, strict=True):
            _check_same_cases(folders[0], reports[0], folder, report)
        rows = [Row.of(*run, report) for run, report in zip(runs, reports, strict=True)]
        about = reports[0]["run"]
        return cls(_on_one_line(about["cases"]), _on_one_line(about["digest"]), tuple(rows))

    def json(self) -> dict[str, object]:
        """As data."""
        return {"cases": self.cases, "digest": self.digest, "runs": [row.json() for row in self.rows]}


def share(label: str) -> float:
    """The number that a label such as "1/16", "0.25" or "575" stands for. RunError if it is none above 0."""
    over, slash, under = label.partition("/")
    try:
        found = float(over) / float(under if slash else 1)
    except (ValueError, ZeroDivisionError):
        found = 0.0
    if not (isfinite(found) and found > 0):
        raise RunError(
            f"for a curve the run needs a name that is a number above 0, such as 1/4, not {label!r}"
        )
    return found


def _check_same_cases(
    first: Path, expected: Mapping[str, Any], folder: Path, report: Mapping[str, Any]
) -> None:
    """RunError if the second report is not about the cases of the first."""
    if report["run"]["digest"] != expected["run"]["digest"]:
        told = [f"{path} has {_cases(data)}" for path, data in ((first, expected), (folder, report))]
        raise RunError(f"the runs are about different cases: {', '.join(told)}")
    sizes = [len(data["cases"]) for data in (expected, report)]
    if {case["id"] for case in report["cases"]} != {case["id"] for case in expected["cases"]}:
        raise RunError(
            f"the runs are about different cases: {first} has {sizes[0]} of {_cases(report)}, "
            f"{folder} has {sizes[1]}; plan the same ones (--limit)"
        )


def _cases(report: Mapping[str, Any]) -> str:
    return _on_one_line(f"{report['run']['cases']} (SHA-256 {report['run']['digest'][:12]}…)")


def _on_one_line(text: str) -> str:
    """Names are read from files and the command line: no line breaks, nothing that moves a cursor."""
    return "".join(c for c in " ".join(text.split()) if c.isprintable())
