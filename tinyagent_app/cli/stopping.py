"""Ctrl-C: what had been done for the request that it stopped, and how to take that back."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine

from tinyagent_app.cli.failures import Stopped
from tinyagent_app.cli.undo import undo_command
from tinyagent_app.journal import Journal, RunDetail
from tinyagent_app.text import one_line
from tools.spec import Effect


def stopped(journal: Journal, run: int | None, profile: str) -> Stopped:
    """What to tell about the request with this number in the journal, None if it had none yet."""
    detail = journal.show(run) if run is not None else None
    done = _done(detail) if detail else []
    if detail is None or not done:
        return Stopped("Nothing was changed or sent.")
    undo = f"Take it back with: {undo_command(detail.run.id, profile)}"
    return Stopped("\n".join(["Before that, this was done:", *done, undo]))


async def until_stopped(work: Coroutine[None, None, None]) -> bool:
    """Do the work; False if Ctrl-C stopped it, and only it. A second Ctrl-C ends the program."""
    loop, task = asyncio.get_running_loop(), asyncio.ensure_future(work)

    def stop() -> None:
        if task.cancelling():
            raise KeyboardInterrupt
        task.cancel()

    former = signal.getsignal(signal.SIGINT)
    loop.add_signal_handler(signal.SIGINT, stop)
    try:
        await asyncio.wait({task})
    finally:
        loop.remove_signal_handler(signal.SIGINT)
        signal.signal(signal.SIGINT, former)
    if task.cancelled():
        return False
    task.result()
    return True


def _done(detail: RunDetail) -> list[str]:
    """A line for each step that had an effect, or may have had one."""
    changed = {change.step for change in detail.changes if change.state in {"applied", "conflict"}}
    lines = []
    for step in detail.steps:
        if step.effect == Effect.READ:
            continue
        if step.state == "succeeded":
            lines.append(f"  {one_line(step.text or step.tool, 200)}")
        elif step.sends or step.step in changed:
            lines.append(f"  {step.tool} had begun, and may be done in part.")
    return lines
