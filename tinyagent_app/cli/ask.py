"""`tinyagent ask`: plan a request, confirm, run it, answer."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console

from planner.events import Interaction, StepFailed
from tinyagent_app.assistant import Assistant
from tinyagent_app.cli import options
from tinyagent_app.cli.failures import Exit
from tinyagent_app.cli.fetching import provide_default
from tinyagent_app.cli.interaction import PresetInteraction, TerminalInteraction
from tinyagent_app.cli.output import print_json
from tinyagent_app.cli.plan import print_plan, read_request
from tinyagent_app.cli.stopping import stopped
from tinyagent_app.cli.view import Collected, LiveView, PlainView, View
from tinyagent_app.opening import Opened, open_profile

Request = Annotated[
    str, typer.Argument(metavar="REQUEST", help="What you want, in plain words; '-' reads it from a pipe.")
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Confirm every call beforehand.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show the plan, run nothing.")]


def ask(
    request: Request,
    yes: Yes = False,
    dry_run: DryRun = False,
    profile: options.Profile = "default",
    model: options.Model = "",
    now: options.Now = "",
    as_json: options.Json = False,
    verbose: options.Verbose = False,
) -> None:
    """Carry out a request: plan it, ask before anything leaves this machine, run it, answer.

    Examples:

      tinyagent ask "what is on my calendar tomorrow?"

      tinyagent ask "text Ana that lunch moved to one" --profile demo --dry-run

      echo "add milk to my shopping note" | tinyagent ask - --json
    """
    del verbose  # read by the root command, which sets up logging
    moment = options.clock(now)
    text = read_request(request)
    with open_profile(profile, model=model, now=moment) as opened:
        provide_default(opened)
        if dry_run:
            print_plan(opened, text, moment, as_json=as_json)
            return
        code = asyncio.run(_ask(opened, text, moment, yes=yes, as_json=as_json))
    raise typer.Exit(code)


async def _ask(opened: Opened, text: str, moment: datetime, *, yes: bool, as_json: bool) -> Exit:
    # Before the view: while it is live, `sys.stdout` is rich's, which is no terminal before rich 14.1.
    somebody_there = not as_json and sys.stdin.isatty() and sys.stdout.isatty()
    collected = Collected()
    view: View = collected if as_json else _view()
    interaction: Interaction
    if somebody_there:
        interaction = TerminalInteraction(Console(), view, yes=yes)
    else:
        interaction = PresetInteraction(yes=yes)
    assistant: Assistant | None = None
    try:
        async with opened.model_running() as model:
            assistant = Assistant(model, opened.tools, opened.context, opened.journal, opened.limits)
            async with contextlib.aclosing(assistant.handle(text, interaction, moment)) as events:
                async for event in events:
                    view.show(event)
                    if view is not collected:
                        collected.show(event)
    except asyncio.CancelledError:
        run = assistant.run if assistant is not None else None
        raise stopped(opened.journal, run, opened.profile.name) from None
    finally:
        view.close()
    if as_json:
        print_json(_data(collected))
    return exit_code(collected)


def _view() -> View:
    console = Console()
    return LiveView(console) if console.is_terminal else PlainView(Console(highlight=False))


def _data(collected: Collected) -> dict[str, object]:
    plan = collected.plan
    return {
        "steps": [step.json() for step in plan.plan.steps] if plan else [],
        "results": collected.results(),
        "answer": collected.answer,
        "tools_in_play": list(collected.tools_in_play),
        "timings": dict(plan.timings) if plan else {},
        "tokens": dict(plan.tokens) if plan else {},
        "exit_code": int(exit_code(collected)),
    }


def exit_code(collected: Collected) -> Exit:
    """What the steps' ends mean to a shell."""
    failed = [end for end in collected.ends.values() if isinstance(end, StepFailed)]
    if any(end.unavailable for end in failed):
        return Exit.UNAVAILABLE
    if any(not end.refused for end in failed):
        return Exit.FAILED
    return Exit.REFUSED if failed else Exit.DONE
