"""Which tools a request needs, by a trained linear classifier over hashed words: a fraction of a millisecond.

TinyAgent's retriever (Erdogan et al. 2024, section 3.3) is a fine-tuned DeBERTa with one output a tool; this
is one layer over features that cost nothing, small enough to be summed without numpy, which takes longer to
import than the rest of a plan's preparation. Tools it was not trained on (plug-ins, MCP servers) are found by
their text, as `planner.retrieval` does.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from importlib.resources.abc import Traversable

from planner.features import features
from planner.request import Request
from planner.retrieval import LexicalRetriever
from tools.spec import ACCEPTED_RESULTS, Kind, ToolSpec

LEAST = 2  # tools in play, so that the model itself can decide that none is right
MOST_STRANGERS = 3  # plug-in tools in play; of more, those whose text shares words with the request
LOOKED_UP = (Kind.EMAIL, Kind.PHONE, Kind.PATH)


@dataclass(frozen=True)
class Weights:
    """One layer: `table` (BUCKETS, tools) int8, row by row; the true weights are `scale` times that."""

    names: tuple[str, ...]
    table: memoryview
    scale: tuple[float, ...]
    bias: tuple[float, ...]
    threshold: float  # tools whose logits reach it are in play

    @classmethod
    def load(cls, folder: Traversable | None = None) -> Weights:
        """The weights in a folder of `tinyagent train retrieval`; the shipped ones by default."""
        folder = folder or resources.files("planner") / "weights"
        facts = json.loads((folder / "retrieval.json").read_text(encoding="utf-8"))
        data = zlib.decompress((folder / "retrieval.bin").read_bytes())
        lists = {name: tuple(facts[name]) for name in ("names", "scale", "bias")}
        return cls(table=memoryview(data).cast("b"), threshold=facts["threshold"], **lists)

    def logits(self, text: str) -> list[float]:
        """The evidence that each tool is needed."""
        width = len(self.names)
        rows = (self.table[bucket * width : (bucket + 1) * width] for bucket in features(text))
        sums = map(sum, zip(*rows, strict=True))
        return [total * s + b for total, s, b in zip(sums, self.scale, self.bias, strict=True)]


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
        ranked = sorted(zip(logits, self._weights.names, strict=True), reverse=True)
        passing = sum(logit >= self._weights.threshold for logit in logits)
        chosen = {name for _, name in ranked[: max(LEAST, passing)]}
        chosen |= suppliers(self._tools, chosen, request)
        chosen |= self._likely_strangers(request)
        return tuple(tool for tool in self._tools if tool.name in chosen)

    def _likely_strangers(self, request: Request) -> set[str]:
        """A few are always in play: people say "sprinkle the beds" to what is called water_garden."""
        scores = self._strangers.scores(request.text)
        if len(scores) <= MOST_STRANGERS:
            return set(scores)
        return set(sorted((n for n in scores if scores[n] > 0), key=lambda n: -scores[n])[:MOST_STRANGERS])


def suppliers(tools: Sequence[ToolSpec], chosen: Set[str], request: Request) -> set[str]:
    """The names of the tools without whose results a chosen one could not be called."""
    # A spoken address may be none at all: it takes no look-up away.
    given = {Kind.EMAIL: bool(request.written_addresses), Kind.PHONE: bool(request.written_numbers)}
    needed = {
        parameter.kind
        for tool in tools
        if tool.name in chosen
        for parameter in tool.parameters
        if parameter.kind in LOOKED_UP and not parameter.optional and not given.get(parameter.kind)
    }
    results = {kind for wanted in needed for kind in ACCEPTED_RESULTS[wanted]}
    return {tool.name for tool in tools if tool.result in results}
