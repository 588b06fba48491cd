"""`tinyagent undo`, and what it tells: also of what could not be taken back."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from tinyagent_app.cli import options
from tinyagent_app.cli.failures import Exit
from tinyagent_app.cli.output import print_json
from tinyagent_app.journal import UndoReport
from tinyagent_app.opening import open_journal
from tinyagent_app.text import one_line, printable

Step = Annotated[
    int | None, typer.Option("--step", min=1, max=options.LARGEST, help="Take back only this step.")
]


def undo(
    number: options.Number = None,
    step: Step = None,
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
        print_json(asdict(report) | {"complete": report.complete})
    else:
        print_undo(report, undo_command(report.run, profile, step))
    if report.conflicts:
        raise typer.Exit(Exit.FAILED)


def undo_command(run: int, profile: str, step: int | None = None) -> str:
    """The command that takes back a request, or a step of it."""
    words = ["tinyagent undo", str(run)]
    words += ["--step", str(step)] if step is not None else []
    words += ["--profile", profile] if profile != "default" else []
    return " ".join(words)


def print_undo(report: UndoReport, again: str) -> None:
    """What was taken back and what was not; `again`: the command for the rest."""
    console = Console(highlight=False, soft_wrap=True)
    console.print(Text(f"Request {report.run}: {one_line(report.request, 200)}", style="bold"))
    for path in report.restored:
        console.print(Text(f"put back  {printable(path)}"))
    for path in report.removed:
        console.print(Text(f"removed   {printable(path)}"))
    for conflict in report.conflicts:
        left = f"left      {printable(conflict.path)}: {printable(conflict.reason)}"
        console.print(Text(left, style="yellow"))
    for sent in report.sent:
        verb = "was sent" if sent.certain else "may have been sent"
        console.print(
            Text(f"{verb} and can't be taken back: {one_line(sent.text or sent.tool, 200)}", style="yellow")
        )
    if report.conflicts:
        console.print(Text(f"To take back what is left, see to that, then run: {again}"))
    if not (report.restored or report.removed or report.conflicts or report.sent):
        console.print("It had changed nothing that is still there.")
