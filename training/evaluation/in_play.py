"""How well the retrieval of tools covers the gold plans: a tool that is not in play can't be planned.

Recall alone is met by putting every tool in play, so the mean number of tools stands next to it.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass

from planner.request import Request
from planner.retrieval import Retriever
from training.evaluation.cases import Case
from training.evaluation.rates import Rate


@dataclass(frozen=True, slots=True)
class Missed:
    """A case whose plan needs tools that were not in play."""

    id: str
    query: str
    tools: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Coverage:
    """The figures over all cases that need a tool; means are over all cases."""

    retriever: str
    recall: Rate
    complete: Rate
    mean_tools: float
    median_ms: float
    missed: tuple[Missed, ...]

    def json(self) -> dict[str, object]:
        """As data."""
        return {
            "retriever": self.retriever,
            "recall": self.recall.json(),
            "complete": self.complete.json(),
            "mean_tools": self.mean_tools,
            "median_ms": self.median_ms,
            "missed": [{"id": m.id, "query": m.query, "tools": list(m.tools)} for m in self.missed],
        }

    def text(self) -> str:
        """For people."""
        lines = [
            f"Tools in play by the {self.retriever} retriever, with 95 % Wilson intervals",
            "",
            f"gold tools found          {self.recall}  of {self.recall.n}",
            f"cases with all of them    {self.complete}  of {self.complete.n}",
            f"mean tools in play        {self.mean_tools:.2f}",
            f"median time               {self.median_ms:.2f} ms",
            "",
            f"Cases that lack a tool: {len(self.missed)}",
            *(f"{case.id}  {', '.join(case.tools)}" for case in self.missed),
        ]
        return "\n".join(lines) + "\n"


def measure(cases: Sequence[Case], retriever: Retriever, name: str) -> Coverage:
    """Select tools for every case; of alternative gold plans the one that is covered best counts."""
    retriever.select(Request.read("load what is loaded once"))
    found = needed = sizes = 0
    missed: list[Missed] = []
    seconds: list[float] = []
    for case in cases:
        start = time.perf_counter()
        in_play = {tool.name for tool in retriever.select(Request.read(case.query))}
        seconds.append(time.perf_counter() - start)
        lacking, wanted = _lacking(case, in_play)
        sizes += len(in_play)
        needed += wanted
        found += wanted - len(lacking)
        if lacking:
            missed.append(Missed(case.id, case.query, lacking))
    asking = sum(any(plan for plan in case.plans) for case in cases)
    return Coverage(
        name,
        Rate(found, needed),
        Rate(asking - len(missed), asking),
        sizes / len(cases),
        statistics.median(seconds) * 1000,
        tuple(missed),
    )


def _lacking(case: Case, in_play: set[str]) -> tuple[tuple[str, ...], int]:
    """The tools that the best covered plan lacks, and how many it needs."""
    plans = [{step.tool for step in plan} for plan in case.plans]
    best = min(plans, key=lambda tools: len(tools - in_play))
    return tuple(sorted(best - in_play)), len(best)
