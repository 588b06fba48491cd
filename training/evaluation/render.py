"""The report of an evaluation for people: tables in a terminal, plain text where it's piped.

Text from cases and predictions is untrusted, so it's never read as console markup.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from training.evaluation.report import Group, Report
from training.evaluation.scoring import CaseScore

COLUMNS = ("n", "graph success", "full success")


def show(report: Report, console: Console) -> None:
    """Print a report in the way that fits where it goes."""
    if not console.is_terminal:
        console.file.write(plain(report))
        return
    for title, groups in _sections(report):
        console.print(_table(title, groups))
    if report.failures:
        console.print(_failures(report.failures))
    for problem in report.problems:
        console.print(f"[yellow]predictions:[/] {escape(problem)}")


def plain(report: Report) -> str:
    """A report as text with aligned columns; one line for each failing case."""
    lines = ["Success rates with 95 % Wilson intervals"]
    for title, groups in _sections(report):
        lines += ["", *_aligned([(title, *COLUMNS), *(_row(group) for group in groups)])]
    lines += ["", f"Cases without full success: {len(report.failures)}"]
    lines += [f"{s.id}  {s.reason}" for s in report.failures]
    lines += [f"predictions: {problem}" for problem in report.problems]
    return "\n".join(lines) + "\n"


def _sections(report: Report) -> Iterator[tuple[str, Sequence[Group]]]:
    yield "cases", [report.all]
    yield "steps", report.by_steps
    yield "tag", report.by_tag


def _row(group: Group) -> tuple[str, ...]:
    return group.name, str(group.n), str(group.graph), str(group.full)


def _aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(
            [row[0].ljust(widths[0]), *(cell.rjust(w) for cell, w in zip(row[1:], widths[1:], strict=True))]
        )
        for row in rows
    ]


def _table(title: str, groups: Sequence[Group]) -> Table:
    table = Table(title, *COLUMNS)
    for column in table.columns[1:]:
        column.justify = "right"
    for group in groups:
        table.add_row(*(escape(cell) for cell in _row(group)))
    return table


def _failures(scores: Sequence[CaseScore]) -> Table:
    table = Table("case", "request", "reason", title=f"{len(scores)} cases without full success")
    for score in scores:
        table.add_row(escape(score.id), escape(score.query), escape(score.reason))
    return table
