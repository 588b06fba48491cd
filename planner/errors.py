"""Errors of planning; each a sentence for the user."""

from __future__ import annotations


class PlannerError(Exception):
    """Planning or executing failed as a whole; `str(error)` is a sentence, `hint` what to do next."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class PlanSyntaxError(PlannerError):
    """Plan text that is not a plan; the message says where and why."""


class ModelUnavailable(PlannerError):  # noqa: N818 (a state of the world)
    """The model can't be loaded, its worker died, or its server does not answer."""


class RequestRejected(PlannerError):  # noqa: N818
    """The request itself can't be worked on: empty, too long, not text."""


class InvalidPlan(PlannerError):  # noqa: N818
    """The model wrote no valid plan, also when it was told what was wrong."""


class Unanswered(PlannerError):  # noqa: N818
    """Something in the request was not clear, and the question about it was not answered."""
