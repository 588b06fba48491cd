"""Tools in play by static word embeddings: a request and a tool are near when their mean vectors are.

Only a comparison, for docs/benchmarks/retrieval.md. Its model is potion-base-8M (model2vec; Tulkens and van
Dongen 2024), a table with one vector for each word piece: it needs neither torch nor a forward pass.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from planner.classifier import suppliers
from planner.request import Request
from planner.retrieval import described
from tools.errors import Unavailable
from tools.spec import ToolSpec

NEAREST = 4  # tools by cosine, before their suppliers: the most with at most 5 in play on plans_tune

Vectors = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Embeddings:
    """`table` (word pieces, dimensions), and the tokenizer that gives its rows."""

    table: Vectors
    tokenizer: Tokenizer

    @classmethod
    def load(cls, folder: Path) -> Embeddings:
        """Out of model.safetensors and tokenizer.json. Unavailable."""
        try:
            table = load_file(folder / "model.safetensors")["embeddings"]
            text = (folder / "tokenizer.json").read_text(encoding="utf-8")
        except (OSError, KeyError, SafetensorError) as error:
            raise Unavailable(
                f"{folder} does not hold static embeddings: {error}",
                "Give the folder of model.safetensors and tokenizer.json of potion-base-8M.",
            ) from error
        return cls(table.astype(np.float32), Tokenizer.from_str(text))

    def of(self, text: str) -> Vectors:  # (dimensions,)
        """The mean vector, of length 1; zero for a text without word pieces."""
        pieces = self.tokenizer.encode(text, add_special_tokens=False).ids
        total: Vectors = self.table[pieces].sum(axis=0)
        return total / max(float(np.linalg.norm(total)), 1e-9)


class EmbeddingRetriever:
    """See `planner.retrieval.Retriever`: the nearest tools, and those that supply their arguments."""

    def __init__(self, tools: Sequence[ToolSpec], embeddings: Embeddings, nearest: int = NEAREST) -> None:
        self._tools = tuple(tools)
        self._embeddings = embeddings
        self._nearest = nearest

    @cached_property
    def _vectors(self) -> Vectors:  # (tools, dimensions)
        return np.stack([self._embeddings.of(described(tool)) for tool in self._tools])

    def select(self, request: Request) -> tuple[ToolSpec, ...]:
        """See `Retriever.select`."""
        cosines = self._vectors @ self._embeddings.of(request.text)
        order = np.argsort(-cosines, kind="stable")
        chosen = {self._tools[place].name for place in order[: self._nearest]}
        chosen |= suppliers(self._tools, chosen, request)
        return tuple(tool for tool in self._tools if tool.name in chosen)
