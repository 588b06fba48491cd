"""Order and parallelism: what starts when, and that it starts. Proven with barriers, not with clocks."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from planner.errors import PlannerError
from planner.events import Event, StepFailed, StepSkipped, StepStarted, StepSucceeded
from planner.plan import Step
from tests.planner.executor_support import DEADLINE, Bench, after, call, ends_of, free, make_tool, stream
from tools.errors import ToolError
from tools.spec import Effect, Kind, Result, ToolSpec


def echo(name: str = "echo", **options: Any) -> ToolSpec:
    """A tool that gives back its text."""
    return make_tool(name, lambda ctx, text="": text, parameters=free("text"), **options)


async def let_others_start() -> None:
    """Gives a step that wrongly may start ample opportunity: starting takes one trip through a thread."""
    for _ in range(5):
        await asyncio.to_thread(lambda: None)


async def test_independent_steps_run_side_by_side(tmp_path: Path) -> None:
    together = asyncio.Barrier(3)

    async def meet(ctx: object) -> str:
        await together.wait()  # passes only when all three are here
        return "met"

    ends = await Bench(tmp_path, make_tool("meet", meet)).ends(
        call(1, "meet"), call(2, "meet"), call(3, "meet")
    )
    assert all(isinstance(end, StepSucceeded) for end in ends.values())
    assert len(ends) == 3


async def test_blocking_tools_run_side_by_side_too(tmp_path: Path) -> None:
    together = threading.Barrier(3)

    def meet(ctx: object) -> str:
        together.wait(DEADLINE)
        return "met"

    ends = await Bench(tmp_path, make_tool("meet", meet)).ends(
        call(1, "meet"), call(2, "meet"), call(3, "meet")
    )
    assert all(isinstance(end, StepSucceeded) for end in ends.values())


async def test_a_step_gets_the_results_it_refers_to(tmp_path: Path) -> None:
    join = make_tool("join_up", lambda ctx, texts: "+".join(texts), parameters=free("texts", many=True))
    ends = await Bench(tmp_path, echo(), join).ends(
        call(1, "echo", text="a"), call(2, "echo", text="b"), call(3, "join_up", texts=after(2, 1))
    )
    assert isinstance(ends[3], StepSucceeded)
    assert ends[3].value == "b+a"


async def test_a_reading_step_runs_while_the_plan_is_still_being_written(tmp_path: Path) -> None:
    has_run = asyncio.Event()

    async def look(ctx: object) -> str:
        has_run.set()
        return "seen"

    async def plan() -> AsyncIterator[Step]:
        yield call(1, "look")
        await has_run.wait()  # the plan goes on only after its first step ran

    events = await Bench(tmp_path, make_tool("look", look)).run(plan=plan())
    assert isinstance(ends_of(events)[1], StepSucceeded)


async def test_a_dependant_starts_without_waiting_for_the_next_line(tmp_path: Path) -> None:
    second_ran = asyncio.Event()

    async def second(ctx: object, text: str) -> str:
        second_ran.set()
        return text

    async def plan() -> AsyncIterator[Step]:
        yield call(1, "echo", text="x")
        yield call(2, "second", text=after(1)[0])
        await second_ran.wait()

    bench = Bench(tmp_path, echo(), make_tool("second", second, parameters=free("text")))
    events = await bench.run(plan=plan())
    assert isinstance(ends_of(events)[2], StepSucceeded)


@pytest.mark.parametrize("effect", [Effect.LOCAL_WRITE, Effect.OUTGOING, Effect.DESTRUCTIVE])
async def test_a_step_with_an_effect_waits_for_the_end_of_the_plan(tmp_path: Path, effect: Effect) -> None:
    plan_is_complete = False

    async def change(ctx: object) -> str:
        assert plan_is_complete
        return "changed"

    looked = asyncio.Event()

    async def look(ctx: object) -> str:
        looked.set()
        return "seen"

    async def plan() -> AsyncIterator[Step]:
        nonlocal plan_is_complete
        yield call(1, "change")
        yield call(2, "look")
        await looked.wait()  # other steps go on meanwhile
        plan_is_complete = True

    bench = Bench(tmp_path, make_tool("change", change, effect=effect), make_tool("look", look))
    ends = ends_of(await bench.run(plan=plan()))
    assert isinstance(ends[1], StepSucceeded)


async def test_events_do_not_wait_for_a_slow_reader_of_events(tmp_path: Path) -> None:
    both_ran = asyncio.Event()

    async def last(ctx: object, text: str) -> str:
        both_ran.set()
        return text

    bench = Bench(tmp_path, echo(), make_tool("last", last, parameters=free("text")))
    plan = stream(call(1, "echo", text="x"), call(2, "last", text=after(1)[0]))
    async with asyncio.timeout(DEADLINE):
        run = bench.executor.run(plan)
        await anext(run)
        await both_ran.wait()  # though nobody asked for the second event
        await run.aclose()


async def test_no_more_steps_run_at_a_time_than_allowed(tmp_path: Path) -> None:
    running = most = 0
    full = asyncio.Barrier(3)

    async def count(ctx: object) -> str:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await full.wait()  # three do run at a time
        await let_others_start()
        running -= 1
        return "done"

    bench = Bench(tmp_path, make_tool("count", count), max_parallel=3)
    ends = await bench.ends(*(call(n, "count") for n in range(1, 10)))
    assert len(ends) == 9
    assert most == 3


async def test_a_failure_skips_only_what_depends_on_it(tmp_path: Path) -> None:
    def fail(ctx: object) -> str:
        raise ToolError("It is broken.", "Mend it.")

    ends = await Bench(tmp_path, echo(), make_tool("fail", fail)).ends(
        call(1, "fail"),
        call(2, "echo", text="fine"),
        call(3, "echo", text=after(1)[0]),
        call(4, "echo", text=after(3)[0]),
        call(5, "echo", text=after(2)[0]),
    )
    assert isinstance(ends[1], StepFailed)
    assert (ends[1].message, ends[1].hint) == ("It is broken.", "Mend it.")
    assert ends[3] == StepSkipped(ends[3].step, because=(1,))
    assert ends[4] == StepSkipped(ends[4].step, because=(1,))
    assert isinstance(ends[5], StepSucceeded)


async def test_a_skipped_step_names_every_failure_it_depends_on(tmp_path: Path) -> None:
    def fail(ctx: object) -> str:
        raise ToolError("It is broken.")

    join = make_tool("join_up", lambda ctx, texts: "", parameters=free("texts", many=True))
    ends = await Bench(tmp_path, join, make_tool("fail", fail)).ends(
        call(1, "fail"), call(2, "fail"), call(3, "join_up", texts=after(2, 1))
    )
    assert ends[3] == StepSkipped(ends[3].step, because=(1, 2))


class GroupOrder:
    """Two tools that note when they ran. With `overlap`, the first ends only after the second ran."""

    def __init__(
        self,
        first: Effect,
        second: Effect,
        *,
        group: str = "notes",
        fails: bool = False,
        overlap: bool = False,
    ) -> None:
        self.ran: list[str] = []
        self.second_ran = asyncio.Event()
        self.fails, self.overlap = fails, overlap
        self.tools = (
            make_tool("first", self.run_first, effect=first, group="notes"),
            make_tool("second", self.run_second, effect=second, group=group),
        )

    async def run_first(self, ctx: object) -> str:
        await (self.second_ran.wait() if self.overlap else let_others_start())
        self.ran.append("first")
        if self.fails:
            raise ToolError("No.")
        return "1"

    async def run_second(self, ctx: object) -> str:
        self.ran.append("second")
        self.second_ran.set()
        return "2"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (Effect.LOCAL_WRITE, Effect.LOCAL_WRITE),
        (Effect.LOCAL_WRITE, Effect.READ),
        (Effect.READ, Effect.LOCAL_WRITE),
        (Effect.OUTGOING, Effect.READ),
    ],
)
async def test_steps_of_a_group_keep_their_order_when_one_has_an_effect(
    tmp_path: Path, first: Effect, second: Effect
) -> None:
    order = GroupOrder(first, second)
    await Bench(tmp_path, *order.tools).run(call(1, "first"), call(2, "second"))
    assert order.ran == ["first", "second"]


async def test_reading_steps_of_a_group_need_no_order(tmp_path: Path) -> None:
    order = GroupOrder(Effect.READ, Effect.READ, overlap=True)
    await Bench(tmp_path, *order.tools).run(call(1, "first"), call(2, "second"))
    assert order.ran == ["second", "first"]


async def test_steps_of_different_groups_need_no_order(tmp_path: Path) -> None:
    order = GroupOrder(Effect.LOCAL_WRITE, Effect.LOCAL_WRITE, group="mail", overlap=True)
    await Bench(tmp_path, *order.tools).run(call(1, "first"), call(2, "second"))
    assert order.ran == ["second", "first"]


async def test_a_failure_does_not_skip_what_only_comes_after_it(tmp_path: Path) -> None:
    order = GroupOrder(Effect.LOCAL_WRITE, Effect.LOCAL_WRITE, fails=True)
    ends = await Bench(tmp_path, *order.tools).ends(call(1, "first"), call(2, "second"))
    assert isinstance(ends[1], StepFailed)
    assert isinstance(ends[2], StepSucceeded)


async def test_an_empty_plan_has_no_events(tmp_path: Path) -> None:
    assert await Bench(tmp_path).run() == []


@pytest.mark.parametrize(
    ("steps", "sentence"),
    [
        ([call(1, "fly")], "no such tool"),
        ([call(1, "echo", text=after(2)[0])], "step 2, which is not before it"),
        ([call(1, "echo", text="a"), call(1, "echo", text="b")], "two steps numbered 1"),
    ],
)
async def test_a_plan_that_does_not_hold_together_is_an_error(
    tmp_path: Path, steps: list[Step], sentence: str
) -> None:
    with pytest.raises(PlannerError, match=sentence):
        await Bench(tmp_path, echo()).run(*steps)


async def test_a_huge_result_reaches_the_next_step_whole_and_the_user_short(tmp_path: Path) -> None:
    huge = "x" * 10_000_000
    measure = make_tool("measure", lambda ctx, text: len(text), parameters=free("text"), result=Kind.INTEGER)
    bench = Bench(tmp_path, make_tool("make", lambda ctx: huge), measure)
    ends = await bench.ends(call(1, "make"), call(2, "measure", text=after(1)[0]))
    assert isinstance(ends[1], StepSucceeded)
    assert len(ends[1].text) < 4_100
    assert "9,996,000 more characters" in ends[1].text
    assert isinstance(ends[2], StepSucceeded)
    assert ends[2].value == 10_000_000


async def test_results_have_a_value_for_steps_and_a_text_for_the_user(tmp_path: Path) -> None:
    tools = [
        make_tool("address", lambda ctx: Result("a@example.org", "Ana's address is a@example.org.")),
        make_tool("count", lambda ctx: 3),
        make_tool("names", lambda ctx: ["a", "b"]),
    ]
    ends = await Bench(tmp_path, *tools).ends(call(1, "address"), call(2, "count"), call(3, "names"))
    found = [(end.value, end.text) for end in ends.values() if isinstance(end, StepSucceeded)]
    assert sorted(found, key=str) == sorted(
        [("a@example.org", "Ana's address is a@example.org."), (3, "3"), (["a", "b"], "a\nb")], key=str
    )


async def test_a_started_step_is_reported_with_its_concrete_arguments(tmp_path: Path) -> None:
    events: list[Event] = await Bench(tmp_path, echo()).run(
        call(1, "echo", text="hi $1"), call(2, "echo", text=after(1)[0])
    )
    started = [dict(event.args) for event in events if isinstance(event, StepStarted)]
    assert started == [{"text": "hi $1"}, {"text": "hi $1"}]


async def test_a_tool_that_changes_its_list_does_not_change_the_next_steps_argument(tmp_path: Path) -> None:
    def spoil(ctx: object, texts: list[str]) -> str:
        texts.clear()
        return ""

    count = make_tool("count", lambda ctx, texts: len(texts), parameters=free("texts", many=True))
    bench = Bench(
        tmp_path,
        make_tool("names", lambda ctx: ["a", "b"]),
        make_tool("spoil", spoil, parameters=free("texts", many=True), group="g"),
        count,
    )
    ends = await bench.ends(
        call(1, "names"), call(2, "spoil", texts=after(1)), call(3, "count", texts=after(1))
    )
    assert isinstance(ends[3], StepSucceeded)
    assert ends[3].value == 2
