"""`tinyagent history` and `tinyagent undo`: what was done, and taking it back."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tinyagent_app.cli import options
from tinyagent_app.cli.failures import Exit
from tinyagent_app.journal import RunDetail, RunSummary, UndoReport
from tinyagent_app.opening import open_journal
from tinyagent_app.text import bounded, one_line, printable

Number = Annotated[int | None, typer.Argument(metavar="[NUMBER]", help="Number of a request.")]


def history(
    number: Number = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="How many requests.")] = 20,
    last: Annotated[bool, typer.Option("--last", help="All about the latest request.")] = False,
    search: Annotated[
        str, typer.Option("--search", metavar="WORDS", help="Only requests with these words.")
    ] = "",
    profile: options.Profile = "default",
    as_json: options.Json = False,
) -> None:
    """List past requests; with a number, all about one.

    Examples:

      tinyagent history

      tinyagent history --last

      tinyagent history 12 --json
    """
    with open_journal(profile) as journal:
        if last and (latest := journal.history(limit=1)):
            number = latest[0].id
        if number is not None:
            detail = journal.show(number)
            print(json.dumps(asdict(detail), ensure_ascii=False)) if as_json else _print_detail(detail)
            return
        runs = journal.history(limit, search)
    if as_json:
        print(json.dumps([asdict(run) for run in runs], ensure_ascii=False))
        return
    _print_runs(runs)


def undo(
    number: Number = None,
    step: Annotated[int | None, typer.Option("--step", min=1, help="Take back only this step.")] = None,
    profile: options.Profile = "default",
    as_json: options.Json = False,
) -> None:
    """Take back what a request changed, byte for byte; without a number, the last one.

    A file that was changed since is left alone and named. What was sent can't be taken back.

    Examples:

      tinyagent undo

      tinyagent undo 12 --step 3
    """
    with open_journal(profile) as journal:
        report = journal.undo(number, step)
    if as_json:
        print(json.dumps(asdict(report) | {"complete": report.complete}, ensure_ascii=False))
    else:
        _print_undo(report)
    if report.conflicts:
        raise typer.Exit(Exit.FAILED)


def _print_runs(runs: list[RunSummary]) -> None:
    console = Console()
    if not runs:
        console.print("Nothing was asked yet.")
        return
    table = Table(box=None, header_style="dim", pad_edge=False)
    table.add_column("no.", justify="right")
    for column in ("when", "how it ended", "request"):
        table.add_column(column, no_wrap=column != "request")
    for run in runs:
        outcome = "undone" if run.undone else run.outcome
        table.add_row(str(run.id), _when(run.started), outcome, Text(one_line(run.request, 200)))
    console.print(table)


def _print_detail(detail: RunDetail) -> None:
    console = Console(highlight=False, soft_wrap=True)
    run = detail.run
    console.print(Text(f"{run.id}  {printable(run.request)}", style="bold"))
    state = f"{run.outcome}, undone {_when(run.undone)}" if run.undone else run.outcome
    console.print(Text(f"{_when(run.started)}, {state}, planned by {run.model}", style="dim"))
    for step in detail.steps:
        args = json.dumps(step.args, ensure_ascii=False)
        console.print(Text(f"  step {step.step}  {step.tool} {one_line(args, 120)}: {step.state}"))
    for change in detail.changes:
        console.print(
            Text(f"  {change.action} {printable(change.path)} (step {change.step}, {change.state})")
        )
    if run.answer:
        console.print(Text("\n" + printable(bounded(run.answer))))


def _print_undo(report: UndoReport) -> None:
    console = Console(highlight=False, soft_wrap=True)
    console.print(Text(f"Request {report.run}: {one_line(report.request, 200)}", style="bold"))
    for path in report.restored:
        console.print(Text(f"put back  {printable(path)}"))
    for path in report.removed:
        console.print(Text(f"removed   {printable(path)}"))
    for conflict in report.conflicts:
        console.print(Text(f"left      {printable(conflict.path)}: {conflict.reason}", style="yellow"))
    for sent in report.sent:
        verb = "was sent" if sent.certain else "may have been sent"
        console.print(
            Text(f"{verb} and can't be taken back: {one_line(sent.text or sent.tool, 200)}", style="yellow")
        )
    if not (report.restored or report.removed or report.conflicts or report.sent):
        console.print("It had changed nothing that is still there.")


def _when(moment: str | None) -> str:
    if not moment:
        return ""
    return datetime.fromisoformat(moment).astimezone().strftime("%Y-%m-%d %H:%M")
