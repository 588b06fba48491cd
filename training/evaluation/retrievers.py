"""The ways to choose the tools in play that an evaluation can ask for by name."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from planner.classifier import TrainedRetriever
from planner.request import Request
from planner.retrieval import LexicalRetriever, Retriever
from tools.errors import Unavailable
from tools.spec import ToolSpec


def make_retriever(name: str, tools: Sequence[ToolSpec], embeddings: Path | None = None) -> Retriever:
    """`name`: "trained", "lexical", "embedding" (of the folder `embeddings`) or "all". Unavailable."""
    match name:
        case "trained":
            return TrainedRetriever(tools)
        case "lexical":
            return LexicalRetriever(tools)
        case "embedding":
            return _by_embedding(tools, embeddings)
    return AllTools(tools)


class AllTools:
    """A `planner.retrieval.Retriever` that leaves every tool in play."""

    def __init__(self, tools: Sequence[ToolSpec]) -> None:
        self._tools = tuple(tools)

    def select(self, request: Request) -> tuple[ToolSpec, ...]:
        """See `Retriever.select`."""
        del request
        return self._tools


def _by_embedding(tools: Sequence[ToolSpec], folder: Path | None) -> Retriever:
    if folder is None:
        raise Unavailable("The embedding retriever needs embeddings.", "Name their folder with --embeddings.")
    missing = [package for package in ("numpy", "safetensors", "tokenizers") if find_spec(package) is None]
    if missing:
        raise Unavailable(
            f"Embeddings need packages that are not installed: {', '.join(missing)}.",
            "Install them with: pip install 'tinyagent-app[training]'",
        )
    from training.evaluation.embedding import EmbeddingRetriever, Embeddings  # noqa: PLC0415 (see above)

    return EmbeddingRetriever(tools, Embeddings.load(folder))
