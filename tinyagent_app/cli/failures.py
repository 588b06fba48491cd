"""Errors as messages and exit codes.

1 failed, 2 usage, 3 refused, 4 model or back end unavailable, 130 stopped by the user.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from rich.console import Console
from rich.text import Text

from planner.errors import ModelUnavailable, PlannerError, RequestRejected, Unanswered
from tinyagent_app.cli.output import print_json
from tinyagent_app.settings import SettingsError
from tinyagent_app.text import printable
from tools.errors import NotFound, Refused, ToolError, Unavailable


class Exit(enum.IntEnum):
    """Exit codes of every sub-command."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    REFUSED = 3
    UNAVAILABLE = 4
    INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Failure:
    """What to tell the user."""

    message: str
    hint: str
    code: Exit

    def json(self) -> dict[str, object]:
        """As data."""
        return {"message": self.message, "hint": self.hint, "exit_code": int(self.code)}

    def print(self, *, as_json: bool) -> None:
        """To standard error; as JSON data to standard output."""
        if as_json:
            print_json({"error": self.json()})
            return
        console = Console(stderr=True, soft_wrap=True)
        label = ("" if self.code is Exit.INTERRUPTED else "Error: ", "bold red")
        console.print(Text.assemble(label, printable(self.message)))
        if self.hint:
            console.print(Text(printable(self.hint), style="dim"))


class Stopped(Exception):  # noqa: N818 (what the user did, no error)
    """The user stopped a request; `hint` says what had been done for it, and how to take that back."""

    def __init__(self, hint: str = "") -> None:
        super().__init__("Stopped.")
        self.hint = hint


EXPECTED = (Stopped, PlannerError, ToolError, SettingsError, OSError)
"""What `explain` can explain; anything else is a defect of the program."""


def explain(error: Exception) -> Failure:
    """The failure that an expected error means."""
    hint = getattr(error, "hint", "")
    nearest = error.nearest if isinstance(error, NotFound) else ()
    if nearest and not hint:
        hint = f"Nearest: {', '.join(nearest)}"
    message = str(error) if not isinstance(error, OSError) else _of_the_system(error)
    return Failure(message, hint, _code(error))


def defect(error: Exception) -> Failure:
    """The failure that an unexpected error means: our mistake, said in one sentence."""
    kind = type(error).__name__
    return Failure(
        f"This is a defect of the program, not of what you wrote ({kind}: {error}).",
        "'tinyagent -v' with the same command shows where; please report it with that.",
        Exit.FAILED,
    )


def _code(error: Exception) -> Exit:
    match error:
        case Stopped():
            return Exit.INTERRUPTED
        case RequestRejected() | SettingsError():
            return Exit.USAGE
        case Unanswered() | Refused():
            return Exit.REFUSED
        case ModelUnavailable() | Unavailable() | OSError():
            return Exit.UNAVAILABLE
        case _:
            return Exit.FAILED


def _of_the_system(error: OSError) -> str:
    place = f"{error.filename}: " if error.filename else ""
    return f"{place}{error.strerror or error}"
