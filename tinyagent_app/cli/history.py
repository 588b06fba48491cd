"""`tinyagent history`: what was asked and done."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from tinyagent_app.cli import options
from tinyagent_app.cli.output import NARROW, print_json
from tinyagent_app.journal import RunDetail, RunSummary
from tinyagent_app.opening import open_journal
from tinyagent_app.text import bounded, one_line, printable

Limit = Annotated[int, typer.Option("--limit", "-n", min=1, max=options.LARGEST, help="How many requests.")]


def history(
    number: options.Number = None,
    limit: Limit = 20,
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
            print_json(asdict(detail)) if as_json else _print_detail(detail)
            return
        runs = journal.history(limit, search)
    if as_json:
        print_json([asdict(run) for run in runs])
    elif runs:
        _print_runs(runs)
    else:
        print("No request has these words." if search else "Nothing was asked yet.")


def _print_runs(runs: list[RunSummary]) -> None:
    console = Console()
    if console.width < NARROW:
        for run in runs:
            console.print(Text(f"{run.id}  {_when(run.started)}  {_outcome(run)}", style="dim"))
            console.print(Padding(Text(one_line(run.request, 200)), (0, 0, 0, 2)))
        return
    table = Table(box=None, header_style="dim", pad_edge=False)
    table.add_column("no.", justify="right")
    for column in ("when", "how it ended", "request"):
        table.add_column(column, no_wrap=column != "request")
    for run in runs:
        table.add_row(str(run.id), _when(run.started), _outcome(run), Text(one_line(run.request, 200)))
    console.print(table)


def _print_detail(detail: RunDetail) -> None:
    console = Console(highlight=False, soft_wrap=True)
    run = detail.run
    console.print(Text(f"{run.id}  {printable(run.request)}", style="bold"))
    state = f"{run.outcome}, {_outcome(run)} {_when(run.undone)}" if run.undone else run.outcome
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


def _outcome(run: RunSummary) -> str:
    """How it ended; undone only if nothing of it is left."""
    if not run.undone:
        return run.outcome
    return "partly undone" if run.changes or run.sent else "undone"


def _when(moment: str | None) -> str:
    if not moment:
        return ""
    return datetime.fromisoformat(moment).astimezone().strftime("%Y-%m-%d %H:%M")
