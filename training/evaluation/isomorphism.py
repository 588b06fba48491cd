"""TinyAgent's measure of a plan, exactly: whether two plans' graphs are isomorphic (Erdogan et al. 2024).

Nodes are calls, `join` among them. A node's label is its tool with the tree of the tools it depends on.
Their program has quirks that figures depend on, so they are kept: of each text only the first "$N" is
seen, "${N}" never is, lists are looked into once, and children of a node are ordered by their tool alone.
Where their program fails (a reference to no call, to itself or in a circle), the plan has failed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

REFERENCE = re.compile(r"\$\d+")

ToolCall = tuple[str, Sequence[Any]]
"""A tool's name and its arguments in order."""


class PlanGraphError(ValueError):
    """A plan has no graph: a reference leads nowhere, or to itself."""


@dataclass
class Trees:
    """Numbers for trees of tools: the same tree has the same number in all plans that share this."""

    _numbers: dict[tuple[str, tuple[int, ...]], int] = field(default_factory=dict)

    def number(self, tool: str, children: Sequence[tuple[str, int]]) -> int:
        """The number of a tool above these children (tool, number); those of one tool keep their order."""
        ordered = tuple(number for _, number in sorted(children, key=lambda child: child[0]))
        return self._numbers.setdefault((tool, ordered), len(self._numbers))


@dataclass(frozen=True, slots=True)
class PlanGraph:
    """labels: the number of each node's tree; edges: (needed, needing) by position."""

    labels: tuple[int, ...]
    edges: frozenset[tuple[int, int]]

    @classmethod
    def of(cls, plan: Sequence[ToolCall], trees: Trees) -> PlanGraph:
        """The graph of a plan. PlanGraphError."""
        needs = [[_position(n, len(plan)) for n in _references(args)] for _, args in plan]
        found: dict[int, int] = {}
        for node in range(len(plan)):
            _label(node, plan, needs, found, trees, frozenset())
        edges = frozenset((needed, node) for node, wanted in enumerate(needs) for needed in wanted)
        return cls(tuple(found[node] for node in range(len(plan))), edges)


def isomorphic(plan: Sequence[ToolCall], other: Sequence[ToolCall]) -> bool:
    """Whether two plans have the same graph but for the order of their calls. PlanGraphError."""
    trees = Trees()
    a, b = PlanGraph.of(plan, trees), PlanGraph.of(other, trees)
    if len(a.edges) != len(b.edges) or Counter(_kinds(a)) != Counter(_kinds(b)):
        return False
    return _extends(a, b, [])


def _references(args: Sequence[Any]) -> Iterator[int]:
    """The first reference of each text among the arguments, and among the elements of lists."""
    for argument in args:
        for text in argument if isinstance(argument, list) else [argument]:
            if isinstance(text, str) and (match := REFERENCE.search(text)):
                yield int(match.group()[1:])


def _position(number: int, calls: int) -> int:
    """Where call `number` stands. Their "$0" makes a node without a tool, at which comparing fails."""
    if not 0 < number <= calls:
        raise PlanGraphError(f"${number} refers to no call")
    return number - 1


def _label(
    node: int,
    plan: Sequence[ToolCall],
    needs: Sequence[Sequence[int]],
    found: dict[int, int],
    trees: Trees,
    above: frozenset[int],
) -> int:
    """The number of a node's tree. PlanGraphError if the node needs itself."""
    if node in above:
        raise PlanGraphError(f"${node + 1} depends on itself")
    if node not in found:
        inner = above | {node}
        children = [(plan[n][0], _label(n, plan, needs, found, trees, inner)) for n in needs[node]]
        found[node] = trees.number(plan[node][0], children)
    return found[node]


def _kinds(graph: PlanGraph) -> list[tuple[int, int]]:
    """For each node, what a partner of it must have too: its label, and how many nodes need it."""
    needing = Counter(needed for needed, _ in graph.edges)
    return [(label, needing[node]) for node, label in enumerate(graph.labels)]


def _extends(a: PlanGraph, b: PlanGraph, partners: list[int]) -> bool:
    """Whether the partners in `b` of the first nodes of `a` can be completed; plans are short."""
    node = len(partners)
    if node == len(a.labels):
        return True
    kinds, kind = _kinds(b), _kinds(a)[node]
    for candidate in range(len(b.labels)):
        if candidate in partners or kinds[candidate] != kind:
            continue
        if all(
            ((earlier, node) in a.edges) == ((partner, candidate) in b.edges)
            and ((node, earlier) in a.edges) == ((candidate, partner) in b.edges)
            for earlier, partner in enumerate(partners)
        ) and _extends(a, b, [*partners, candidate]):
            return True
    return False
