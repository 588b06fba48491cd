"""How close the executor comes to a plan's critical path, and what a step costs of its own.

Random plans of sleeping tools (async ones, and blocking ones in threads) run through the real
executor with a recorder in memory. What is compared is the time from the first step's arrival to
the end of the run with the longest chain of nominal sleeping times; so the executor is also charged
for the operating system's late wake-ups. A second run of the same plans without sleep shows what the
executor costs alone: nothing but starting, recording and ending steps is left of it.
"""

from __future__ import annotations

import asyncio
import random
import statistics
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from planner.events import NobodyThere, StepSucceeded
from planner.executor import Executor
from planner.plan import Reference, Step
from planner.recorder import MemoryRecorder
from tinyagent_app.bench.machine import machine
from tools.context import Folders, ToolContext
from tools.errors import Refused
from tools.spec import Effect, Kind, Parameter, ToolSpec

MAX_STEPS = 12
MAX_PARALLEL = 12  # never binds: no plan has more steps
MAX_RATIO = 1.05  # criterion: median makespan / critical path
MAX_OWN_MS = 1.0  # criterion: median own time per step

Progress = Callable[[int, int], None]
"""Told after each plan: how many are done, and of how many."""


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """A step of a random plan: what it needs, and how long its tool sleeps."""

    needs: tuple[int, ...]
    blocking: bool
    milliseconds: float


@dataclass(frozen=True, slots=True)
class Row:
    """One plan's measurement; milliseconds."""

    plan: int
    steps: int
    blocking_steps: int
    critical_path_ms: float
    makespan_ms: float
    ratio: float
    own_ms_per_step: float
    zero_sleep_ms_per_step: float


@dataclass(frozen=True, slots=True)
class Spread:
    """Median and spread."""

    p10: float
    median: float
    p90: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Of at least two values."""
        cuts = statistics.quantiles(values, n=10, method="inclusive")
        return cls(round(cuts[0], 4), round(statistics.median(values), 4), round(cuts[8], 4))


@dataclass(frozen=True, slots=True)
class Report:
    """The figures of one benchmark run, with all that is needed to repeat it."""

    plans: int
    seed: int
    scale: float
    steps: int
    ratio: Spread  # makespan / critical path
    own_ms_per_step: Spread  # (makespan - critical path) / steps
    zero_sleep_ms_per_step: Spread  # makespan of the same plans without sleep / steps
    passed: bool
    machine: Mapping[str, str | int]
    rows: tuple[Row, ...]


def run_executor_bench(
    out: Path | None, plans: int = 200, seed: int = 0, progress: Progress | None = None, *, scale: float = 1.0
) -> Report:
    """Measure, and write executor.{json,csv,md} into the folder `out` if given. OSError."""
    from tinyagent_app.bench import executor_report  # noqa: PLC0415 (it imports this module's types)

    report = run(plans, seed, scale, progress)
    if out is not None:
        executor_report.write(report, out)
    return report


def run(plans: int = 200, seed: int = 0, scale: float = 1.0, progress: Progress | None = None) -> Report:
    """Measure `plans` (at least two) random plans. `scale` stretches the sleeping times of 5 to 60 ms."""
    draw = random.Random(seed)  # noqa: S311 (a repeatable benchmark, not a secret)
    drawn = [random_plan(draw, scale) for _ in range(plans)]
    rows = asyncio.run(_measure_all(drawn, progress))
    ratio, own = Spread.of([r.ratio for r in rows]), Spread.of([r.own_ms_per_step for r in rows])
    return Report(
        plans=plans,
        seed=seed,
        scale=scale,
        steps=sum(row.steps for row in rows),
        ratio=ratio,
        own_ms_per_step=own,
        zero_sleep_ms_per_step=Spread.of([row.zero_sleep_ms_per_step for row in rows]),
        passed=ratio.median <= MAX_RATIO and own.median < MAX_OWN_MS,
        machine=machine(),
        rows=rows,
    )


def random_plan(draw: random.Random, scale: float) -> list[PlannedStep]:
    """2 to 12 steps, each with up to three references to earlier ones; a third of them block a thread."""
    plan: list[PlannedStep] = []
    for number in range(1, draw.randint(2, MAX_STEPS) + 1):
        count = min(number - 1, draw.choice((0, 1, 1, 2, 3)))
        needs = tuple(sorted(draw.sample(range(1, number), count)))
        plan.append(PlannedStep(needs, draw.random() < 1 / 3, draw.uniform(5.0, 60.0) * scale))
    return plan


def critical_path(plan: Sequence[PlannedStep]) -> float:
    """The longest chain of sleeping times, in milliseconds."""
    ends: list[float] = []
    for step in plan:
        ends.append(max((ends[number - 1] for number in step.needs), default=0.0) + step.milliseconds)
    return max(ends)


async def _measure_all(plans: Sequence[Sequence[PlannedStep]], progress: Progress | None) -> tuple[Row, ...]:
    await makespan(plans[0], sleeping=False)  # the first run pays for imports and first-time set-up
    rows: list[Row] = []
    for number, plan in enumerate(plans, start=1):
        rows.append(await _measure(number, plan))
        if progress is not None:
            progress(number, len(plans))
    return tuple(rows)


async def _measure(number: int, plan: Sequence[PlannedStep]) -> Row:
    path = critical_path(plan)
    real = await makespan(plan, sleeping=True)
    bare = await makespan(plan, sleeping=False)
    return Row(
        plan=number,
        steps=len(plan),
        blocking_steps=sum(step.blocking for step in plan),
        critical_path_ms=round(path, 3),
        makespan_ms=round(real, 3),
        ratio=round(real / path, 5),
        own_ms_per_step=round((real - path) / len(plan), 4),
        zero_sleep_ms_per_step=round(bare / len(plan), 4),
    )


async def makespan(plan: Sequence[PlannedStep], *, sleeping: bool) -> float:
    """How long the executor takes for a plan, in milliseconds. RuntimeError if a step does not succeed."""
    executor = Executor(_tools(plan, sleeping), NobodyThere(), _recorder(), max_parallel=MAX_PARALLEL)
    succeeded = 0
    begin = time.perf_counter()
    async with aclosing(executor.run(_stream(plan))) as events:
        async for event in events:
            succeeded += isinstance(event, StepSucceeded)
    elapsed = time.perf_counter() - begin
    if succeeded != len(plan):
        raise RuntimeError(f"only {succeeded} of {len(plan)} steps succeeded")
    return elapsed * 1000


def _tools(plan: Sequence[PlannedStep], sleeping: bool) -> dict[str, ToolSpec]:
    seconds = [step.milliseconds / 1000 if sleeping else 0.0 for step in plan]

    async def wait(ctx: ToolContext, number: int, needs: list[str]) -> str:
        if sleeping:
            await asyncio.sleep(seconds[number - 1])
        return f"{number} after {len(needs)}"

    def block(ctx: ToolContext, number: int, needs: list[str]) -> str:
        if sleeping:
            time.sleep(seconds[number - 1])
        return f"{number} after {len(needs)}"

    parameters = (Parameter("number", Kind.INTEGER), Parameter("needs", Kind.TEXT, many=True))
    return {
        function.__name__: ToolSpec(
            function.__name__, "bench", parameters, Kind.TEXT, Effect.READ, "Sleep.", function
        )
        for function in (wait, block)
    }


async def _stream(plan: Sequence[PlannedStep]) -> AsyncIterator[Step]:
    """The whole plan at once."""
    for number, step in enumerate(plan, start=1):
        needs = tuple(Reference(needed) for needed in step.needs)
        yield Step(number, "block" if step.blocking else "wait", {"number": number, "needs": needs})


def _recorder() -> MemoryRecorder:
    nowhere = Path()
    folders = Folders(nowhere, nowhere, nowhere, nowhere, nowhere, nowhere, roots=())
    return MemoryRecorder(ToolContext(folders, NoChanges(), datetime(2026, 1, 1)))


class NoChanges:
    """`Changes` for tools that change nothing."""

    def create(self, path: Path, data: bytes) -> None:
        """Refused."""
        raise Refused(f"A benchmark writes no files ({len(data)} bytes to {path.name}).")

    def update(self, path: Path, edit: Callable[[bytes | None], bytes]) -> None:
        """Refused."""
        del edit
        raise Refused(f"A benchmark writes no files ({path.name}).")

    def delete(self, path: Path) -> None:
        """Refused."""
        raise Refused(f"A benchmark deletes no files ({path.name}).")


def main(plans: int = 200, seed: int = 0, output: Path | None = None, *, json: bool = False) -> int:
    """`tinyagent bench executor`: run, print, write into `output` if given. 1 if a criterion fails."""
    from tinyagent_app.bench import executor_report  # noqa: PLC0415 (it imports this module's types)

    report = run_executor_bench(output, plans, seed)
    print(executor_report.as_json(report) if json else executor_report.as_markdown(report), end="")
    return 0 if report.passed else 1
