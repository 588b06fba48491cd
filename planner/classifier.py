"""Which tools a request needs, by a trained linear classifier over hashed words: a fraction of a millisecond.

TinyAgent's retriever (Erdogan et al. 2024, section 3.3) is a fine-tuned DeBERTa with one output a tool; this
is one layer over features that cost nothing, so the assistant needs no torch. Tools it was not trained on
(plug-ins, MCP servers) are found by their text, as `planner.retrieval` does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from typing import Any

import numpy as np
import numpy.typing as npt

from planner.features import features
from planner.request import Request
from planner.retrieval import LexicalRetriever
from tools.spec import ACCEPTED_RESULTS, Kind, ToolSpec

LEAST = 2  # tools in play, so that the model itself can decide that none is right
MOST_STRANGERS = 3  # plug-in tools whose text shares words with the request
LOOKED_UP = (Kind.EMAIL, Kind.PHONE, Kind.PATH)


@dataclass(frozen=True)
class Weights:
    """weights: (BUCKETS, tools) int8, true values are `scale` times that; scale, bias: (tools,)."""

    names: tuple[str, ...]
    weights: npt.NDArray[np.int8]
    scale: npt.NDArray[np.float32]
    bias: npt.NDArray[np.float32]
    threshold: float  # tools whose logits reach it are in play

    @classmethod
    def load(cls) -> Weights:
        """The shipped weights."""
        path = resources.files("planner") / "weights" / "retrieval.npz"
        with resources.as_file(path) as file, np.load(file, allow_pickle=False) as data:
            arrays: dict[str, Any] = {name: data[name] for name in data.files}
        names = tuple(str(name) for name in arrays.pop("names"))
        return cls(names=names, threshold=float(arrays.pop("threshold")), **arrays)

    def logits(self, text: str) -> npt.NDArray[np.float32]:
        """(tools,) the evidence that each tool is needed."""
        summed = self.weights[features(text)].sum(axis=0, dtype=np.int32)
        return np.asarray(summed * self.scale + self.bias, dtype=np.float32)


class TrainedRetriever:
    """See `planner.retrieval.Retriever`."""

    def __init__(self, tools: Sequence[ToolSpec], weights: Weights | None = None) -> None:
        self._tools = tuple(tools)
        self._given = weights

    @cached_property
    def _weights(self) -> Weights:
        return self._given or Weights.load()

    @cached_property
    def _strangers(self) -> LexicalRetriever:
        known = set(self._weights.names)
        return LexicalRetriever([tool for tool in self._tools if tool.name not in known])

    def select(self, request: Request) -> tuple[ToolSpec, ...]:
        """See `Retriever.select`."""
        logits = self._weights.logits(request.text)
        order = np.argsort(-logits)
        passing = int(np.count_nonzero(logits >= self._weights.threshold))
        chosen = {self._weights.names[i] for i in order[: max(LEAST, passing)]}
        chosen |= self._suppliers(chosen, request)
        scores = self._strangers.scores(request.text)
        chosen |= set(sorted((n for n in scores if scores[n] > 0), key=lambda n: -scores[n])[:MOST_STRANGERS])
        return tuple(tool for tool in self._tools if tool.name in chosen)

    def _suppliers(self, chosen: set[str], request: Request) -> set[str]:
        """Tools without whose results a chosen one could not be called."""
        given = {Kind.EMAIL: bool(request.addresses), Kind.PHONE: bool(request.numbers)}
        needed = {
            parameter.kind
            for tool in self._tools
            if tool.name in chosen
            for parameter in tool.parameters
            if parameter.kind in LOOKED_UP and not parameter.optional and not given.get(parameter.kind)
        }
        results = {kind for wanted in needed for kind in ACCEPTED_RESULTS[wanted]}
        return {tool.name for tool in self._tools if tool.result in results}
