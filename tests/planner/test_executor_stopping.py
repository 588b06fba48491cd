"""Time limits, cancellation and broken plans: what is stopped has no effect afterwards, and nothing hangs."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from planner.errors import PlannerError
from planner.events import Confirmation, Event, StepFailed, StepSkipped, StepStarted, StepSucceeded
from planner.plan import Step, Value
from planner.recorder import MemoryRecord, MemoryRecorder
from tests.planner.executor_support import (
    DEADLINE,
    Bench,
    Person,
    after,
    call,
    ends_of,
    free,
    make_tool,
    stream,
)
from tests.support import make_context
from tools.context import ToolContext
from tools.errors import Refused
from tools.spec import Effect


class StubbornWriter:
    """A blocking tool that waits in its thread, and then tries to write a file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.began, self.go_on, self.gave_up = threading.Event(), threading.Event(), threading.Event()

    def __call__(self, ctx: ToolContext) -> str:
        self.began.set()
        self.go_on.wait(DEADLINE)
        try:
            ctx.changes.create(self.path, b"late")
        except Refused:
            self.gave_up.set()
            raise
        return "written"

    async def let_go(self) -> None:
        """Let the thread go on, and wait until it was refused."""
        self.go_on.set()
        assert await asyncio.to_thread(self.gave_up.wait, DEADLINE)


async def test_a_tool_that_takes_too_long_fails_and_can_change_nothing_afterwards(tmp_path: Path) -> None:
    writer = StubbornWriter(tmp_path / "late.txt")
    bench = Bench(tmp_path, make_tool("write", writer, effect=Effect.LOCAL_WRITE), step_timeout=0.05)
    ends = await bench.ends(call(1, "write"))
    assert isinstance(ends[1], StepFailed)
    assert "took longer than 0.05 seconds" in ends[1].message
    assert bench.recorder.records[0].outcome.startswith("failed")
    await writer.let_go()
    assert not writer.path.exists()
    assert bench.recorder.records[0].outcome.startswith("failed")


async def test_an_async_tool_that_takes_too_long_is_cancelled(tmp_path: Path) -> None:
    cancelled = False

    async def wait(ctx: ToolContext) -> str:
        nonlocal cancelled
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled = True
            raise
        return "never"

    ends = await Bench(tmp_path, make_tool("wait", wait), step_timeout=0.05).ends(call(1, "wait"))
    assert isinstance(ends[1], StepFailed)
    assert cancelled


async def test_a_hanging_tool_keeps_no_place_from_the_others(tmp_path: Path) -> None:
    writer = StubbornWriter(tmp_path / "late.txt")
    hang = make_tool("hang", writer, effect=Effect.LOCAL_WRITE)
    ok = make_tool("ok", lambda ctx: "fine", effect=Effect.LOCAL_WRITE)
    bench = Bench(tmp_path, hang, ok, step_timeout=0.5, max_parallel=1)
    ends = await bench.ends(call(1, "hang"), call(2, "ok"))
    assert isinstance(ends[2], StepSucceeded)
    await writer.let_go()


async def test_a_time_limit_that_strikes_before_the_journal_answers_keeps_the_tool_from_running(
    tmp_path: Path,
) -> None:
    go_on, closed = threading.Event(), threading.Event()

    class SlowRecorder(MemoryRecorder):
        def begin(self, step: Step, args: Mapping[str, Value], effect: Effect) -> MemoryRecord:
            go_on.wait(DEADLINE)
            record = super().begin(step, args, effect)
            closed.set()
            return record

    ran = False

    def write(ctx: ToolContext) -> str:
        nonlocal ran
        ran = True
        return "written"

    recorder = SlowRecorder(make_context(tmp_path))
    tool = make_tool("write", write, effect=Effect.LOCAL_WRITE)
    bench = Bench(tmp_path, tool, recorder=recorder, step_timeout=0.05)
    ends = await bench.ends(call(1, "write"))
    assert isinstance(ends[1], StepFailed)
    go_on.set()
    assert await asyncio.to_thread(closed.wait, DEADLINE)
    assert not ran


async def test_a_step_that_cannot_be_recorded_does_not_run(tmp_path: Path) -> None:
    ran = False

    def write(ctx: ToolContext) -> str:
        nonlocal ran
        ran = True
        return "written"

    class FullDisk(MemoryRecorder):
        def begin(self, step: Step, args: Mapping[str, Value], effect: Effect) -> MemoryRecord:
            raise OSError("no space left")

    recorder = FullDisk(make_context(tmp_path))
    bench = Bench(tmp_path, make_tool("write", write, effect=Effect.LOCAL_WRITE), recorder=recorder)
    ends = await bench.ends(call(1, "write"))
    assert isinstance(ends[1], StepFailed)
    assert "could not be recorded (OSError)" in ends[1].message
    assert not ran


async def test_a_plan_that_breaks_has_had_no_effect_and_its_error_follows_the_events(tmp_path: Path) -> None:
    reading, changed = asyncio.Event(), False

    async def read(ctx: ToolContext) -> str:
        reading.set()
        await asyncio.Event().wait()
        return "never"

    def change(ctx: ToolContext) -> str:
        nonlocal changed
        changed = True
        return "changed"

    async def plan() -> AsyncIterator[Step]:
        yield call(1, "look")
        yield call(2, "read")
        yield call(3, "change")
        yield call(4, "look", text=after(2)[0])
        await reading.wait()
        raise PlannerError("The plan is broken.")

    look = make_tool("look", lambda ctx, text="": text, parameters=free("text"))
    bench = Bench(
        tmp_path, look, make_tool("read", read), make_tool("change", change, effect=Effect.LOCAL_WRITE)
    )
    events: list[Event] = []
    with pytest.raises(PlannerError, match="The plan is broken"):
        await bench.collect(events, plan())
    ends = ends_of(events)
    assert sorted(ends) == [1, 2, 3, 4]
    assert all(ends[number] == StepSkipped(ends[number].step) for number in (2, 3, 4))
    assert not changed


async def test_closing_the_events_stops_everything(tmp_path: Path) -> None:
    writer = StubbornWriter(tmp_path / "late.txt")
    waiting, cancelled = asyncio.Event(), asyncio.Event()

    async def wait(ctx: ToolContext) -> str:
        waiting.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()
        return "never"

    bench = Bench(tmp_path, make_tool("wait", wait), make_tool("write", writer, effect=Effect.LOCAL_WRITE))
    async with asyncio.timeout(DEADLINE):
        run = bench.executor.run(stream(call(1, "wait"), call(2, "write")))
        assert isinstance(await anext(run), StepStarted)
        await waiting.wait()
        assert await asyncio.to_thread(writer.began.wait, DEADLINE)
        await run.aclose()
        assert cancelled.is_set()
        assert all(record.outcome == "failed: It was cancelled." for record in bench.recorder.records)
        await writer.let_go()
    assert not writer.path.exists()


async def test_cancelling_who_reads_the_events_stops_everything(tmp_path: Path) -> None:
    started, cancelled = asyncio.Event(), asyncio.Event()

    async def wait(ctx: ToolContext) -> str:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()
        return "never"

    bench = Bench(tmp_path, make_tool("wait", wait))
    reader = asyncio.create_task(bench.run(call(1, "wait")))
    await started.wait()
    reader.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reader
    assert cancelled.is_set()


async def test_cancel_finishes_the_effects_that_began_and_skips_the_rest(tmp_path: Path) -> None:
    reading = asyncio.Event()
    writer = StubbornWriter(tmp_path / "file.txt")

    async def read(ctx: ToolContext) -> str:
        reading.set()
        await asyncio.Event().wait()
        return "never"

    class Thinker(Person):
        asked = asyncio.Event()

        async def confirm(self, confirmation: Confirmation) -> bool:
            self.asked.set()
            await asyncio.Event().wait()
            return True

    thinker = Thinker()
    bench = Bench(
        tmp_path,
        make_tool("write", writer, effect=Effect.LOCAL_WRITE),
        make_tool("read", read),
        make_tool("send", lambda ctx: "sent", effect=Effect.OUTGOING),
        make_tool("more", lambda ctx, text: text, parameters=free("text")),
        person=thinker,
    )
    events: list[Event] = []
    plan = stream(call(1, "write"), call(2, "read"), call(3, "send"), call(4, "more", text=after(1)[0]))
    run = asyncio.create_task(bench.collect(events, plan))
    async with asyncio.timeout(DEADLINE):
        await reading.wait()
        await thinker.asked.wait()
        assert await asyncio.to_thread(writer.began.wait, DEADLINE)
        bench.executor.cancel()
        writer.go_on.set()
        await run
    ends = ends_of(events)
    assert isinstance(ends[1], StepSucceeded)
    assert writer.path.read_bytes() == b"late"
    assert [ends[number] for number in (2, 3, 4)] == [StepSkipped(ends[n].step) for n in (2, 3, 4)]


async def test_cancel_does_not_wait_for_the_rest_of_the_plan(tmp_path: Path) -> None:
    ran = asyncio.Event()

    async def look(ctx: ToolContext) -> str:
        ran.set()
        return "seen"

    async def plan() -> AsyncIterator[Step]:
        yield call(1, "look")
        yield call(2, "write")
        await asyncio.Event().wait()

    bench = Bench(tmp_path, make_tool("look", look), make_tool("write", look, effect=Effect.LOCAL_WRITE))
    events: list[Event] = []
    run = asyncio.create_task(bench.collect(events, plan()))
    async with asyncio.timeout(DEADLINE):
        await ran.wait()
        bench.executor.cancel()
        await run
    assert ends_of(events)[2] == StepSkipped(call(2, "write"))


async def test_a_yes_that_comes_after_a_cancel_counts_for_nothing(tmp_path: Path) -> None:
    sent = False

    def send(ctx: ToolContext) -> str:
        nonlocal sent
        sent = True
        return "sent"

    class Deaf(Person):
        asked = asyncio.Event()

        async def confirm(self, confirmation: Confirmation) -> bool:
            self.asked.set()
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                return True
            return False

    deaf = Deaf()
    bench = Bench(tmp_path, make_tool("send", send, effect=Effect.OUTGOING), person=deaf)
    events: list[Event] = []
    run = asyncio.create_task(bench.collect(events, stream(call(1, "send"))))
    async with asyncio.timeout(DEADLINE):
        await deaf.asked.wait()
        bench.executor.cancel()
        await run
    assert ends_of(events)[1] == StepSkipped(call(1, "send"))
    assert not sent
