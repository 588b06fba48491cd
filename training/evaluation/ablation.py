"""Parts of the planner switched off, to see what each is worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from planner.planning import Planner, suited_retriever
from planner.retrieval import Retriever
from planner.runtime.base import LanguageModel
from tools.spec import ToolSpec
from training.evaluation.retrievers import make_retriever
from training.evaluation.wrapped import WithoutGrammar


@dataclass(frozen=True, slots=True)
class Ablation:
    """What differs from the planner as it is. `retriever`: "suited" or a name of `make_retriever`."""

    retriever: str = "suited"
    grammar: bool = True
    embeddings: Path | None = None  # the folder, for the retriever "embedding"

    def planner(self, model: LanguageModel, tools: Sequence[ToolSpec]) -> Planner:
        """The planner with these parts off."""
        asked = model if self.grammar else WithoutGrammar(model)
        return Planner(asked, tools, self._retriever(model, tools))

    def _retriever(self, model: LanguageModel, tools: Sequence[ToolSpec]) -> Retriever:
        if self.retriever == "suited":
            return suited_retriever(model, tools)
        return make_retriever(self.retriever, tools, self.embeddings)

    def __str__(self) -> str:
        parts = [] if self.retriever == "suited" else [f"retriever {self.retriever}"]
        return ", ".join(parts if self.grammar else [*parts, "no grammar"])
