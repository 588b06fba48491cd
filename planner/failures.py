"""Exceptions of tools as events: a sentence for the user, never a traceback."""

from __future__ import annotations

import logging

from planner.events import StepFailed
from planner.plan import Step
from tools.errors import Ambiguous, NotFound, ToolError, Unavailable

log = logging.getLogger(__name__)

NOT_CONFIRMED = "It was not confirmed."


def failure(step: Step, error: BaseException, seconds: float = 0.0) -> StepFailed:
    """How a step failed. What is not a `ToolError` is a defect of the tool: its details go to the log."""
    match error:
        case NotFound():
            return StepFailed(step, str(error), _nearest_hint(error), not_found=True, seconds=seconds)
        case Ambiguous():
            hint = "Possible: " + ", ".join(error.choices) + "." if error.choices else error.hint
            return StepFailed(step, str(error), hint, refused=True, seconds=seconds)
        case Unavailable():
            return StepFailed(step, str(error), error.hint, unavailable=True, seconds=seconds)
        case ToolError():
            return StepFailed(step, str(error), error.hint, seconds=seconds)
    log.error("step %d, %s, failed", step.id, step.tool, exc_info=error)
    return StepFailed(
        step,
        f"{step.tool} failed because of an internal error ({type(error).__name__}).",
        "The details are in the log.",
        seconds=seconds,
    )


def not_confirmed(step: Step) -> StepFailed:
    """The person, or nobody, said no."""
    return StepFailed(step, NOT_CONFIRMED, refused=True)


def _nearest_hint(error: NotFound) -> str:
    nearest = "Nearest: " + ", ".join(error.nearest) + "." if error.nearest else ""
    return " ".join(part for part in (error.hint, nearest) if part) or "Check the spelling."
