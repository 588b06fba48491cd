"""Runs a plan while it is still being written: every step as soon as it may, side by side.

Event-driven: a step that arrives, a step that ends, and the end of the plan each let the schedule
advance; nothing polls. (The published LLMCompiler loop waits for the next *line* before it looks at
finished tasks, polls every 10 ms, hangs when a tool raises, and forgets its tasks.) The rules of
what may start when are in `planner.scheduling`; this module adds time: tasks, limits, questions,
cancellation.

    executor = Executor(tools, interaction, recorder)
    async with contextlib.aclosing(executor.run(steps)) as events:
        async for event in events:
            ...

A step may be reported as started more than once: when the person answered a tool's question, it
starts again with the new arguments. It ends exactly once.
"""

from __future__ import annotations

import asyncio
import copy
import time
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Mapping
from dataclasses import dataclass

from planner.asking import Asker, frozen
from planner.attempt import Attempt, Returned
from planner.events import Event, Interaction, StepEnd, StepSkipped, StepStarted, StepSucceeded
from planner.failures import failure, not_confirmed
from planner.plan import Step, Value
from planner.recorder import Recorder
from planner.scheduling import Schedule
from planner.substitute import replace_argument, substitute
from planner.threads import DaemonThreads
from tools.errors import Ambiguous, ToolError
from tools.spec import Effect, ToolSpec

MAX_QUESTIONS = 5  # of one step; a tool that asks for ever is given up


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of a run. The seconds of a step don't count the time it waits for the person."""

    parallel: int
    step_seconds: float


class Executor:
    """Executes plans with the given tools. Several runs may go on at a time."""

    def __init__(
        self,
        tools: Mapping[str, ToolSpec],
        interaction: Interaction,
        recorder: Recorder,
        *,
        max_parallel: int = 8,
        step_timeout: float = 120.0,
    ) -> None:
        self._tools, self._interaction, self._recorder = tools, interaction, recorder
        self._limits = Limits(max_parallel, step_timeout)
        self._runs: set[_Run] = set()

    async def run(
        self, steps: AsyncIterator[Step], *, confirm: Collection[int] = ()
    ) -> AsyncGenerator[Event, None]:
        """Execute steps as they arrive; yields StepStarted, StepSucceeded, StepFailed and StepSkipped.

        `steps` ends when the plan is complete and valid. If it raises, nothing with an effect has
        happened; what runs is stopped, the rest is skipped, and the error follows the events. The
        steps in `confirm` need a yes whatever their effect. Closing this generator cancels the run.
        """
        run = _Run(self._tools, Asker(self._interaction), self._recorder, self._limits, frozenset(confirm))
        self._runs.add(run)
        driver = asyncio.create_task(run.drive(steps))
        try:
            while (event := await run.events.get()) is not None:
                yield event
            await driver
        finally:
            self._runs.discard(run)
            run.stopping = True
            driver.cancel()
            await asyncio.wait({driver})
            run.threads.close()
        if run.error is not None:
            raise run.error

    def cancel(self) -> None:
        """Stop: no step starts any more. Effects that began are finished; all others end as skipped."""
        for run in self._runs:
            run.cancel()


class _Run:
    """One plan being executed. Everything but the tools happens in the event loop's thread."""

    def __init__(
        self,
        tools: Mapping[str, ToolSpec],
        asker: Asker,
        recorder: Recorder,
        limits: Limits,
        confirm: frozenset[int],
    ) -> None:
        self.events: asyncio.Queue[Event | None] = asyncio.Queue()
        self.threads = DaemonThreads()
        self.stopping = False
        self.error: Exception | None = None
        self._tools, self._asker, self._recorder, self._limits = tools, asker, recorder, limits
        self._confirm = confirm
        self._schedule = Schedule(tools)
        self._slots = asyncio.Semaphore(limits.parallel)
        self._results: dict[int, Value] = {}
        self._running: dict[int, tuple[Step, asyncio.Task[None]]] = {}
        self._began: set[int] = set()  # steps whose effect may be happening
        self._reader: asyncio.Task[None] | None = None
        self._group = asyncio.TaskGroup()

    async def drive(self, steps: AsyncIterator[Step]) -> None:
        """Read the steps and run them, until all have ended. None follows the last event."""
        try:
            async with self._group:
                if self.stopping:
                    return
                self._reader = self._group.create_task(self._read(steps))
        finally:
            self.events.put_nowait(None)

    def cancel(self) -> None:
        """See `Executor.cancel`."""
        if self._reader is not None:
            self._reader.cancel()
        self._stop()

    async def _read(self, steps: AsyncIterator[Step]) -> None:
        try:
            async for step in steps:
                self._schedule.add(step)
                self._advance()
        except Exception as error:  # raised again after the events
            self.error = error
            self._stop()
            return
        self._schedule.complete()
        self._advance()

    def _advance(self) -> None:
        if self.stopping:
            return
        for news in self._schedule.advance():
            match news:
                case StepSkipped():
                    self.events.put_nowait(news)
                case Step():
                    self._running[news.id] = (news, self._group.create_task(self._run_step(news)))

    def _stop(self) -> None:
        """Skip what waits, cancel what runs without having begun an effect."""
        self.stopping = True
        stopped = self._schedule.stop()
        for step, task in self._running.values():
            if step.id not in self._began and step.id not in self._schedule.ends:
                task.cancel()
                stopped.append(self._schedule.skip(step))
        for end in sorted(stopped, key=lambda end: end.step.id):
            self.events.put_nowait(end)

    async def _run_step(self, step: Step) -> None:
        end = await self._execute(step, self._tools[step.tool])
        if step.id in self._schedule.ends:  # skipped by a stop that came in between
            return
        if isinstance(end, StepSucceeded):
            self._results[step.id] = copy.deepcopy(end.value)
        self._schedule.end(end)
        self.events.put_nowait(end)
        self._advance()

    async def _execute(self, step: Step, spec: ToolSpec) -> StepEnd:
        """Run the step, and again with each answer that the person gave to its questions."""
        seconds = 0.0
        try:
            args = substitute(step, spec, self._results)
            for asked in range(MAX_QUESTIONS + 1):
                if self._needs_yes(step, spec) and not await self._asker.confirm(step, args, spec.effect):
                    return not_confirmed(step)
                outcome, spent = await self._attempt(step, spec, args)
                seconds += spent
                match outcome:
                    case Returned(value, text):
                        return StepSucceeded(step, value, text, seconds)
                    case Ambiguous() if asked < MAX_QUESTIONS and not self.stopping:
                        answer = await self._asker.choose(step, outcome)
                        if answer is None:
                            return failure(step, outcome, seconds)
                        args = replace_argument(spec, args, outcome.argument, answer)
                    case _:
                        return failure(step, outcome, seconds)
        except ToolError as error:
            return failure(step, error, seconds)
        raise AssertionError("every turn of the loop returns or asks")

    def _needs_yes(self, step: Step, spec: ToolSpec) -> bool:
        return spec.effect.needs_confirmation or step.id in self._confirm

    async def _attempt(
        self, step: Step, spec: ToolSpec, args: Mapping[str, Value]
    ) -> tuple[Returned | BaseException, float]:
        """One run of the tool in one of the parallel slots; what came of it, and the seconds it took."""
        async with self._slots:
            if self.stopping:  # a front end may have answered in spite of being cancelled
                raise asyncio.CancelledError
            if spec.effect is not Effect.READ:
                self._began.add(step.id)
            started = time.perf_counter()
            self.events.put_nowait(StepStarted(step, frozen(args)))
            # A copy for the tool: if it changes its lists, the next try still runs what was shown.
            attempt = Attempt(step, spec, copy.deepcopy(dict(args)), self._recorder)
            try:
                outcome = await attempt.run(self.threads, self._limits.step_seconds)
            finally:
                self._began.discard(step.id)
            return outcome, time.perf_counter() - started
