"""The protocol of a language model that writes text, with and without a grammar."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol


@dataclass(slots=True)
class TokenCounts:
    """What a session cost. Forward passes count calls of the network, whatever their batch size."""

    prompt: int = 0
    cached: int = 0
    generated: int = 0
    forced: int = 0  # generated tokens that the grammar forced: written without sampling
    forward_passes: int = 0


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt in two parts: the static part is the same for every request, so its state is kept."""

    static: str
    dynamic: str

    @property
    def text(self) -> str:
        """The whole prompt."""
        return self.static + self.dynamic


class Session(Protocol):
    """One text being written: a prompt, and what was generated after it. Not for concurrent use."""

    counts: TokenCounts

    def generate(
        self, *, grammar: str | None = None, max_tokens: int = 512, stop: str = ""
    ) -> AsyncIterator[str]:
        """Continue the text, greedily, as pieces. Ends at the grammar's end, at `stop` (kept), or at the limit.

        May be called again: it goes on where the text stands. ModelUnavailable if the model dies.
        """


class LanguageModel(Protocol):
    """A model that can be asked; one session at a time."""

    name: str
    constrained: bool  # whether `grammar` is honoured

    async def open(self, prompt: Prompt) -> Session:
        """Begin a session. ModelUnavailable when there is no model."""

    async def chat(self, system: str, user: str, max_tokens: int) -> str:
        """One free answer in the model's own chat format (for summaries, not for plans)."""

    async def close(self) -> None:
        """Free the model; it may not be used again."""
