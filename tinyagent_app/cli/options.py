"""Options that many sub-commands share, each declared once."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

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
Verbose = Annotated[bool, typer.Option("-v", "--verbose", help="Show log messages.")]


def clock(now: str) -> datetime:
    """The local wall time that `--now` gives; the real one without it."""
    if not now:
        return datetime.now().replace(microsecond=0)
    try:
        moment = datetime.fromisoformat(now)
    except ValueError:
        raise typer.BadParameter(
            f"{now!r} is not a date and time; write it like 2026-03-12T09:30.", param_hint="--now"
        ) from None
    return moment if moment.tzinfo is None else moment.astimezone().replace(tzinfo=None)
