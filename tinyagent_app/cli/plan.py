"""`tinyagent plan`: the plan of a request, or of each case of a JSONL file, without running anything."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from planner.errors import PlannerError
from planner.events import PlanFinished, PlanStarted
from planner.planning import Planner
from planner.request import Request
from tinyagent_app.cli import options
from tinyagent_app.cli.failures import Exit, explain
from tinyagent_app.cli.fetching import provide_default
from tinyagent_app.cli.output import print_json
from tinyagent_app.cli.progress import progress_bar
from tinyagent_app.opening import Opened, open_profile
from tinyagent_app.text import printable

Words = Annotated[str, typer.Argument(metavar="[REQUEST]", help="What you want; '-' reads it from a pipe.")]
Cases = Annotated[
    str,
    typer.Option("--jsonl", metavar="FILE|-", help="Plan each case of a JSONL file, one plan a line."),
]


def plan(
    request: Words = "",
    jsonl: Cases = "",
    profile: options.Profile = "default",
    model: options.Model = "",
    now: options.Now = "",
    as_json: options.Json = False,
    verbose: options.Verbose = False,
) -> None:
    """Show the plan for a request; nothing is run.

    Examples:

      tinyagent plan "remind me to call mum on Sunday at noon"

      tinyagent plan "mail roadmap.pdf to Sid" --json

      tinyagent plan --jsonl cases.jsonl > plans.jsonl
    """
    del verbose
    if bool(request) == bool(jsonl):
        raise typer.BadParameter("Give either a request or --jsonl FILE.", param_hint="REQUEST")
    moment = options.clock(now)
    with open_profile(profile, model=model, now=moment) as opened:
        provide_default(opened)
        if jsonl:
            failed = asyncio.run(_plan_cases(opened, jsonl, moment))
            raise typer.Exit(Exit.FAILED if failed else Exit.DONE)
        print_plan(opened, read_request(request), moment, as_json=as_json)


def read_request(argument: str) -> str:
    """The request as given, or from standard input for '-'. Bytes that are no text are found later."""
    return argument if argument != "-" else sys.stdin.buffer.read(1 << 20).decode("utf-8", "surrogateescape")


def print_plan(opened: Opened, text: str, moment: datetime, *, as_json: bool) -> None:
    """Plan one request and print the plan."""
    planned = asyncio.run(_plan_one(opened, text, moment))
    if as_json:
        print_json(planned.json(opened.model_name))
        return
    console = Console(highlight=False, soft_wrap=True)
    if not planned.finished.plan.steps:
        console.print("Nothing to do: no tool fits this request.")
        return
    console.print(Text(printable(planned.finished.plan.text())))
    for question in planned.finished.questions:
        console.print(Text(f"? step {question.step.id}: {printable(question.text)}", style="yellow"))


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan and how it came about."""

    tools_in_play: tuple[str, ...]
    finished: PlanFinished

    def json(self, model: str, case: str = "") -> dict[str, object]:
        """As `plan --json` prints it."""
        finished = self.finished
        data: dict[str, object] = {"id": case} if case else {}
        questions = [
            {"step": q.step.id, "argument": q.argument, "text": q.text, "choices": list(q.choices)}
            for q in finished.questions
        ]
        return data | {
            "steps": [step.json() for step in finished.plan.steps],
            "questions": questions,
            "tools_in_play": list(self.tools_in_play),
            "timings": dict(finished.timings),
            "tokens": dict(finished.tokens),
            "model": model,
        }


async def _plan_one(opened: Opened, text: str, moment: datetime) -> Planned:
    request = Request.read(text)  # before the model is loaded: most mistakes show at once
    async with opened.model_running() as model:
        return await planned(Planner(model, opened.tools), request, moment)


async def planned(planner: Planner, request: Request, moment: datetime) -> Planned:
    """Plan a request without asking back."""
    tools: tuple[str, ...] = ()
    finished = None
    async with contextlib.aclosing(planner.plan(request, moment)) as events:
        async for event in events:
            match event:
                case PlanStarted():
                    tools = event.tools_in_play
                case PlanFinished():
                    finished = event
    if finished is None:
        raise RuntimeError("the planner ended without a plan")
    return Planned(tools, finished)


async def _plan_cases(opened: Opened, source: str, moment: datetime) -> int:
    """Plan every case; the number of cases without a plan."""
    cases = list(_cases(source))
    failed = 0
    async with opened.model_running() as model:
        planner = Planner(model, opened.tools)
        with progress_bar(len(cases)) as advance:
            for case in cases:
                line = await _plan_case(planner, opened.model_name, case, moment)
                failed += "error" in line
                print_json(line)
                sys.stdout.flush()
                advance()
    return failed


async def _plan_case(
    planner: Planner, model: str, case: Mapping[str, Any], moment: datetime
) -> dict[str, object]:
    try:
        clock = options.local_time(case["now"]) if "now" in case else moment
        result = await planned(planner, Request.read(case["query"]), clock)
    except PlannerError as error:
        return {"id": case["id"], "error": explain(error).json()}
    return result.json(model, case["id"])


def _cases(source: str) -> Iterator[Mapping[str, Any]]:
    """The cases of a file ('-': standard input). Usage error that names the line."""
    try:
        text = sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes()
    except OSError as error:
        raise typer.BadParameter(f"{source}: {error.strerror}", param_hint="--jsonl") from None
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            case = json.loads(line)
            valid = isinstance(case["id"], str) and isinstance(case["query"], str)
            options.local_time(case.get("now", "2026-01-01"))
        except (ValueError, KeyError, TypeError, AttributeError):
            valid = False
        if not valid:
            raise typer.BadParameter(
                f'line {number} is no case: it needs "id", "query" and, if given, an ISO "now".',
                param_hint="--jsonl",
            )
        yield case
