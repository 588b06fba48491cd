"""Any plan, with any failures: every step ends exactly once, and never starts before what it needs."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from planner.events import Event, StepFailed, StepSkipped, StepStarted, StepSucceeded
from planner.plan import Step
from tests.planner.executor_support import Bench, after, call, ends_of, free, make_tool
from tools.errors import ToolError
from tools.spec import Effect, ToolSpec

EFFECTS = {"read": Effect.READ, "write": Effect.LOCAL_WRITE, "send": Effect.OUTGOING}


@dataclass(frozen=True)
class Case:
    """One step of a random plan."""

    needs: frozenset[int]
    tool: str
    fails: bool
    turns: int  # of the event loop that the tool takes
    pause: int  # turns of the event loop before the step's line is written

    def step(self, number: int) -> Step:
        """The step; its free text says what its tool shall do."""
        return call(number, self.tool, how=f"{self.turns} {self.fails}", needs=after(*sorted(self.needs)))


@st.composite
def plans(draw: st.DrawFn) -> list[Case]:
    """Plans of 1 to 12 steps with random references to earlier steps."""
    cases = []
    for number in range(1, draw(st.integers(1, 12)) + 1):
        earlier = (
            st.frozensets(st.integers(1, number - 1), max_size=3) if number > 1 else st.just(frozenset())
        )
        cases.append(
            Case(
                needs=draw(earlier),
                tool=draw(
                    st.sampled_from(
                        ["read_async", "read_thread", "write_async", "write_thread", "send_async"]
                    )
                ),
                fails=draw(st.booleans()) and draw(st.booleans()),
                turns=draw(st.integers(0, 4)),
                pause=draw(st.integers(0, 3)),
            )
        )
    return cases


def tools() -> list[ToolSpec]:
    """Reading tools in one group, tools with an effect in another."""

    async def in_loop(ctx: object, how: str, needs: list[str]) -> str:
        turns, fails = how.split()
        for _ in range(int(turns)):
            await asyncio.sleep(0)
        return end(fails)

    def in_thread(ctx: object, how: str, needs: list[str]) -> str:
        return end(how.split()[1])

    def end(fails: str) -> str:
        if fails == "True":
            raise ToolError("It is broken.")
        return "fine"

    return [
        make_tool(
            f"{effect}_{place}",
            in_loop if place == "async" else in_thread,
            effect=EFFECTS[effect],
            group="looking" if effect == "read" else "changing",
            parameters=(*free("how"), *free("needs", many=True)),
        )
        for effect in EFFECTS
        for place in ("async", "thread")
    ]


async def execute(cases: list[Case], max_parallel: int) -> list[Event]:
    async def plan() -> AsyncIterator[Step]:
        for number, case in enumerate(cases, start=1):
            for _ in range(case.pause):
                await asyncio.sleep(0)
            yield case.step(number)

    with tempfile.TemporaryDirectory() as folder:
        return await Bench(Path(folder), *tools(), max_parallel=max_parallel).run(plan=plan())


@settings(max_examples=60, deadline=None)
@given(cases=plans(), max_parallel=st.integers(1, 12))
def test_every_step_ends_once_and_starts_after_what_it_needs(cases: list[Case], max_parallel: int) -> None:
    events = asyncio.run(execute(cases, max_parallel))
    ends = ends_of(events)
    assert sorted(ends) == list(range(1, len(cases) + 1))
    succeeded: set[int] = set()
    last_change = 0
    for event in events:
        match event:
            case StepStarted(step):
                assert cases[step.id - 1].needs <= succeeded
                if not step.tool.startswith("read"):
                    assert step.id > last_change  # steps of the group with effects keep their order
                    last_change = step.id
            case StepSucceeded(step):
                assert not cases[step.id - 1].fails
                succeeded.add(step.id)
            case _:
                pass
    for number, end in ends.items():
        broken = failed_before(cases, number)
        assert isinstance(end, StepSkipped) == bool(broken)
        if isinstance(end, StepSkipped):
            assert set(end.because) == broken
        if isinstance(end, StepFailed):
            assert cases[number - 1].fails


def failed_before(cases: list[Case], number: int) -> set[int]:
    """By definition: the failing steps above a step, where a step below a failing one never runs."""
    found: set[int] = set()
    for earlier in cases[number - 1].needs:
        above = failed_before(cases, earlier)
        found |= above or ({earlier} if cases[earlier - 1].fails else set())
    return found
