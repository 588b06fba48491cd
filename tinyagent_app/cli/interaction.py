"""Questions on the terminal: may this call run, which of these is meant.

The answer is read without blocking the event loop, so that what runs goes on and Ctrl-C works.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping

from rich.console import Console
from rich.table import Table
from rich.text import Text

from planner.events import Confirmation, Question
from planner.plan import Value
from tinyagent_app.cli.view import View
from tinyagent_app.text import bounded, printable


class TerminalInteraction:
    """Asks the person at the terminal. With `yes`, calls are confirmed without asking."""

    def __init__(self, console: Console, view: View, *, yes: bool = False) -> None:
        self._console, self._view, self._yes = console, view, yes

    async def confirm(self, confirmation: Confirmation) -> bool:
        """A yes to exactly this call."""
        if self._yes:
            return True
        with self._view.paused():
            call = confirmation.step.tool.replace("_", " ")
            self._console.print(Text.assemble("\n", (f"{call}", "bold"), f"  ({confirmation.effect})"))
            self._console.print(_arguments(confirmation.args))
            self._console.print(Text("Run it? [y/N] "), end="")
            reply = await read_line()
        return reply is not None and reply.strip().casefold() in {"y", "yes"}

    async def choose(self, question: Question) -> str | None:
        """The chosen or typed answer; None for an empty line."""
        with self._view.paused():
            self._console.print(Text("\n" + printable(question.text)))
            for number, choice in enumerate(question.choices, 1):
                self._console.print(Text(f"  {number}  {printable(choice)}"))
            how = "Number, or empty to leave it" if question.choices else "Answer, or empty to leave it"
            self._console.print(Text(f"{how}: "), end="")
            reply = await read_line()
        return chosen(reply, question.choices)


class PresetInteraction:
    """Nobody to ask: calls are confirmed or refused as told beforehand, questions get no answer."""

    def __init__(self, *, yes: bool) -> None:
        self._yes = yes

    async def confirm(self, confirmation: Confirmation) -> bool:
        """What was said beforehand."""
        del confirmation
        return self._yes

    async def choose(self, question: Question) -> str | None:
        """No answer."""
        del question
        return None


def chosen(reply: str | None, choices: tuple[str, ...]) -> str | None:
    """What a typed line means: a number of the list, one of its entries, or free text without a list."""
    text = (reply or "").strip()
    if not text:
        return None
    if not choices:
        return text
    if text.isdecimal() and 1 <= int(text) <= len(choices):
        return choices[int(text) - 1]
    matching = [choice for choice in choices if choice.casefold().startswith(text.casefold())]
    return matching[0] if len(matching) == 1 else None


async def read_line() -> str | None:
    """A line from standard input; None at its end."""
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[None] = loop.create_future()
    descriptor = sys.stdin.fileno()

    def set_ready() -> None:
        if not ready.done():
            ready.set_result(None)

    loop.add_reader(descriptor, set_ready)
    try:
        await ready
    finally:
        loop.remove_reader(descriptor)
    return sys.stdin.readline() or None


def _arguments(args: Mapping[str, Value]) -> Table:
    table = Table.grid(padding=(0, 2))
    for name, value in args.items():
        if value in ("", []):
            continue
        shown = ", ".join(str(item) for item in value) if isinstance(value, list) else str(value)
        table.add_row(Text(f"  {name}", style="dim"), Text(printable(bounded(shown, 1500))))
    return table
