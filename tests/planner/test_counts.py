"""What a plan cost in tokens and passes, of a worker that is stopped as soon as the plan is complete."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from planner.events import PlanFinished
from planner.planning import Planner
from planner.request import Request
from planner.runtime.llama import LlamaModel, ModelFile
from tests.planner import scripted_worker
from tests.planner.scripted_worker import RIGHT, WRONG
from tools.registry import builtin_tools
from training.evaluation.wrapped import WithoutGrammar

NOW = datetime(2026, 3, 12, 9, 30)


@pytest.fixture
async def model(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[LlamaModel]:
    start = asyncio.create_subprocess_exec

    async def scripted(*_: str, **options: Any) -> asyncio.subprocess.Process:
        return await start(sys.executable, scripted_worker.__file__, **options)

    monkeypatch.setattr(asyncio, "create_subprocess_exec", scripted)
    llama = LlamaModel(ModelFile("scripted", Path("scripted.gguf")))
    yield llama
    await llama.close()


async def tokens(model: LlamaModel, request: str) -> Mapping[str, int]:
    planner = Planner(WithoutGrammar(model), builtin_tools())
    async with contextlib.aclosing(planner.plan(Request.read(request), NOW)) as events:
        seen = [event async for event in events]
    assert isinstance(seen[-1], PlanFinished)
    assert [step.tool for step in seen[-1].plan.steps] == ["get_phone_number"]
    return seen[-1].tokens


async def test_a_plan_without_grammar_costs_what_was_written_until_it_was_complete(model: LlamaModel) -> None:
    found = await tokens(model, "what is Ana's number")
    assert found["generated"] == len(RIGHT)
    assert found["forward_passes"] == len(RIGHT) - 1  # the prompt's own pass gave the first token
    assert found["prompt"] > 0


async def test_a_mended_plan_costs_both_attempts(model: LlamaModel) -> None:
    found = await tokens(model, "Ana's number, to dance")
    assert found["generated"] == len(WRONG) + len(RIGHT)
    assert found["forward_passes"] == len(WRONG) + len(RIGHT) - 2
