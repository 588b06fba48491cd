"""The protocol of a language model that writes text, with and without a grammar."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import astuple, dataclass
from typing import Literal, Protocol


@dataclass(slots=True)
class TokenCounts:
    """What a session cost. Passes count calls of the network, whatever their batch size."""

    prompt: int = 0
    cached: int = 0
    generated: int = 0
    forced: int = 0  # generated tokens that the grammar forced: written without sampling
    forward_passes: int = 0  # while generating
    prompt_passes: int = 0  # while evaluating the prompt

    def __add__(self, other: TokenCounts) -> TokenCounts:
        """What two sessions cost together."""
        return TokenCounts(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))


Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of a conversation."""

    role: Role
    text: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """Turns in two parts: the static part is the same for every request, so its state is kept."""

    static: tuple[Turn, ...]
    dynamic: tuple[Turn, ...]


class Session(Protocol):
    """One text being written: a prompt, and what was generated after it. Not for concurrent use."""

    counts: TokenCounts

    def generate(self, *, grammar: str | None = None, max_tokens: int = 512) -> AsyncGenerator[str, None]:
        """Continue the text, greedily, as pieces. Ends at the grammar's or the turn's end, or at the limit.

        May be called again: it goes on where the text stands. ModelUnavailable if the model dies.
        """


class LanguageModel(Protocol):
    """A model that can be asked. Sessions and chats wait for each other: there is one memory."""

    name: str
    constrained: bool  # whether `grammar` is honoured
    tuned: bool  # whether it was trained to plan: then it needs no examples, and is good for nothing else

    def session(self, prompt: Prompt) -> AbstractAsyncContextManager[Session]:
        """A session that begins with `prompt`. ModelUnavailable when there is no model."""

    async def chat(self, turns: Sequence[Turn], max_tokens: int) -> str:
        """One free answer (for summaries, not for plans). ModelUnavailable when there is no model."""

    async def close(self) -> None:
        """Free the model; it may not be used again."""
