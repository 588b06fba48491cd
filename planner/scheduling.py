"""Which steps may start now: the dependency bookkeeping of a run, without time, threads or tools.

A step starts when

- the steps it refers to have succeeded (if one failed or was skipped, it is skipped);
- the steps before it *of the same tool group* have ended, where one of the two has an effect: so
  "create the note, then append to it" and "add Ana, then get her number" behave as written though
  nothing refers to anything. Such an order does not poison: if the earlier step failed, the later
  one still runs;
- and, if it has an effect, the plan is complete: a plan that turns out to be broken in its last
  line must have done nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

from planner.errors import PlannerError
from planner.events import StepEnd, StepFailed, StepSkipped, StepSucceeded
from planner.plan import Step
from tools.spec import Effect, ToolSpec


class Schedule:
    """The steps of one run, from arrival to end. Steps arrive in plan order."""

    def __init__(self, tools: Mapping[str, ToolSpec]) -> None:
        self._tools = tools
        self._steps: dict[int, Step] = {}
        self._after: dict[int, frozenset[int]] = {}  # the order within groups
        self._waiting: dict[int, Step] = {}
        self._complete = False
        self.ends: dict[int, StepEnd] = {}

    def add(self, step: Step) -> None:
        """A step has arrived. PlannerError when it does not fit the steps before."""
        if step.tool not in self._tools:
            raise PlannerError(f"Step {step.id} calls {step.tool}, and there is no such tool.")
        if step.id in self._steps:
            raise PlannerError(f"The plan has two steps numbered {step.id}.")
        if missing := [number for number in step.depends_on if number not in self._steps]:
            raise PlannerError(f"Step {step.id} refers to step {missing[0]}, which is not before it.")
        self._after[step.id] = frozenset(e.id for e in self._steps.values() if self._is_ordered(e, step))
        self._steps[step.id] = self._waiting[step.id] = step

    def complete(self) -> None:
        """The plan is complete and valid: steps with an effect may start."""
        self._complete = True

    def advance(self) -> list[Step | StepSkipped]:
        """What follows from the present state, in plan order: steps that start, and steps that never will."""
        news: list[Step | StepSkipped] = []
        for step in list(self._waiting.values()):
            if any(number not in self.ends for number in step.depends_on):
                continue
            if because := self._failures_before(step):
                news.append(self.skip(step, because))
            elif self._may_start(step):
                del self._waiting[step.id]
                news.append(step)
        return news

    def end(self, end: StepEnd) -> None:
        """A step that had started has ended."""
        self.ends[end.step.id] = end

    def skip(self, step: Step, because: tuple[int, ...] = ()) -> StepSkipped:
        """A step ends without having done anything."""
        self._waiting.pop(step.id, None)
        end = StepSkipped(step, because)
        self.ends[step.id] = end
        return end

    def stop(self) -> list[StepSkipped]:
        """No step starts any more: the ends of those that still waited."""
        return [self.skip(step) for step in list(self._waiting.values())]

    def _may_start(self, step: Step) -> bool:
        allowed = self._complete or self._effect(step) is Effect.READ
        return allowed and all(number in self.ends for number in self._after[step.id])

    def _failures_before(self, step: Step) -> tuple[int, ...]:
        """The steps that failed and on whose results this one depends, directly or not."""
        causes: set[int] = set()
        for number in step.depends_on:
            match self.ends[number]:
                case StepFailed():
                    causes.add(number)
                case StepSkipped(because=because):
                    causes.update(because or (number,))
                case StepSucceeded():
                    pass
        return tuple(sorted(causes))

    def _is_ordered(self, earlier: Step, later: Step) -> bool:
        same_group = self._tools[earlier.tool].group == self._tools[later.tool].group
        return same_group and {self._effect(earlier), self._effect(later)} != {Effect.READ}

    def _effect(self, step: Step) -> Effect:
        return self._tools[step.tool].effect
