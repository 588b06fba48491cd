"""Errors that tools raise: each a sentence for the user, with what to do next."""

from __future__ import annotations

from collections.abc import Sequence


class ToolError(Exception):
    """A tool could not do what was asked; `str(error)` is a sentence for the user."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class NotFound(ToolError):  # noqa: N818 (reads as a state, not as a failure of the program)
    """Nothing matches; `nearest` are the closest things there are."""

    def __init__(self, message: str, nearest: Sequence[str] = (), hint: str = "") -> None:
        super().__init__(message, hint)
        self.nearest = tuple(nearest)


class Ambiguous(ToolError):  # noqa: N818
    """Several things match: a question to the user. The tool is run again with `argument` = the choice.

    `choices` are shown; each must, given back as the argument, match exactly one thing.
    """

    def __init__(self, message: str, argument: str, choices: Sequence[str]) -> None:
        super().__init__(message)
        self.argument = argument
        self.choices = tuple(choices)


class Refused(ToolError):  # noqa: N818
    """The request is not allowed (a file outside the roots, an address that is none)."""


class Unavailable(ToolError):  # noqa: N818
    """A back end, a model or an extra is missing or does not answer."""
