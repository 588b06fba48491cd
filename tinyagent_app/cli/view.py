"""Shows the events of a request: live on a terminal, as plain lines in a pipe, or collected for JSON."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from planner.events import (
    Answered,
    Event,
    PlanFinished,
    PlanStarted,
    StepEnd,
    StepFailed,
    StepPlanned,
    StepSkipped,
    StepStarted,
    StepSucceeded,
)
from planner.plan import Step
from tinyagent_app.text import bounded, one_line, printable

CALL_WIDTH = 72  # characters of a call that are shown in the list of steps


class View(Protocol):
    """Shows events as they happen."""

    def show(self, event: Event) -> None:
        """One more event."""

    def paused(self) -> contextlib.AbstractContextManager[None]:
        """While a question is asked."""

    def close(self) -> None:
        """The request is over."""


@dataclass
class Row:
    """A step and its state."""

    step: Step
    state: str = "planned"  # planned, running, done, failed, skipped
    seconds: float = 0.0


@dataclass
class LiveView:
    """Steps in a live list, each with its state and time; the answer below."""

    console: Console
    rows: dict[int, Row] = field(default_factory=dict)
    phase: str = "loading the model"
    live: Live | None = None
    again: bool = False  # a second plan is being made; until it has a step, the first one's are shown

    def __post_init__(self) -> None:
        self._open()

    def show(self, event: Event) -> None:
        """See `View.show`."""
        match event:
            case PlanStarted():
                self.phase, self.again = "planning", True
            case StepPlanned(step):
                if self.again:
                    self.rows.clear()
                self.again = False
                self.rows[step.id] = Row(step)
            case PlanFinished():
                self.phase = ""
            case StepStarted(step):
                self.rows[step.id] = Row(step, "running")
            case StepSucceeded() | StepFailed() | StepSkipped():
                self.rows[event.step.id] = _ended(event)
            case Answered(text):
                self.close()
                self.console.print()
                self.console.print(Text(printable(bounded(text))))
                return
        if self.live is not None:
            self.live.update(self._table(), refresh=True)

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """See `View.paused`."""
        self.close()
        try:
            yield
        finally:
            self._open()

    def close(self) -> None:
        """See `View.close`."""
        if self.live is not None:
            self.live.update(self._table(still=True))
            self.live.stop()
            self.live = None

    def _open(self) -> None:
        self.live = Live(self._table(), console=self.console, refresh_per_second=8, transient=False)
        self.live.start()

    def _table(self, *, still: bool = False) -> Table:
        """The list of steps; `still`: as it stays on the screen, where nothing moves any more."""
        table = Table.grid(padding=(0, 1))
        width = max(20, min(CALL_WIDTH, self.console.width - 16))
        for row in self.rows.values():
            seconds = (
                Text(f"{row.seconds:.2f} s", style="dim") if row.state in {"done", "failed"} else Text("")
            )
            style = "strike dim" if row.state == "skipped" else ""
            mark = _mark("planned" if still and row.state == "running" else row.state)
            table.add_row(mark, Text(one_line(row.step.text(), width), style=style), seconds)
        if self.phase and not still:
            table.add_row(Spinner("dots"), Text(self.phase, style="dim"), Text(""))
        return table


def _mark(state: str) -> Spinner | Text:
    match state:
        case "running":
            return Spinner("dots", style="cyan")
        case "done":
            return Text("✓", style="green")
        case "failed":
            return Text("✗", style="red")
        case "skipped":
            return Text("–", style="dim")
        case _:
            return Text("·", style="dim")


def _ended(end: StepEnd) -> Row:
    match end:
        case StepSucceeded(step, seconds=seconds):
            return Row(step, "done", seconds)
        case StepFailed(step, seconds=seconds):
            return Row(step, "failed", seconds)
        case StepSkipped(step):
            return Row(step, "skipped")


@dataclass
class PlainView:
    """One line an event, for pipes and files."""

    console: Console

    def show(self, event: Event) -> None:
        """See `View.show`."""
        match event:
            case StepPlanned(step):
                self._line(printable(step.text()))
            case StepSucceeded(step, seconds=seconds):
                self._line(f"done {step.id} ({seconds:.2f} s)")
            case StepFailed(step, message):
                self._line(f"failed {step.id}: {printable(message)}")
            case StepSkipped(step):
                self._line(f"skipped {step.id}")
            case Answered(text):
                self._line("")
                self._line(printable(bounded(text)))

    def paused(self) -> contextlib.AbstractContextManager[None]:
        """See `View.paused`."""
        return contextlib.nullcontext()

    def close(self) -> None:
        """See `View.close`."""

    def _line(self, text: str) -> None:
        self.console.print(Text(text), soft_wrap=True)


@dataclass
class Collected:
    """Everything about a request as data, for `--json`."""

    plan: PlanFinished | None = None
    tools_in_play: tuple[str, ...] = ()
    ends: dict[int, StepEnd] = field(default_factory=dict)
    answer: str = ""
    again: bool = False  # a second plan is being made; if it stays empty, the first one's ends count

    def show(self, event: Event) -> None:
        """See `View.show`."""
        match event:
            case PlanStarted(tools):
                self.tools_in_play, self.again = tools, True
            case StepPlanned():
                if self.again:
                    self.ends = {}
                self.again = False
            case PlanFinished(plan):
                if plan.steps or self.plan is None:
                    self.plan = event
            case StepSucceeded() | StepFailed() | StepSkipped():
                self.ends[event.step.id] = event
            case Answered(text):
                self.answer = text

    def paused(self) -> contextlib.AbstractContextManager[None]:
        """See `View.paused`."""
        return contextlib.nullcontext()

    def close(self) -> None:
        """See `View.close`."""

    def results(self) -> list[dict[str, object]]:
        """How each step ended, in plan order."""
        return [_result(end) for _, end in sorted(self.ends.items())]


def _result(end: StepEnd) -> dict[str, object]:
    match end:
        case StepSucceeded(step, value, text, seconds):
            return {
                "id": step.id,
                "state": "done",
                "value": value,
                "text": text,
                "seconds": round(seconds, 4),
            }
        case StepFailed(step, message, hint, refused):
            state = "refused" if refused else "failed"
            return {"id": step.id, "state": state, "error": {"message": message, "hint": hint}}
        case StepSkipped(step, because):
            return {"id": step.id, "state": "skipped", "because": list(because)}
