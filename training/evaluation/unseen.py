"""The trained retriever with tools that it has never seen: built-in ones, taken out of its weights.

They are then found like those of plug-ins, by name and description; the words that people use for built-in
tools are withheld, too. Only the tools taken out are counted, over the cases that need one of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import replace

from planner.classifier import TrainedRetriever, Weights
from planner.request import Request
from planner.retrieval import Retriever
from tools.spec import ToolSpec
from training.evaluation.cases import Case
from training.evaluation.in_play import Coverage, measure

UNSEEN = "_"  # at the end of a name: the same words, but no entry in any vocabulary


class WithUnseen:
    """A `planner.retrieval.Retriever`: the trained one, with some tools as if they were a plug-in's."""

    def __init__(self, tools: Sequence[ToolSpec], unseen: Set[str]) -> None:
        self._own = {tool.name: tool for tool in tools}
        others = [replace(tool, name=tool.name + UNSEEN) if tool.name in unseen else tool for tool in tools]
        self._retriever: Retriever = TrainedRetriever(others, without(Weights.load(), unseen))

    def select(self, request: Request) -> tuple[ToolSpec, ...]:
        """See `Retriever.select`."""
        return tuple(self._own[tool.name.removesuffix(UNSEEN)] for tool in self._retriever.select(request))


def without(weights: Weights, names: Set[str]) -> Weights:
    """The weights of the other tools; the columns of these are cut out."""
    kept = [place for place, name in enumerate(weights.names) if name not in names]
    width = len(weights.names)
    rows = range(0, len(weights.table), width)
    table = bytes(weights.table[row + place] & 0xFF for row in rows for place in kept)
    return replace(
        weights,
        names=tuple(weights.names[place] for place in kept),
        table=memoryview(table).cast("b"),
        scale=tuple(weights.scale[place] for place in kept),
        bias=tuple(weights.bias[place] for place in kept),
    )


def splits(tools: Sequence[ToolSpec]) -> Iterator[tuple[str, list[set[str]]]]:
    """Ways to take tools out, from easy to hard: what each is called, and the sets that are out in turn."""
    names = [tool.name for tool in tools]
    groups = {tool.group: {other.name for other in tools if other.group == tool.group} for tool in tools}
    yield "one tool unseen", [{name} for name in names]
    yield "a group of tools unseen", list(groups.values())
    yield "every second tool unseen", [set(names[::2]), set(names[1::2])]
    yield "all tools unseen", [set(names)]


def measure_unseen(cases: Sequence[Case], tools: Sequence[ToolSpec], unseen: Set[str]) -> Coverage | None:
    """How well these tools are found; None if no case needs one."""
    asking = list(_only(cases, unseen))
    return measure(asking, WithUnseen(tools, unseen), "unseen") if asking else None


def _only(cases: Iterable[Case], unseen: Set[str]) -> Iterator[Case]:
    """The cases whose plans all call one of these tools, with these calls alone."""
    for case in cases:
        plans = tuple(tuple(step for step in plan if step.tool in unseen) for plan in case.plans)
        if all(plans):
            yield replace(case, plans=plans)
