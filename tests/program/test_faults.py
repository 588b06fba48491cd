"""Faults of the machine under the whole program: a clear message and the right exit code each."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from datetime import datetime
from pathlib import Path

import pytest

from planner.errors import ModelUnavailable
from planner.events import PlanFinished, PlanStarted, StepPlanned
from planner.planning import Planner
from planner.request import Request
from planner.runtime.llama import LlamaModel, ModelFile
from tests.program.conftest import MODEL, Program
from tools.registry import builtin_tools

pytestmark = pytest.mark.model
NOW = datetime(2026, 3, 12, 9, 30)


def model(path: Path, states: Path) -> LlamaModel:
    return LlamaModel(ModelFile(MODEL, path, states=states))


async def test_a_killed_worker_ends_the_plan_with_a_message_and_the_next_request_works(
    model_file: Path, tmp_path: Path
) -> None:
    llama = model(model_file, tmp_path)
    planner = Planner(llama, builtin_tools())
    request = Request.read("text Ana and Bo that I am late")
    await llama.start()
    with pytest.raises(ModelUnavailable, match="signal 9"):
        async with contextlib.aclosing(planner.plan(request, NOW)) as events:
            async for event in events:
                if isinstance(event, PlanStarted):
                    assert llama.pid is not None
                    os.kill(llama.pid, signal.SIGKILL)
    async with contextlib.aclosing(planner.plan(request, NOW)) as events:
        seen = [event async for event in events]
    assert isinstance(seen[-1], PlanFinished)
    await llama.close()


async def test_a_worker_that_is_cancelled_while_it_loads_is_not_left_behind(
    model_file: Path, tmp_path: Path
) -> None:
    llama = model(model_file, tmp_path)
    loading = asyncio.create_task(llama.start())
    async with asyncio.timeout(60):
        while not (found := children()):  # noqa: ASYNC110 (nothing tells when a process is there)
            await asyncio.sleep(0)
    loading.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await loading
    assert not found & children()


def children() -> set[int]:
    """The processes that this one has started and that are not gone."""
    return {int(pid) for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()}


async def test_plans_of_the_model_are_valid_and_forced_tokens_cost_no_pass(
    model_file: Path, tmp_path: Path
) -> None:
    llama = model(model_file, tmp_path)
    planner = Planner(llama, builtin_tools())
    for text in ("remind me to call mum tomorrow at noon", "mail the roadmap to Sid and text Bo"):
        async with contextlib.aclosing(planner.plan(Request.read(text), NOW)) as events:
            seen = [event async for event in events]
        finished = seen[-1]
        assert isinstance(finished, PlanFinished)
        assert [e.step.id for e in seen if isinstance(e, StepPlanned)] == [s.id for s in finished.plan.steps]
        assert finished.tokens["forward_passes"] < finished.tokens["generated"]
    await llama.close()


async def test_an_abandoned_plan_leaves_the_model_usable(model_file: Path, tmp_path: Path) -> None:
    llama = model(model_file, tmp_path)
    planner = Planner(llama, builtin_tools())
    async with contextlib.aclosing(planner.plan(Request.read("text Ana and Bo hello"), NOW)) as events:
        async for event in events:
            if isinstance(event, StepPlanned):
                break
    async with asyncio.timeout(600), contextlib.aclosing(planner.plan(Request.read("call"), NOW)) as events:
        seen = [event async for event in events]
    assert isinstance(seen[-1], PlanFinished)
    await llama.close()


def test_a_damaged_model_file_is_found_before_it_is_opened(program: Program, tmp_path: Path) -> None:
    models = tmp_path / "models"
    models.mkdir()
    (models / f"{MODEL}.gguf").write_bytes(b"GGUF" + bytes(98362432 - 4))
    program.environment["TINYAGENT_MODELS"] = str(models)
    ran = program.run("plan", "call Ana", "--profile", "demo")
    assert ran.code == 4
    assert "damaged" in ran.err
    assert "models pull" in ran.err


def test_an_adapter_that_is_missing_or_of_another_model_is_named(program: Program, tmp_path: Path) -> None:
    program.environment["TINYAGENT_ADAPTER"] = str(tmp_path / "none.gguf")
    ran = program.run("plan", "call Ana", "--profile", "demo")
    assert ran.code == 4
    assert "There is no adapter" in ran.err
    (tmp_path / "none.gguf").write_bytes(b"GGUF" + bytes(100))
    ran = program.run("plan", "call Ana", "--profile", "demo")
    assert ran.code == 4
    assert "none.gguf" in ran.err


def test_an_own_file_that_llama_cpp_refuses_is_an_error_not_a_crash(program: Program, tmp_path: Path) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF" + bytes(1000))
    ran = program.run("plan", "call Ana", "--profile", "demo", "--model", str(broken))
    assert ran.code == 4
    assert "can't be loaded" in ran.err


def test_a_home_that_is_a_file_is_explained(program: Program, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    program.environment["TINYAGENT_HOME"] = str(tmp_path / "file")
    ran = program.run("history", "--profile", "demo")
    assert ran.code == 4
    assert "can't be used" in ran.err


def test_nothing_outgoing_happens_without_a_yes(program: Program) -> None:
    before = sorted(p for p in (program.data / "outbox").glob("*"))
    ran = program.run("ask", "text Priya hello", "--profile", "demo", "--json")
    assert ran.code in {0, 1, 3}
    assert sorted(p for p in (program.data / "outbox").glob("*")) == before
