"""Which tools are in play for a request: BM25 over what tools are called and what people call them.

The tools in play bound the grammar of the plan, so a tool that is missed can't be used, while one
too many costs nothing but a chance of error: the retriever is generous. Tools that supply the
arguments of a chosen tool (addresses, numbers, paths) always come along. The order is that of the
tool set, whatever the scores: the same tools make the same grammar.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache, cached_property
from importlib import resources
from typing import Protocol

from planner.request import Request
from tools.spec import ACCEPTED_RESULTS, SPAN_KINDS, Kind, ToolSpec

LEAST_TOOLS = 14
K1, B = 1.2, 0.4  # BM25: saturation of repeated words, weight of a document's length

SUPPLIED = frozenset(ACCEPTED_RESULTS) - SPAN_KINDS - {Kind.TEXT}
"""Kinds of arguments that usually come from another tool's result."""


class Retriever(Protocol):
    """Chooses tools for a request."""

    def select(self, request: Request) -> tuple[ToolSpec, ...]:
        """The tools in play, in the order of the tool set."""


class LexicalRetriever:
    """BM25 (Robertson and Zaragoza 2009, section 3) over a short text for each tool."""

    def __init__(self, tools: Sequence[ToolSpec], least: int = LEAST_TOOLS) -> None:
        self._tools = tuple(tools)
        self._least = least

    def select(self, request: Request) -> tuple[ToolSpec, ...]:
        """See `Retriever`."""
        scores = self.scores(request.text)
        ranked = sorted(self._tools, key=lambda tool: -scores[tool.name])
        chosen = {tool.name for tool in ranked[: self._least]}
        wanted = {p.kind for tool in self._tools if tool.name in chosen for p in tool.parameters} & SUPPLIED
        results = {kind for wanted_kind in wanted for kind in ACCEPTED_RESULTS[wanted_kind]}
        return tuple(tool for tool in self._tools if tool.name in chosen or tool.result in results)

    def scores(self, text: str) -> Mapping[str, float]:
        """The BM25 score of each tool, by name."""
        documents, frequency, average = self._index
        words = set(tokens(text))
        scores = {}
        for name, counts in documents.items():
            length = K1 * (1 - B + B * counts.total() / average)
            scores[name] = math.fsum(  # exact: the order of a set must not decide between tools
                self._idf(frequency[word], len(documents)) * counts[word] * (K1 + 1) / (counts[word] + length)
                for word in words & counts.keys()
            )
        return scores

    @staticmethod
    def _idf(containing: int, documents: int) -> float:
        return math.log(1 + (documents - containing + 0.5) / (containing + 0.5))

    @cached_property
    def _index(self) -> tuple[dict[str, Counter[str]], Counter[str], float]:
        documents = {tool.name: Counter(tokens(described(tool))) for tool in self._tools}
        frequency = Counter(word for counts in documents.values() for word in counts)
        average = sum(counts.total() for counts in documents.values()) / max(1, len(documents))
        return documents, frequency, average


def described(tool: ToolSpec) -> str:
    """What a tool is called, and what people call it or else what it says of itself."""
    return f"{tool.name.replace('_', ' ')} {_vocabulary().get(tool.name, tool.doc)}"


def tokens(text: str) -> list[str]:
    """Words in lower case, plural and verb endings cut the same way on both sides."""
    return [_stem(word) for word in re.findall(r"\w+", text.lower().replace("-", ""))]


def _stem(word: str) -> str:
    for ending in ("ing", "es", "ed", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word.removesuffix(ending)
    return word


@cache
def _vocabulary() -> Mapping[str, str]:
    text = (resources.files("planner") / "prompts" / "vocabulary.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
