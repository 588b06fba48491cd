"""Parts of the planner switched off, to see what each is worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from planner.classifier import TrainedRetriever
from planner.planning import Planner, suited_retriever
from planner.request import Request
from planner.retrieval import LexicalRetriever, Retriever
from planner.runtime.base import LanguageModel
from tools.spec import ToolSpec
from training.evaluation.wrapped import WithoutGrammar


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
                return AllTools(tools)
        return suited_retriever(model, tools)

    def __str__(self) -> str:
        parts = [] if self.retriever == "suited" else [f"retriever {self.retriever}"]
        return ", ".join(parts if self.grammar else [*parts, "no grammar"])


class AllTools:
    """A `planner.retrieval.Retriever` that leaves every tool in play."""

    def __init__(self, tools: Sequence[ToolSpec]) -> None:
        self._tools = tuple(tools)

    def select(self, request: Request) -> tuple[ToolSpec, ...]:
        """See `Retriever.select`."""
        del request
        return self._tools
