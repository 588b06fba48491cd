"""Questions on the terminal: may this call run, which of these is meant.

The answer is read without blocking the event loop, so that what runs goes on and Ctrl-C works. What
was typed or pasted before a question was shown is no answer to it: a yes is one to the call on the screen.
"""

from __future__ import annotations

import asyncio
import os
import sys
import termios
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
            reply = await self._ask("Run it? [y/N] ")
        return reply is not None and reply.strip().casefold() in {"y", "yes"}

    async def choose(self, question: Question) -> str | None:
        """The chosen or typed answer; None for an empty line."""
        with self._view.paused():
            self._console.print(Text("\n" + printable(question.text)))
            for number, choice in enumerate(question.choices, 1):
                self._console.print(Text(f"  {number}  {printable(choice)}"))
            how = "Number, or empty to leave it" if question.choices else "Answer, or empty to leave it"
            reply = await self._ask(f"{how}: ")
        return chosen(reply, question.choices)

    async def _ask(self, prompt: str) -> str | None:
        """A line that is typed from now on."""
        termios.tcflush(sys.stdin.fileno(), termios.TCIFLUSH)
        self._console.print(Text(prompt), end="")
        return await read_line()


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
    """A line from the terminal; None at its end.

    Read from the descriptor: a buffer in between could give out a line that was typed before a question.
    A terminal gives at most one line at a time.
    """
    descriptor, line = sys.stdin.fileno(), b""
    while not line.endswith(b"\n"):
        await _readable(descriptor)
        piece = os.read(descriptor, 4096)
        if not piece:
            break
        line += piece
    return line.decode(sys.stdin.encoding, "surrogateescape") or None


async def _readable(descriptor: int) -> None:
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[None] = loop.create_future()

    def set_ready() -> None:
        if not ready.done():
            ready.set_result(None)

    loop.add_reader(descriptor, set_ready)
    try:
        await ready
    finally:
        loop.remove_reader(descriptor)


def _arguments(args: Mapping[str, Value]) -> Table:
    table = Table.grid(padding=(0, 2))
    for name, value in args.items():
        if value in ("", []):
            continue
        shown = ", ".join(str(item) for item in value) if isinstance(value, list) else str(value)
        table.add_row(Text(f"  {name}", style="dim"), Text(printable(bounded(shown, 1500))))
    return table
