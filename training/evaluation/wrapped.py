"""Models seen through a glass: what an evaluation does differently, on top of any model."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager

from planner.runtime.base import LanguageModel, Prompt, Session, Turn


class Wrapped:
    """A model as it is; see `planner.runtime.base.LanguageModel`."""

    def __init__(self, model: LanguageModel) -> None:
        self._model = model
        self.name, self.constrained, self.tuned = model.name, model.constrained, model.tuned

    def session(self, prompt: Prompt) -> AbstractAsyncContextManager[Session]:
        """See `LanguageModel.session`."""
        return self._model.session(prompt)

    async def chat(self, turns: Sequence[Turn], max_tokens: int) -> str:
        """See `LanguageModel.chat`."""
        return await self._model.chat(turns, max_tokens)

    async def close(self) -> None:
        """See `LanguageModel.close`."""
        await self._model.close()


class WithoutGrammar(Wrapped):
    """It writes freely: its plan is read as a whole, and it may mend it once."""

    def __init__(self, model: LanguageModel) -> None:
        super().__init__(model)
        self.constrained = False


class Unkept(Wrapped):
    """Its evaluated prompts are not kept on disk: the tools of a case are asked for once."""

    def session(self, prompt: Prompt) -> AbstractAsyncContextManager[Session]:
        """See `LanguageModel.session`."""
        return self._model.session(Prompt((), (*prompt.static, *prompt.dynamic)))
