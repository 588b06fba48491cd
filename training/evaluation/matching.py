"""The matching of a predicted plan's steps with a gold plan's: an exact search with bounds.

A matching pairs steps of the same tool so that the reference edges agree; among those, the search
finds one with the fewest wrong arguments. Plans are short, so backtracking over steps of the same
tool is exact and fast; gold references point back, so each step is checked when it's paired.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from planner.plan import Argument, Step
from training.evaluation.arguments import meets
from training.evaluation.cases import GoldArgument, GoldPlan, GoldStep


@dataclass(frozen=True, slots=True)
class WrongArgument:
    """An argument that is not as the gold plan wants it."""

    tool: str
    argument: GoldArgument
    got: Argument


@dataclass(frozen=True, slots=True)
class StepMatching:
    """Gold step numbers to predicted ids; the edges agree, `wrong` arguments don't."""

    pairs: Mapping[int, int]
    wrong: tuple[WrongArgument, ...]


def best_matching(gold: GoldPlan, steps: Sequence[Step]) -> StepMatching | None:
    """The edge-preserving matching with the fewest wrong arguments; None if no matching keeps the edges."""
    if Counter(step.tool for step in gold) != Counter(step.tool for step in steps):
        return None
    return _Search(gold, steps).run()


class _Search:
    """Depth first over gold steps in order, cut where no better matching can follow."""

    def __init__(self, gold: GoldPlan, steps: Sequence[Step]) -> None:
        self.gold = gold
        gold_shapes = _shapes({s.number: (s.tool, s.depends_on) for s in gold})
        shapes = _shapes({s.id: (s.tool, frozenset(s.depends_on)) for s in steps})
        self.candidates = [[s for s in steps if shapes[s.id] == gold_shapes[g.number]] for g in gold]
        self.least = self._least()
        self.pairs: dict[int, int] = {}
        self.best: StepMatching | None = None

    def _least(self) -> list[int]:
        """For each place, how many arguments from there on are wrong at least, whatever the matching."""
        totals = [0]
        for gold, candidates in zip(reversed(self.gold), reversed(self.candidates), strict=True):
            free = [argument for argument in gold.args if not argument.references]
            wrong = (sum(not meets(_value(s, a), a.expected, {}) for a in free) for s in candidates)
            totals.append(totals[-1] + min(wrong, default=0))
        return totals[::-1]

    def run(self) -> StepMatching | None:
        self._extend(0, ())
        return self.best

    def _extend(self, place: int, wrong: tuple[WrongArgument, ...]) -> None:
        if self.best is not None and len(wrong) + self.least[place] >= len(self.best.wrong):
            return
        if place == len(self.gold):
            self.best = StepMatching(dict(self.pairs), wrong)
            return
        gold = self.gold[place]
        depends_on = {self.pairs[step] for step in gold.depends_on}
        for step in self.candidates[place]:
            if step.id in self.pairs.values() or set(step.depends_on) != depends_on:
                continue
            self.pairs[gold.number] = step.id
            self._extend(place + 1, wrong + self._wrong(gold, step))
            del self.pairs[gold.number]

    def _wrong(self, gold: GoldStep, step: Step) -> tuple[WrongArgument, ...]:
        return tuple(
            WrongArgument(gold.tool, argument, _value(step, argument))
            for argument in gold.args
            if not meets(_value(step, argument), argument.expected, self.pairs)
        )


Shape = tuple[str, tuple[str, ...], tuple[str, ...]]


def _shapes(nodes: Mapping[int, tuple[str, frozenset[int]]]) -> dict[int, Shape]:
    """Each step's tool with the tools it needs and is needed by: only steps of one shape can be paired."""
    needs = {number: sorted(nodes[d][0] for d in depends_on) for number, (_, depends_on) in nodes.items()}
    needed: dict[int, list[str]] = {number: [] for number in nodes}
    for tool, depends_on in nodes.values():
        for step in depends_on:
            needed[step].append(tool)
    return {n: (tool, tuple(needs[n]), tuple(sorted(needed[n]))) for n, (tool, _) in nodes.items()}


def _value(step: Step, argument: GoldArgument) -> Argument:
    """The predicted argument; a missing one counts as empty."""
    return step.args.get(argument.name, "")
