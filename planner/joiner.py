"""The answer: rendered from how the steps ended, without a model.

So it can't claim what did not happen: a sentence about an effect is the tool's own, about an effect
that it had; what failed, was not confirmed or did not run is said as such. It also saves the second
model call of the published joiner, which on a small machine costs more than the plan.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from planner.events import StepEnd, StepFailed, StepSkipped, StepSucceeded
from planner.plan import Step
from planner.substitute import as_text
from tools.spec import Effect, Kind, ToolSpec

NOTHING_TO_DO = "I can't help with that: none of my tools can do it."
PLUMBING = frozenset({Kind.EMAIL, Kind.PHONE, Kind.PATH})
"""Results that mean little to the user beside what they were looked up for."""

MAX_TITLE = 60  # characters of an argument that names a step


def answer(ends: Sequence[StepEnd], tools: Mapping[str, ToolSpec]) -> str:
    """The answer to the user, one line or paragraph for each step that matters, in plan order."""
    if not ends:
        return NOTHING_TO_DO
    ordered = sorted(ends, key=lambda end: end.step.id)
    steps = {end.step.id: end.step for end in ordered}
    return "\n".join(_line(end, steps, tools) for end in ordered if not _is_consumed(end, ordered, tools))


def deed(step: Step) -> str:
    """What a step was to do, in words: `create reminder "Call mum"`."""
    words = step.tool.replace("_", " ")
    title = next((value for value in step.args.values() if isinstance(value, str) and value.strip()), "")
    if not title:
        return words
    short = " ".join(title.split())
    return f'{words} "{short if len(short) <= MAX_TITLE else short[: MAX_TITLE - 1].rstrip() + "…"}"'


def _is_consumed(end: StepEnd, ends: Sequence[StepEnd], tools: Mapping[str, ToolSpec]) -> bool:
    """Whether a result need not be shown, because a later step made use of it.

    What was found for a step that then did not happen is worth showing, unless it is plumbing.
    """
    spec = tools.get(end.step.tool)
    if not isinstance(end, StepSucceeded) or spec is None or spec.effect is not Effect.READ:
        return False
    users = [other for other in ends if end.step.id in other.step.depends_on]
    return any(isinstance(user, StepSucceeded) or spec.result in PLUMBING for user in users)


def _line(end: StepEnd, steps: Mapping[int, Step], tools: Mapping[str, ToolSpec]) -> str:
    match end:
        case StepSucceeded(step, value, text):
            return text.strip() or as_text(value).strip() or _silent(step, tools)
        case StepFailed():
            return _failure(end, tools)
        case StepSkipped(step, ()):
            return f"I did not {deed(step)}: the request was cancelled."
        case StepSkipped(step, because):
            causes = " and ".join(f"“{deed(steps[number])}”" for number in because if number in steps)
            return f"I did not {deed(step)}: it needs {causes or 'an earlier step'}."


def _silent(step: Step, tools: Mapping[str, ToolSpec]) -> str:
    """For a tool that succeeded without a word."""
    spec = tools.get(step.tool)
    reads = spec is not None and spec.effect is Effect.READ
    return f"“{deed(step)}” found nothing." if reads else f"“{deed(step)}” is done."


def _failure(end: StepFailed, tools: Mapping[str, ToolSpec]) -> str:
    """What was refused did not happen; what failed may have happened in part, so no "did not" is claimed."""
    message = f"{end.message} {end.hint}".strip()
    if end.refused:
        reason = f"it {message[3:]}" if message.startswith("It ") else message
        return f"I did not {deed(end.step)}: {reason}"
    spec = tools.get(end.step.tool)
    reads = spec is not None and spec.effect is Effect.READ
    return message if reads else f"“{deed(end.step)}” failed: {message}"
