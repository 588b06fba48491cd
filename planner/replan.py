"""One second try, when looking something up found nothing: pure functions, wired by the caller.

Two rules keep it safe. A second plan is only asked for when nothing was done yet, so that nothing
is done twice. And the model learns which of its *own lines* found nothing, never what a tool said:
error texts quote contacts, files and mails, and those have no say in what is done next.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from planner.events import StepEnd, StepFailed, StepSkipped
from planner.plan import Plan
from tools.spec import Effect, ToolSpec


def replan_request(ends: Sequence[StepEnd], tools: Mapping[str, ToolSpec]) -> str | None:
    """The calls that found nothing, for `Planner.plan(avoid=...)`; None when a second plan makes no sense.

    It makes sense when a reading step found nothing, and no step with an
    effect began. The caller plans again at most once for each request.
    """
    if any(_may_have_happened(end, tools) or _was_stopped(end) for end in ends):
        return None
    found_nothing = [end.step for end in ends if _found_nothing(end, tools)]
    if not found_nothing:
        return None
    return "\n".join(step.text() for step in found_nothing)


def check_replan(plan: Plan, tools: Mapping[str, ToolSpec]) -> frozenset[int]:
    """The steps of a second plan that need a yes of their own: all but the reading ones.

    For `Executor.run(steps, confirm=...)`. The person asked for the first plan's effects in so many
    words; what a second plan does may be something else.
    """
    return frozenset(step.id for step in plan.steps if not _reads(step.tool, tools))


def _found_nothing(end: StepEnd, tools: Mapping[str, ToolSpec]) -> bool:
    return isinstance(end, StepFailed) and end.not_found and _reads(end.step.tool, tools)


def _may_have_happened(end: StepEnd, tools: Mapping[str, ToolSpec]) -> bool:
    """A failed effect counts: part of it may be done."""
    refused = isinstance(end, StepFailed) and end.refused
    return not isinstance(end, StepSkipped) and not refused and not _reads(end.step.tool, tools)


def _was_stopped(end: StepEnd) -> bool:
    """The person said no, or cancelled: not to be answered with another try."""
    match end:
        case StepFailed(refused=True) | StepSkipped(because=()):
            return True
        case _:
            return False


def _reads(tool: str, tools: Mapping[str, ToolSpec]) -> bool:
    return tool in tools and tools[tool].effect is Effect.READ
