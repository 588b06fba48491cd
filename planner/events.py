"""What happens between a request and its answer, as events; and the questions asked on the way.

Front ends (terminal, chat, voice, JSON, MCP) show events and implement `Interaction`. Events are
facts that have happened; a front end can't change them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from planner.plan import Plan, Step, Value


@dataclass(frozen=True, slots=True)
class PlanStarted:
    """Retrieval is done; the model starts to write."""

    tools_in_play: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StepPlanned:
    """A line of the plan is complete and its words are resolved to values."""

    step: Step


@dataclass(frozen=True, slots=True)
class PlanFinished:
    """The plan is complete and valid."""

    plan: Plan
    questions: tuple[Question, ...] = ()  # what is not clear yet, when nobody was asked
    timings: Mapping[str, float] = field(default_factory=dict)  # milliseconds
    tokens: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StepStarted:
    """A step runs, with its concrete arguments."""

    step: Step
    args: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class StepSucceeded:
    """A step is done: the value for later steps, the line for the user."""

    step: Step
    value: Value
    text: str
    seconds: float


@dataclass(frozen=True, slots=True)
class StepFailed:
    """A step failed; the message is a sentence for the user. `refused`: the user (or nobody) said no."""

    step: Step
    message: str
    hint: str = ""
    refused: bool = False
    unavailable: bool = False
    not_found: bool = False  # it looked something up, and there is none
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class StepSkipped:
    """A step did not run, because of the failed steps named, or because the run was cancelled."""

    step: Step
    because: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer, rendered from the executed steps."""

    text: str


Event = (
    PlanStarted
    | StepPlanned
    | PlanFinished
    | StepStarted
    | StepSucceeded
    | StepFailed
    | StepSkipped
    | Answered
)

StepEnd = StepSucceeded | StepFailed | StepSkipped
"""How a step can end."""


@dataclass(frozen=True, slots=True)
class Confirmation:
    """Asks for a yes to exactly this call; nothing else is covered by the answer."""

    step: Step
    args: Mapping[str, Value]
    effect: str


@dataclass(frozen=True, slots=True)
class Question:
    """Asks the user for a value: two contacts called Ana, a date that can't be, ...

    `choices` may be empty: then any text answers it.
    """

    step: Step
    argument: str
    text: str
    choices: tuple[str, ...] = ()


class Interaction(Protocol):
    """How a front end answers questions. Nobody there to answer: False and None."""

    async def confirm(self, confirmation: Confirmation) -> bool:
        """Whether the call may run."""

    async def choose(self, question: Question) -> str | None:
        """The answer, or None to give up the step."""


class NobodyThere:
    """The interaction of a program without a person: every outgoing step is refused."""

    async def confirm(self, confirmation: Confirmation) -> bool:
        """No."""
        del confirmation
        return False

    async def choose(self, question: Question) -> str | None:
        """No answer."""
        del question
        return None
