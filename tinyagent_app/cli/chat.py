"""`tinyagent chat`: requests one after the other, with the model kept loaded."""

from __future__ import annotations

import asyncio
import contextlib
import sys

import typer
from rich.console import Console
from rich.text import Text

from planner.runtime.base import LanguageModel
from tinyagent_app.assistant import Assistant
from tinyagent_app.cli import options
from tinyagent_app.cli.failures import EXPECTED, explain
from tinyagent_app.cli.fetching import provide_default
from tinyagent_app.cli.interaction import TerminalInteraction, read_line
from tinyagent_app.cli.stopping import stopped, until_stopped
from tinyagent_app.cli.undo import print_undo, undo_command
from tinyagent_app.cli.view import LiveView
from tinyagent_app.opening import Opened, open_profile

GREETING = (
    "What can I do? An empty line or Ctrl-D ends, Ctrl-C stops a request; 'undo' takes the last one back."
)


def chat(
    profile: options.Profile = "default",
    model: options.Model = "",
    now: options.Now = "",
    verbose: options.Verbose = False,
) -> None:
    """Talk to the assistant on this terminal.

    Example:

      tinyagent chat --profile demo
    """
    del verbose
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise typer.BadParameter("The chat needs a terminal; use 'tinyagent ask' in scripts.")
    with (
        open_profile(profile, model=model, now=options.clock(now)) as opened,
        contextlib.suppress(KeyboardInterrupt),
    ):
        provide_default(opened)
        asyncio.run(_chat(opened, now))


async def _chat(opened: Opened, now: str) -> None:
    console = Console()
    console.print(Text(GREETING, style="dim"))
    async with opened.model_running() as model:
        while True:
            console.print(Text("\n› ", style="bold cyan"), end="")
            line = (await read_line() or "").strip()
            if not line:
                return
            if line == "undo":
                _undo(opened)
            else:
                await _handle(console, opened, model, line, now)


async def _handle(console: Console, opened: Opened, model: LanguageModel, line: str, now: str) -> None:
    assistant = Assistant(model, opened.tools, opened.context, opened.journal, opened.limits)
    try:
        if not await until_stopped(_show(console, assistant, line, now)):
            raise stopped(opened.journal, assistant.run, opened.profile.name)
    except EXPECTED as error:
        explain(error).print(as_json=False)


async def _show(console: Console, assistant: Assistant, line: str, now: str) -> None:
    view = LiveView(console)
    interaction = TerminalInteraction(console, view)
    try:
        async with contextlib.aclosing(assistant.handle(line, interaction, options.clock(now))) as events:
            async for event in events:
                view.show(event)
    finally:
        view.close()


def _undo(opened: Opened) -> None:
    try:
        report = opened.journal.undo()
    except EXPECTED as error:
        explain(error).print(as_json=False)
        return
    print_undo(report, undo_command(report.run, opened.profile.name))
