"""The server runtime against a real OpenAI-compatible server (`llama_cpp.server`) and against broken ones."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from datetime import datetime
from urllib.error import URLError

import pytest

from planner.errors import InvalidPlan, ModelUnavailable
from planner.events import PlanFinished
from planner.planning import Planner
from planner.request import Request
from planner.runtime.base import Turn
from planner.runtime.server import Endpoint, ServerModel
from tests.model_server import canned, stream
from tests.support import free_port
from tinyagent_app.models import Catalogue, ModelStore
from tinyagent_app.profiles import models_folder
from tools.registry import builtin_tools

NOW = datetime(2026, 3, 12, 9, 30)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    path = ModelStore(models_folder(), Catalogue.load()).path("smollm2-135m")
    port = free_port()
    command = [sys.executable, "-m", "llama_cpp.server", "--model", str(path), "--port", str(port)]
    server = subprocess.Popen(
        [*command, "--n_ctx", "6144", "--chat_format", "chatml"], stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 120
    try:
        while time.monotonic() < deadline and server.poll() is None:
            with contextlib.suppress(URLError, OSError):
                urllib.request.urlopen(f"http://127.0.0.1:{port}/v1/models", timeout=1).close()
                break
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        server.kill()
        server.wait()


@pytest.mark.model
async def test_a_real_server_answers_and_its_plans_are_checked(url: str) -> None:
    model = ServerModel(Endpoint(url, "smollm2"))
    answer = await model.chat([Turn("user", "Say hello.")], max_tokens=12)
    assert answer
    planner = Planner(model, builtin_tools()[:3])
    async with contextlib.aclosing(planner.plan(Request.read("what is Ana's number"), NOW)) as events:
        try:
            seen = [event async for event in events]
        except InvalidPlan as error:  # the untrained 135M model without a grammar may fail twice
            assert "no valid plan" in str(error)
        else:
            assert isinstance(seen[-1], PlanFinished)
    await model.close()


async def test_a_server_that_is_not_there_is_named() -> None:
    model = ServerModel(Endpoint(f"http://127.0.0.1:{free_port()}/v1", "x"))
    with pytest.raises(ModelUnavailable, match="does not answer"):
        await model.chat([Turn("user", "hi")], max_tokens=4)
    await model.close()


def at(url: str) -> ServerModel:
    return ServerModel(Endpoint(url, "canned"))


async def finished(model: ServerModel, text: str) -> PlanFinished:
    planner = Planner(model, builtin_tools())
    async with contextlib.aclosing(planner.plan(Request.read(text), NOW)) as events:
        seen = [event async for event in events]
    await model.close()
    assert isinstance(seen[-1], PlanFinished)
    return seen[-1]


async def test_an_invalid_plan_may_be_mended_once() -> None:
    wrong = stream('1. get_phone_number("Zelda")\n2. join()')
    right = stream('1. get_phone_number("Ana")\n2. join()')
    with canned((200, wrong), (200, right)) as url:
        plan = (await finished(at(url), "what is Ana's number")).plan
    assert [dict(step.args) for step in plan.steps] == [{"name": "Ana"}]
    with canned((200, wrong), (200, wrong)) as url, pytest.raises(InvalidPlan, match="Zelda"):
        await finished(at(url), "what is Ana's number")


@pytest.mark.parametrize(
    ("status", "body", "message"),
    [
        (500, "out of memory", "500"),
        (404, "no such model", "404"),
        (200, "data: {broken\n\n", "no chat completion"),
    ],
)
async def test_a_server_that_fails_is_quoted(status: int, body: str, message: str) -> None:
    with canned((status, body)) as url, pytest.raises(ModelUnavailable, match=message):
        await finished(at(url), "call Ana")


@pytest.mark.parametrize(
    "url", ["http://[::1/v1", "http://localhost:99999/v1", "localhost:80/v1", "http:///v1", ""]
)
def test_what_is_no_address_of_a_server_is_named(url: str) -> None:
    with pytest.raises(ModelUnavailable, match="not the address of a server") as caught:
        at(url)
    assert "server.url" in caught.value.hint


@pytest.mark.parametrize("key", ["schlüssel", "two\nlines"])
def test_a_key_that_can_not_be_sent_is_refused_without_being_quoted(key: str) -> None:
    with pytest.raises(ModelUnavailable, match="characters that can't be sent") as caught:
        ServerModel(Endpoint("http://localhost/v1", "x", key))
    assert key not in str(caught.value) + caught.value.hint


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:9", "gopher://127.0.0.1:9", "http://[::1"])
def test_a_proxy_that_can_not_be_used_is_named(proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", proxy)
    with pytest.raises(ModelUnavailable, match="proxy") as caught:
        at("http://localhost/v1")
    assert "ALL_PROXY" in caught.value.hint


async def test_a_server_can_be_asked_whether_it_is_there() -> None:
    with canned() as url:
        model = at(url)
        await model.check()
        lost = at(url.replace("/v1", "/nowhere"))
        with pytest.raises(ModelUnavailable, match="404"):
            await lost.check()
    with pytest.raises(ModelUnavailable, match="does not answer"):
        await model.check()
    await model.close()
    await lost.close()
