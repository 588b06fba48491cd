"""Where the executor's steps are recorded: the port that the journal implements.

The order is what makes undo possible: `begin` makes the entry durable before the tool runs, every
change through the record's context is journaled before it happens, and exactly one of `succeeded`
and `failed` closes the entry. `revoke` exists because a thread can't be killed: when a step timed
out or was cancelled, its thread may go on for a while, but it can't change anything any more.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from planner.plan import Step, Value
from tools.context import Changes, ToolContext
from tools.errors import Refused
from tools.spec import Effect


class StepRecord(Protocol):
    """The record of one run of one step. Methods may be called from any thread."""

    @property
    def context(self) -> ToolContext:
        """What the tool is given; changes through it are recorded under this step."""

    def succeeded(self, value: Value, text: str) -> None:
        """Close the entry: the tool returned. May block."""

    def failed(self, message: str) -> None:
        """Close the entry: the tool failed, timed out or was cancelled. May block."""

    def revoke(self) -> None:
        """From now on every change through this context raises. Must not block for long.

        A change that is being applied at this moment is completed first or does not happen.
        """


class Recorder(Protocol):
    """Makes records. Called from worker threads, several at once."""

    def begin(self, step: Step, args: Mapping[str, Value], effect: Effect) -> StepRecord:
        """A durable entry, before the step's effect. Called again when a step is tried again. May block."""


class MemoryRecorder:
    """Keeps records in memory and hands out one context: for benchmarks, evaluations and tests."""

    def __init__(self, context: ToolContext) -> None:
        self._context = context
        self.records: list[MemoryRecord] = []

    def begin(self, step: Step, args: Mapping[str, Value], effect: Effect) -> MemoryRecord:
        """See `Recorder`."""
        changes = RevocableChanges(self._context.changes)
        record = MemoryRecord(step, dict(args), effect, replace(self._context, changes=changes), changes)
        self.records.append(record)
        return record


@dataclass(slots=True)
class MemoryRecord:
    """A `StepRecord` in memory. `outcome` is empty while the step runs."""

    step: Step
    args: Mapping[str, Value]
    effect: Effect
    context: ToolContext
    changes: RevocableChanges
    outcome: str = ""

    def succeeded(self, value: Value, text: str) -> None:
        """See `StepRecord`."""
        del value
        self.outcome = f"succeeded: {text}"

    def failed(self, message: str) -> None:
        """See `StepRecord`."""
        self.outcome = f"failed: {message}"

    def revoke(self) -> None:
        """See `StepRecord`."""
        self.changes.revoke()


class RevocableChanges:
    """Passes changes on until it is revoked; then each raises `Refused`."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes
        self._lock = threading.Lock()
        self._revoked = False

    def revoke(self) -> None:
        """Bar every further change. One that is being applied is completed first."""
        with self._lock:
            self._revoked = True

    def create(self, path: Path, data: bytes) -> None:
        """See `Changes`."""
        with self._permission():
            self._changes.create(path, data)

    def update(self, path: Path, edit: Callable[[bytes | None], bytes]) -> None:
        """See `Changes`."""
        with self._permission():
            self._changes.update(path, edit)

    def delete(self, path: Path) -> None:
        """See `Changes`."""
        with self._permission():
            self._changes.delete(path)

    @contextlib.contextmanager
    def _permission(self) -> Iterator[None]:
        with self._lock:
            if self._revoked:
                raise Refused("The step was stopped; it may not change anything any more.")
            yield
