"""A model behind an OpenAI-compatible endpoint (Ollama, llama-server, vLLM), as a `LanguageModel`.

For people who have a larger machine. Such servers know no grammar of ours, so the planner reads the
whole plan, checks it and lets the model mend it once.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass, field

import httpx

from planner.errors import ModelUnavailable
from planner.runtime.base import Prompt, TokenCounts, Turn

MOST_OF_AN_ERROR = 300  # characters of a server's message that are shown
SECONDS_OF_A_CHECK = 5.0


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where the server is. `url` ends before `/chat/completions`, e.g. `http://localhost:11434/v1`."""

    url: str
    model: str
    api_key: str = field(default="", repr=False)
    timeout: float = 120.0  # seconds without a sign of life


class ServerModel:
    """See `planner.runtime.base.LanguageModel`."""

    constrained = False
    tuned = False

    def __init__(self, endpoint: Endpoint) -> None:
        """ModelUnavailable if there can't be such a server."""
        _check(endpoint)
        self.name = endpoint.model
        headers = {"Authorization": f"Bearer {endpoint.api_key}"} if endpoint.api_key else {}
        self._endpoint = endpoint
        try:
            self._client = httpx.AsyncClient(headers=headers, timeout=endpoint.timeout)
        except (ImportError, ValueError, httpx.InvalidURL) as error:  # SOCKS, an unknown kind, no address
            raise ModelUnavailable(
                f"The proxy that the environment names can't be used: {error}", "Correct or unset ALL_PROXY."
            ) from error

    @contextlib.asynccontextmanager
    async def session(self, prompt: Prompt) -> AsyncIterator[ServerSession]:
        """See `LanguageModel.session`."""
        yield ServerSession(self._client, self._endpoint, (*prompt.static, *prompt.dynamic))

    async def chat(self, turns: Sequence[Turn], max_tokens: int) -> str:
        """See `LanguageModel.chat`."""
        session = ServerSession(self._client, self._endpoint, turns)
        return "".join([piece async for piece in session.generate(max_tokens=max_tokens)]).strip()

    async def check(self) -> None:
        """Ask the server for the list of its models. ModelUnavailable if it does not give it soon."""
        url = self._endpoint.url.rstrip("/") + "/models"
        try:
            response = await self._client.get(url, timeout=SECONDS_OF_A_CHECK)
        except httpx.HTTPError as error:
            raise _silent(self._endpoint, error) from error
        if response.status_code != httpx.codes.OK:
            raise await _refusal(self._endpoint, response)

    async def close(self) -> None:
        """See `LanguageModel.close`."""
        await self._client.aclose()


class ServerSession:
    """See `planner.runtime.base.Session`. A text can be continued only once: the server keeps no state."""

    def __init__(self, client: httpx.AsyncClient, endpoint: Endpoint, turns: Sequence[Turn]) -> None:
        self._client, self._endpoint, self._turns = client, endpoint, turns
        self.counts = TokenCounts()

    async def generate(
        self, *, grammar: str | None = None, max_tokens: int = 512
    ) -> AsyncGenerator[str, None]:
        """See `Session.generate`."""
        if grammar is not None:
            raise ValueError("a server's model can't be bound by a grammar")
        body = {
            "model": self._endpoint.model,
            "messages": [{"role": turn.role, "content": turn.text} for turn in self._turns],
            "temperature": 0,
            "max_tokens": max_tokens,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        url = self._endpoint.url.rstrip("/") + "/chat/completions"
        try:
            async with self._client.stream("POST", url, json=body) as response:
                if response.status_code != httpx.codes.OK:
                    raise await _refusal(self._endpoint, response)
                async for line in response.aiter_lines():
                    if piece := self._piece(line):
                        yield piece
        except httpx.HTTPError as error:
            raise _silent(self._endpoint, error) from error

    def _piece(self, line: str) -> str:
        """The text of one server-sent event, "" if it has none."""
        data = line.removeprefix("data:").strip()
        if not line.startswith("data:") or data == "[DONE]":
            return ""
        try:
            message = json.loads(data)
            usage, choices = message.get("usage"), message.get("choices") or []
            text = choices[0].get("delta", {}).get("content") if choices else ""
        except (ValueError, AttributeError, IndexError, KeyError, TypeError):
            raise ModelUnavailable(
                f"The model server at {self._endpoint.url} sent what is no chat completion.",
                "Check that server.url is that of an OpenAI-compatible server.",
            ) from None
        if isinstance(usage, dict):
            self.counts.prompt = int(usage.get("prompt_tokens") or 0)
            self.counts.generated = int(usage.get("completion_tokens") or 0)
        elif text:
            self.counts.generated += 1
        self.counts.forward_passes = self.counts.generated
        return text if isinstance(text, str) else ""


def _check(endpoint: Endpoint) -> None:
    """ModelUnavailable for what no request could be sent with; the key is not quoted."""
    try:
        address = httpx.URL(endpoint.url)
        sound = address.scheme in {"http", "https"} and address.host and (address.port or 0) < 1 << 16
    except httpx.InvalidURL:
        sound = False
    if not sound:
        raise ModelUnavailable(
            f"{endpoint.url} is not the address of a server.",
            "Correct server.url in the settings; it looks like http://localhost:11434/v1.",
        )
    if not (endpoint.api_key.isascii() and endpoint.api_key.isprintable()):
        raise ModelUnavailable(
            "The key of the model server has characters that can't be sent.",
            "Correct server.api_key in the settings.",
        )


def _silent(endpoint: Endpoint, error: httpx.HTTPError) -> ModelUnavailable:
    return ModelUnavailable(
        f"The model server at {endpoint.url} does not answer ({type(error).__name__}).",
        "Start it, or correct server.url in the settings.",
    )


async def _refusal(endpoint: Endpoint, response: httpx.Response) -> ModelUnavailable:
    said = (await response.aread()).decode("utf-8", "replace")[:MOST_OF_AN_ERROR].strip()
    return ModelUnavailable(
        f"The model server at {endpoint.url} answered {response.status_code}: {said}",
        f"Check server.url and that it has a model called {endpoint.model!r}.",
    )
