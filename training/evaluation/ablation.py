"""Parts of the planner switched off, to see what each is worth."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from planner.classifier import TrainedRetriever
from planner.planning import Planner, suited_retriever
from planner.request import Request
from planner.retrieval import LexicalRetriever, Retriever
from planner.runtime.base import LanguageModel, Prompt, Session, Turn
from tools.spec import ToolSpec


@dataclass(frozen=True, slots=True)
class Ablation:
    """What differs from the planner as it is. `retriever`: "suited", "trained", "lexical" or "all"."""

    retriever: str = "suited"
    grammar: bool = True

    def planner(self, model: LanguageModel, tools: Sequence[ToolSpec]) -> Planner:
        """The planner with these parts off."""
        asked = model if self.grammar else WithoutGrammar(model)
        return Planner(asked, tools, self._retriever(model, tools))

    def _retriever(self, model: LanguageModel, tools: Sequence[ToolSpec]) -> Retriever:
        match self.retriever:
            case "trained":
                return TrainedRetriever(tools)
            case "lexical":
                return LexicalRetriever(tools)
            case "all":
                return EveryTool(tools)
        return suited_retriever(model, tools)

    def __str__(self) -> str:
        parts = [] if self.retriever == "suited" else [f"retriever {self.retriever}"]
        return ", ".join(parts if self.grammar else [*parts, "no grammar"])


class EveryTool:
    """A retriever that leaves all tools in play."""

    def __init__(self, tools: Sequence[ToolSpec]) -> None:
        self._tools = tuple(tools)

    def select(self, request: Request) -> tuple[ToolSpec, ...]:
        """See `Retriever.select`."""
        del request
        return self._tools


class WithoutGrammar:
    """A model that writes freely: its plan is read as a whole, and it may mend it once."""

    constrained = False

    def __init__(self, model: LanguageModel) -> None:
        self._model = model
        self.name, self.tuned = model.name, model.tuned

    def session(self, prompt: Prompt) -> AbstractAsyncContextManager[Session]:
        """See `LanguageModel.session`."""
        return self._model.session(prompt)

    async def chat(self, turns: Sequence[Turn], max_tokens: int) -> str:
        """See `LanguageModel.chat`."""
        return await self._model.chat(turns, max_tokens)

    async def close(self) -> None:
        """See `LanguageModel.close`."""
        await self._model.close()
