"""What the executor's tests share: small tools, plans from lists, a person with prepared answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import aclosing
from pathlib import Path
from typing import Any

from planner.events import Confirmation, Event, Question, StepEnd, StepFailed, StepSkipped, StepSucceeded
from planner.executor import Executor
from planner.plan import Argument, Reference, Step
from planner.recorder import MemoryRecorder
from tests.support import make_context
from tools.spec import Effect, Kind, Parameter, ToolSpec

DEADLINE = 20.0  # seconds until a test that hangs is called a failure


def make_tool(
    name: str,
    function: Callable[..., Any],
    *,
    effect: Effect = Effect.READ,
    group: str = "",
    parameters: Iterable[Parameter] = (),
    result: Kind = Kind.TEXT,
) -> ToolSpec:
    """A tool around any function of (ctx, **args); a group of its own unless one is given."""
    return ToolSpec(name, group or name, tuple(parameters), result, effect, f"{name}.", function)


def free(*names: str, many: bool = False) -> tuple[Parameter, ...]:
    """Parameters for free text."""
    return tuple(Parameter(name, Kind.TEXT, many) for name in names)


def call(number: int, tool: str, **args: Argument) -> Step:
    """A step."""
    return Step(number, tool, args)


def after(*numbers: int) -> tuple[Reference, ...]:
    """A list argument that refers to steps."""
    return tuple(Reference(number) for number in numbers)


async def stream(*steps: Step) -> AsyncIterator[Step]:
    """A plan that is written at once."""
    for step in steps:
        yield step


class Person:
    """Answers from prepared lists, and remembers what was asked."""

    def __init__(self, *, confirms: bool = True, choice: str | None = None) -> None:
        self.confirms, self.choice = confirms, choice
        self.confirmations: list[Confirmation] = []
        self.questions: list[Question] = []

    async def confirm(self, confirmation: Confirmation) -> bool:
        self.confirmations.append(confirmation)
        return self.confirms

    async def choose(self, question: Question) -> str | None:
        self.questions.append(question)
        return self.choice


class Bench:
    """An executor with tools, a person and a recorder in memory."""

    def __init__(
        self,
        base: Path,
        *tools: ToolSpec,
        person: Any = None,
        recorder: MemoryRecorder | None = None,
        **limits: Any,
    ) -> None:
        self.person = person or Person()
        self.recorder = recorder or MemoryRecorder(make_context(base))
        self.executor = Executor({t.name: t for t in tools}, self.person, self.recorder, **limits)

    async def run(self, *steps: Step, plan: AsyncIterator[Step] | None = None, **options: Any) -> list[Event]:
        """All events of a run that must not hang."""
        events: list[Event] = []
        await self.collect(events, stream(*steps) if plan is None else plan, **options)
        return events

    async def collect(self, events: list[Event], plan: AsyncIterator[Step], **options: Any) -> None:
        """Append the events of a run as they come."""
        async with asyncio.timeout(DEADLINE), aclosing(self.executor.run(plan, **options)) as run:
            async for event in run:
                events.append(event)

    async def ends(self, *steps: Step, **options: Any) -> dict[int, StepEnd]:
        """How each step of a run ended."""
        return ends_of(await self.run(*steps, **options))


def ends_of(events: Iterable[Event]) -> dict[int, StepEnd]:
    """Each step's end; a step that ends twice is an error."""
    ends: dict[int, StepEnd] = {}
    for event in events:
        if isinstance(event, StepSucceeded | StepFailed | StepSkipped):
            assert event.step.id not in ends, f"step {event.step.id} ended twice"
            ends[event.step.id] = event
    return ends
