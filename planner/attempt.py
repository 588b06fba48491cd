"""One run of one tool: recorded before, closed after, and revocable in between.

A thread can't be killed. So a run that took too long is *abandoned*: its record is revoked, which
bars every further change, and whatever the thread still returns is dropped. A lock decides the race
between a tool that returns and a time limit that strikes at the same moment: exactly one of them
closes the record, and the step is reported as the record says.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from planner.plan import Step, Value
from planner.recorder import Recorder, StepRecord
from planner.substitute import as_text
from planner.threads import DaemonThreads
from tools.context import ToolContext
from tools.errors import ToolError
from tools.spec import Effect, Result, ToolSpec

log = logging.getLogger(__name__)

MAX_TEXT = 4000  # characters of a result that the user reads; the value itself is never cut
CANCEL_GRACE = 1.0  # seconds that an async tool has to end after it was cancelled


@dataclass(frozen=True, slots=True)
class Returned:
    """The tool returned."""

    value: Value
    text: str


Outcome = Returned | BaseException
"""How a run of a tool ended; exceptions are values here, so that none is lost between threads."""


class TimedOut(ToolError):  # noqa: N818 (reads as a state)
    """The tool took too long and was abandoned."""


class NotRecorded(ToolError):  # noqa: N818
    """The journal refused the entry, so the tool did not run."""


class Attempt:
    """One run of `spec` with `args`. Use `run` once."""

    def __init__(self, step: Step, spec: ToolSpec, args: Mapping[str, Value], recorder: Recorder) -> None:
        self._step, self._spec, self._args, self._recorder = step, spec, dict(args), recorder
        self._lock = threading.Lock()
        self._record: StepRecord | None = None
        self._closed = False

    async def run(self, threads: DaemonThreads, seconds: float) -> Outcome:
        """Run the tool for at most `seconds`. When cancelled, the run is abandoned first."""
        task: asyncio.Future[Outcome]
        if inspect.iscoroutinefunction(self._spec.function):
            task = asyncio.ensure_future(self._run_async(threads))
        else:
            task = threads.submit(self._run_blocking)
        try:
            await asyncio.wait({task}, timeout=seconds)
        except asyncio.CancelledError:
            await self._abandon(threads, task, "It was cancelled.")
            raise
        if task.done():
            return task.result()
        error = _timed_out(self._spec.effect, seconds)
        return error if await self._abandon(threads, task, str(error)) else await task

    async def _abandon(self, threads: DaemonThreads, task: asyncio.Future[Outcome], message: str) -> bool:
        """Revoke the record and let the run go. False if the run had ended on its own before."""
        revoked = await threads.submit(lambda: self._revoke(message))
        if revoked and isinstance(task, asyncio.Task):
            task.cancel()
            await asyncio.wait({task}, timeout=CANCEL_GRACE)
        return revoked

    def _revoke(self, message: str) -> bool:
        with self._lock:
            if self._closed:
                return False
            self._closed = True
            record = self._record
        if record is not None:
            _guarded(record.revoke)
            _guarded(lambda: record.failed(message))
        return True

    def _run_blocking(self) -> Outcome:
        context = self._begin()
        if isinstance(context, BaseException):
            return context
        try:
            returned = self._spec.function(context, **self._args)
            outcome: Outcome = _interpret(self._spec, returned)
        except BaseException as error:  # carried on as the outcome
            outcome = error
        return self._close(outcome)

    async def _run_async(self, threads: DaemonThreads) -> Outcome:
        context = await threads.submit(self._begin)
        if isinstance(context, BaseException):
            return context
        try:
            returned = await self._spec.function(context, **self._args)
            outcome: Outcome = _interpret(self._spec, returned)
        except (Exception, SystemExit, asyncio.CancelledError) as error:
            outcome = error
        return await threads.submit(lambda: self._close(outcome))

    def _begin(self) -> ToolContext | BaseException:
        """The durable entry. What the tool may not do without."""
        try:
            record = self._recorder.begin(self._step, self._args, self._spec.effect)
        except Exception as error:
            log.exception("no journal entry for step %d, %s", self._step.id, self._spec.name)
            return NotRecorded(
                f"{self._spec.name} was not run, because it could not be recorded ({type(error).__name__}).",
                "Is the disk full, or the profile's folder read-only?",
            )
        with self._lock:
            self._record = record
            abandoned = self._closed
        if not abandoned:
            return record.context
        _guarded(record.revoke)
        _guarded(lambda: record.failed("It was stopped before it began."))
        return TimedOut(f"{self._spec.name} was stopped before it began.")

    def _close(self, outcome: Outcome) -> Outcome:
        """Close the record with the outcome, unless the run was abandoned."""
        with self._lock:
            if self._closed or self._record is None:
                return outcome
            self._closed, record = True, self._record
            match outcome:
                case Returned(value, text):
                    _guarded(lambda: record.succeeded(value, text))
                case error:
                    _guarded(lambda: record.failed(str(error) or type(error).__name__))
        return outcome


def _guarded(journal_call: Callable[[], None]) -> None:
    """What a tool did is not undone by a journal that can't note its end: log it and go on."""
    try:
        journal_call()
    except Exception:
        log.exception("the journal could not note the end of a step")


def _timed_out(effect: Effect, seconds: float) -> TimedOut:
    message = f"It took longer than {seconds:g} seconds and was stopped."
    match effect:
        case Effect.READ:
            return TimedOut(message)
        case Effect.LOCAL_WRITE:
            return TimedOut(message, "Part of it may be done; `tinyagent undo` takes that back.")
        case _:
            return TimedOut(message, "It may have been done all the same: check before you try again.")


def _interpret(spec: ToolSpec, returned: object) -> Returned:
    """What a tool gave back, as value and text. ToolError if it is no result."""
    match returned:
        case Result(value, text):
            return replace(_interpret(spec, value), text=shorten(text))
        case str() | int():
            return Returned(returned, shorten(as_text(returned)))
        case list() | tuple():
            items: Value = [_interpret(spec, item).value for item in returned]
            return Returned(items, shorten(as_text(items)))
    raise ToolError(
        f"{spec.name} ran, but gave back {type(returned).__name__} instead of a result.",
        "This is a mistake in the tool; please report it.",
    )


def shorten(text: str, limit: int = MAX_TEXT) -> str:
    """At most about `limit` characters, saying how many were left out."""
    if len(text) <= limit:
        return text
    return f"{text[:limit].rstrip()} … ({len(text) - limit:,} more characters)"
