"""Plans many requests in this process, each kept at once, so that a stopped run goes on where it ended."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.text import Text

from planner.errors import ModelUnavailable, PlannerError
from planner.planning import Planner
from planner.request import Request
from planner.runtime.base import LanguageModel
from tinyagent_app.cli.failures import Stopped, explain
from tinyagent_app.cli.fetching import provide_default
from tinyagent_app.cli.plan import planned
from tinyagent_app.cli.progress import progress_bar
from tinyagent_app.opening import Opened
from tinyagent_app.profiles import Places
from tinyagent_app.text import printable
from training.evaluation.run import Header, Run


@dataclass(frozen=True, slots=True)
class Asked:
    """A request of an evaluation."""

    id: str
    text: str
    now: datetime


PlannerFor = Callable[[Asked], Planner]
Planners = Callable[[LanguageModel], PlannerFor]
"""With a model, the planner for each request: one for all, or one with the tools of its case."""


def open_run(evaluation: str, opened: Opened, cases: Path, out: Path | None, parts: str = "") -> Run:
    """The run's folder: as chosen, or one in the cache that no other run has.

    `parts`: what of the planner is not as usual. RunError, ModelUnavailable, OSError.
    """
    setup = ", ".join(filter(None, (_adapter(opened), parts)))
    header = Header.of(evaluation, opened.model_name, cases, setup)
    words = re.sub(r"[^\w.-]+", "-", " ".join(filter(None, (Path(opened.model_name).name, setup))))
    own = Places.of(os.environ).cache / "evaluations" / f"{evaluation}-{words}-{header.digest[:8]}"
    return Run(out or own, header)


def complete(run: Run, opened: Opened, asked: Sequence[Asked], planners: Planners) -> None:
    """Plan what the run lacks. ModelUnavailable, Stopped; what was planned by then is kept."""
    missing = [request for request in asked if request.id not in run.done]
    if before := len(asked) - len(missing):
        tell(f"{before} of {len(asked)} were planned before, in {run.folder}")
    if not missing:
        return
    provide_default(opened)
    try:
        asyncio.run(_plan(run, opened, missing, planners))
    except KeyboardInterrupt:
        hint = f"What was planned is in {run.folder}; the same command goes on from there."
        raise Stopped(hint) from None


def always(planner: Planner) -> PlannerFor:
    """The same planner for every request."""
    return lambda _: planner


def _adapter(opened: Opened) -> str:
    """The adapter by its digest: plans of two adapters are never mixed in one folder."""
    path = opened.adapter
    return f"adapter {hashlib.sha256(path.read_bytes()).hexdigest()[:12]}" if path else ""


def tell(message: str) -> None:
    """A line on standard error: standard output is for the figures."""
    Console(stderr=True, soft_wrap=True).print(Text(printable(message), style="dim"))


async def _plan(run: Run, opened: Opened, missing: Sequence[Asked], planners: Planners) -> None:
    async with opened.model_running() as model:
        planner_for = planners(model)
        with progress_bar(len(missing)) as advance:
            for request in missing:
                run.append(await _prediction(planner_for(request), request, opened.model_name))
                advance()


async def _prediction(planner: Planner, asked: Asked, model: str) -> dict[str, object]:
    """As `tinyagent plan --jsonl` prints it. A model that is gone is no failed case, but the run's end."""
    try:
        found = await planned(planner, Request.read(asked.text), asked.now)
    except ModelUnavailable:
        raise
    except PlannerError as error:
        return {"id": asked.id, "error": explain(error).json()}
    return found.json(model, asked.id)
