"""Where the executor's steps are recorded: the port that the journal implements.

The order is what makes undo possible: `begin` makes the entry durable before the tool runs, every
change through the record's context is journaled before it happens, and exactly one of `succeeded`
and `failed` closes the entry. `revoke` exists because a thread can't be killed: when a step timed
out or was cancelled, its thread may go on for a while, but it can't change anything any more.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from planner.plan import Step, Value
from tools.context import ToolContext
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
