"""Options that many sub-commands share, each declared once."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

LARGEST = 2**63 - 1  # number that the journal can hold

Profile = Annotated[
    str, typer.Option("--profile", metavar="NAME", help="Data and settings folder; 'demo' comes filled.")
]
Model = Annotated[
    str, typer.Option("--model", metavar="NAME", help="A model of 'tinyagent models list', or a GGUF file.")
]
Now = Annotated[
    str, typer.Option("--now", metavar="ISO", help="The clock of this request, e.g. 2026-03-12T09:30.")
]
Json = Annotated[bool, typer.Option("--json", help="Print data as JSON.")]
Number = Annotated[int | None, typer.Argument(metavar="[NUMBER]", max=LARGEST, help="Number of a request.")]
Verbose = Annotated[bool, typer.Option("-v", "--verbose", help="Show log messages.")]


def clock(now: str) -> datetime:
    """The local wall time that `--now` gives; the real one without it."""
    if not now:
        return datetime.now().replace(microsecond=0)
    try:
        return local_time(now)
    except ValueError:
        raise typer.BadParameter(
            f"{now!r} is not a date and time; write it like 2026-03-12T09:30.", param_hint="--now"
        ) from None


def local_time(text: str) -> datetime:
    """An ISO date and time as local wall time. ValueError if it is none, or is out of range there."""
    moment = datetime.fromisoformat(text)
    try:
        return moment if moment.tzinfo is None else moment.astimezone().replace(tzinfo=None)
    except OverflowError as error:
        raise ValueError(f"{text} is out of range") from error
