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
        console.print(grid([(title, *COLUMNS), *map(_row, groups)]))
    if report.failures:
        console.print(_failures(report.failures))
    for problem in report.problems:
        console.print(f"[yellow]predictions:[/] {escape(problem)}")


def plain(report: Report) -> str:
    """A report as text with aligned columns; one line for each failing case."""
    lines = ["Success rates with 95 % Wilson intervals"]
    for title, groups in _sections(report):
        lines += ["", *aligned([(title, *COLUMNS), *map(_row, groups)])]
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


def aligned(rows: Sequence[tuple[str, ...]], words: int = 1) -> list[str]:
    """Lines with columns; the first row is the header, the first `words` columns hold no figures."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(_padded(row, widths, words)) for row in rows]


def _padded(row: tuple[str, ...], widths: Sequence[int], words: int) -> Iterator[str]:
    for place, (cell, width) in enumerate(zip(row, widths, strict=True)):
        yield cell.ljust(width) if place < words else cell.rjust(width)


def grid(rows: Sequence[tuple[str, ...]], words: int = 1) -> Table:
    """The same for a terminal, which breaks the lines of a cell where it's narrow."""
    table = Table(*rows[0])
    for place, column in enumerate(table.columns):
        column.justify = "left" if place < words else "right"
        column.overflow = "fold"
    for row in rows[1:]:
        table.add_row(*map(escape, row))
    return table


def _failures(scores: Sequence[CaseScore]) -> Table:
    table = Table("case", "request", "reason", title=f"{len(scores)} cases without full success")
    for score in scores:
        table.add_row(escape(score.id), escape(score.query), escape(score.reason))
    return table
