"""Whether a predicted plan is right, and if not, why.

*Graph success*: the same tools and the same references between them as a gold plan; arguments are
not compared (the TinyAgent paper's measure). *Full success*: moreover, under one such matching of
steps, every argument that the gold plan lists is as it should be.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from planner.plan import Step, to_json
from training.evaluation.cases import Case, GoldPlan
from training.evaluation.matching import WrongArgument, best_matching
from training.evaluation.predictions import Prediction


@dataclass(frozen=True, slots=True)
class CaseScore:
    """The outcome of one case; `reason` is empty exactly when `full` holds."""

    id: str
    query: str
    tags: tuple[str, ...]
    steps: int
    graph: bool
    full: bool
    reason: str


@dataclass(frozen=True, slots=True)
class _Outcome:
    """How near a prediction came to one gold plan: bigger `rank` is nearer."""

    graph: bool
    full: bool
    differences: int
    reason: str

    @property
    def rank(self) -> tuple[bool, bool, int]:
        return self.full, self.graph, -self.differences


def score_case(case: Case, prediction: Prediction | None) -> CaseScore:
    """Compare a prediction (None: there is none) with the gold plans of its case; the nearest one counts."""
    outcome = _best_outcome(case.plans, prediction)
    return CaseScore(case.id, case.query, case.tags, case.steps, outcome.graph, outcome.full, outcome.reason)


def score_cases(cases: Iterable[Case], predictions: Mapping[str, Prediction]) -> list[CaseScore]:
    """The scores of all cases, in order. A case without a prediction has failed."""
    return [score_case(case, predictions.get(case.id)) for case in cases]


def _best_outcome(plans: Sequence[GoldPlan], prediction: Prediction | None) -> _Outcome:
    if prediction is None:
        return _Outcome(False, False, 0, "no plan was predicted")
    if prediction.error:
        return _Outcome(False, False, 0, f"no plan: {prediction.error}")
    return max((_compare(plan, prediction.steps) for plan in plans), key=lambda outcome: outcome.rank)


def _compare(gold: GoldPlan, steps: Sequence[Step]) -> _Outcome:
    wanted, got = Counter(step.tool for step in gold), Counter(step.tool for step in steps)
    if wanted != got:
        missing, extra = wanted - got, got - wanted
        return _Outcome(False, False, 100 * (missing + extra).total(), _wrong_tools(missing, extra))
    matching = best_matching(gold, steps)
    if matching is None:
        return _Outcome(False, False, 1, _wrong_edges(gold, steps))
    reason = "; ".join(_wrong_argument(wrong) for wrong in matching.wrong)
    return _Outcome(True, not matching.wrong, len(matching.wrong), reason)


def _wrong_tools(missing: Counter[str], extra: Counter[str]) -> str:
    parts = [f"{word} {_listed(tools)}" for word, tools in (("missing", missing), ("extra", extra)) if tools]
    return f"graph: {', '.join(parts)}"


def _listed(tools: Counter[str]) -> str:
    return " and ".join(f"{tool} x{n}" if n > 1 else tool for tool, n in sorted(tools.items()))


def _wrong_edges(gold: GoldPlan, steps: Sequence[Step]) -> str:
    wanted = _edges({step.number: (step.tool, step.depends_on) for step in gold})
    got = _edges({step.id: (step.tool, frozenset(step.depends_on)) for step in steps})
    missing, extra = wanted - got, got - wanted
    if not missing and not extra:
        return "graph: the right tools feed each other, but not in the right pairs"
    parts = [f"{word} {_listed(edges)}" for word, edges in (("missing", missing), ("extra", extra)) if edges]
    return f"graph: references {', '.join(parts)}"


def _edges(nodes: Mapping[int, tuple[str, frozenset[int]]]) -> Counter[str]:
    return Counter(
        f"{nodes[step][0]} -> {tool}" for tool, depends_on in nodes.values() for step in depends_on
    )


def _wrong_argument(wrong: WrongArgument) -> str:
    expected, got = (
        json.dumps(value, ensure_ascii=False) for value in (wrong.argument.raw, to_json(wrong.got))
    )
    return f"argument {wrong.argument.name} of {wrong.tool}: expected {expected}, got {got}"
