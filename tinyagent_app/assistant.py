"""The assistant: one request in, a stream of events out, everything recorded in the journal.

Composes planner, executor and journal; front ends only show the events and answer its questions:

    assistant = Assistant(model, tools, context, journal)
    async with contextlib.aclosing(assistant.handle("text Ana that I am late", interaction, now)) as events:
        async for event in events:
            ...

Closing the stream cancels the request: nothing new starts, and what was begun is completed or undone
by the journal's rules.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from planner.asking import OneAtATime
from planner.events import (
    Answered,
    Event,
    Interaction,
    PlanFinished,
    StepEnd,
    StepFailed,
    StepPlanned,
    StepSkipped,
    StepSucceeded,
)
from planner.executor import Executor
from planner.joiner import answer
from planner.plan import Plan, Step
from planner.planning import PlanEvent, Planner
from planner.replan import check_replan, replan_request
from planner.request import Request
from planner.runtime.base import LanguageModel
from tinyagent_app.journal import Journal, Outcome, Run
from tinyagent_app.writer import ModelWriter
from tools.context import ToolContext
from tools.spec import ToolSpec


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of an execution."""

    parallel: int = 8
    step_seconds: float = 120.0


class Assistant:
    """Handles requests, one at a time."""

    def __init__(
        self,
        model: LanguageModel,
        tools: Sequence[ToolSpec],
        context: ToolContext,
        journal: Journal,
        limits: Limits | None = None,
    ) -> None:
        self._model, self._context, self._journal = model, context, journal
        self._tools = {tool.name: tool for tool in tools}
        self._planner = Planner(model, tools)
        self._limits = limits or Limits()
        self.run: int | None = None  # number of the latest request in the journal

    async def handle(self, text: str, interaction: Interaction, now: datetime) -> AsyncGenerator[Event, None]:
        """Plan, run and answer a request. The last event is `Answered`.

        `now` is local wall time, the clock of this request. RequestRejected, ModelUnavailable,
        InvalidPlan, Unanswered and JournalUnavailable; after any of them the journal says how far it came.
        """
        request = Request.read(text)
        run = self._journal.start_run(request.text, self._model.name)
        self.run = run.id
        work = _Work(request, now, OneAtATime(interaction))
        outcome = Outcome.CANCELLED
        try:
            async with contextlib.aclosing(self._work(work, run)) as events:
                async for event in events:
                    yield event
            work.answer = answer(tuple(work.ends.values()), self._tools)
            outcome = work.outcome
            yield Answered(work.answer)
        except Exception as error:
            outcome, work.answer = Outcome.FAILED, str(error)
            raise
        finally:
            run.finish(work.plan, outcome, work.answer)

    async def _work(self, work: _Work, run: Run) -> AsyncGenerator[Event, None]:
        """One plan and its execution, and at most one more when nothing was found."""
        async for event in self._round(work, run, avoid=""):
            yield event
        tried = replan_request(tuple(work.ends.values()), self._tools)
        if tried is None:
            return
        first = work.plan, work.ends
        work.ends = {}
        async for event in self._round(work, run, avoid=tried):
            yield event
        if not work.ends:  # the second plan was empty: the first one's errors are the answer
            work.plan, work.ends = first

    async def _round(self, work: _Work, run: Run, avoid: str) -> AsyncGenerator[Event, None]:
        # A model that was tuned to plan is too small to write: extracts are truer than its summaries.
        writer = None if self._model.tuned else ModelWriter(self._model, asyncio.get_running_loop())
        context = replace(self._context, now=work.now, writer=writer)
        executor = Executor(
            self._tools,
            work.interaction,
            run.recorder(context),
            max_parallel=self._limits.parallel,
            step_timeout=self._limits.step_seconds,
        )
        plan = self._planner.plan(work.request, work.now, ask=work.interaction.choose, avoid=avoid)
        async with contextlib.aclosing(_Merged(plan, executor, self._tools, bool(avoid)).events()) as events:
            async for event in events:
                work.note(event)
                yield event


@dataclass
class _Work:
    """A request as far as it has come."""

    request: Request
    now: datetime
    interaction: Interaction
    plan: Plan | None = None
    answer: str = ""
    ends: dict[int, StepEnd] = field(default_factory=dict)

    def note(self, event: Event) -> None:
        """Remember what the answer is made of."""
        match event:
            case PlanFinished(plan):
                self.plan = plan
            case StepSucceeded() | StepFailed() | StepSkipped():
                self.ends[event.step.id] = event

    @property
    def outcome(self) -> Outcome:
        """How the request ended. A failure counts more than a refusal."""
        failed = [end for end in self.ends.values() if isinstance(end, StepFailed)]
        if any(not end.refused for end in failed):
            return Outcome.FAILED
        return Outcome.REFUSED if failed else Outcome.DONE


class _Merged:
    """The events of planning and of execution as one stream, each as soon as it happens."""

    def __init__(
        self,
        plan: AsyncGenerator[PlanEvent, None],
        executor: Executor,
        tools: dict[str, ToolSpec],
        second: bool,
    ) -> None:
        self._plan, self._executor, self._tools, self._second = plan, executor, tools, second
        self._events: asyncio.Queue[Event | None] = asyncio.Queue()

    async def events(self) -> AsyncGenerator[Event, None]:
        """The events; closing stops both."""
        driver = asyncio.create_task(self._drive())
        try:
            while (event := await self._events.get()) is not None:
                yield event
            await driver
        finally:
            driver.cancel()
            await asyncio.wait({driver})

    async def _drive(self) -> None:
        try:
            if self._second:
                await self._run_second()
            else:
                await self._run(self._steps())
        finally:
            self._events.put_nowait(None)

    async def _run(self, steps: AsyncIterator[Step], confirm: frozenset[int] = frozenset()) -> None:
        async with contextlib.aclosing(self._executor.run(steps, confirm=confirm)) as events:
            async for event in events:
                self._events.put_nowait(event)

    async def _run_second(self) -> None:
        """A second plan is run when it is complete: what it does beyond reading needs a yes of its own."""
        steps = [step async for step in self._steps()]
        await self._run(_each(steps), check_replan(Plan(tuple(steps)), self._tools))

    async def _steps(self) -> AsyncIterator[Step]:
        async with contextlib.aclosing(self._plan) as events:
            async for event in events:
                self._events.put_nowait(event)
                if isinstance(event, StepPlanned):
                    yield event.step


async def _each(steps: Sequence[Step]) -> AsyncIterator[Step]:
    for step in steps:
        yield step
