"""The report of a run over the Berkeley leaderboard's cases: rates by category, and what failed."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from training.evaluation.bfcl_cases import IRRELEVANCE, BfclCase
from training.evaluation.bfcl_limits import limits
from training.evaluation.bfcl_match import mismatch
from training.evaluation.bfcl_tools import FunctionTools
from training.evaluation.rates import Rate
from training.evaluation.run import Header, Run
from training.evaluation.speed import Speed


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one case ended; `reason` is empty if it is right."""

    case: BfclCase
    reason: str
    planned: bool  # whether there is a valid plan at all

    @property
    def limits(self) -> list[str]:
        """What keeps the planner's grammar from the expected answer."""
        return limits(self.case)


def score(case: BfclCase, prediction: Mapping[str, Any] | None) -> Outcome:
    """Compare a prediction with its case. Without a valid plan nothing is called, which irrelevance wants."""
    if prediction is None or "error" in prediction:
        error = (prediction or {}).get("error", {})
        reason = f"no plan: {error.get('message', 'none was predicted')}"
        return Outcome(case, "" if case.category == IRRELEVANCE and prediction else reason, planned=False)
    calls = FunctionTools.of(case.functions).calls(prediction["steps"])
    return Outcome(case, mismatch(case, calls), planned=True)


@dataclass(frozen=True, slots=True)
class BfclReport:
    """The outcomes of a run."""

    header: Header
    outcomes: tuple[Outcome, ...]
    speed: Speed
    machine: Mapping[str, str | int]

    @classmethod
    def of(cls, run: Run, cases: Sequence[BfclCase], machine: Mapping[str, str | int]) -> BfclReport:
        """Score the predictions of a run for these of its cases."""
        outcomes = tuple(score(case, run.done.get(case.id)) for case in cases)
        return cls(run.header, outcomes, Speed.of(run.of_cases(case.id for case in cases)), machine)

    @property
    def rates(self) -> dict[str, Rate]:
        """By category, in the order of the cases."""
        return {name: self._rate(name) for name in dict.fromkeys(o.case.category for o in self.outcomes)}

    def _rate(self, category: str) -> Rate:
        found = [not outcome.reason for outcome in self.outcomes if outcome.case.category == category]
        return Rate(sum(found), len(found))

    @property
    def mean(self) -> float:
        """The unweighted mean of the categories with calls. Not the leaderboard's: that has more of them."""
        rates = [rate.value for name, rate in self.rates.items() if name != IRRELEVANCE]
        return statistics.fmean(rates) if rates else 0.0

    @property
    def unwritable(self) -> Counter[str]:
        """How many cases have an answer that the grammar can't write, by the reason."""
        return Counter(reason for outcome in self.outcomes for reason in outcome.limits)

    @property
    def failures(self) -> list[Outcome]:
        """The cases that are not right, in order."""
        return [outcome for outcome in self.outcomes if outcome.reason]

    def json(self) -> dict[str, object]:
        """As data."""
        return {
            "run": self.header.json(),
            "categories": {name: rate.json() for name, rate in self.rates.items()},
            "mean_of_categories_with_calls": self.mean,
            "without_a_valid_plan": sum(not outcome.planned for outcome in self.outcomes),
            "unwritable": dict(self.unwritable),
            "speed": self.speed.json(),
            "machine": dict(self.machine),
            "failures": [
                {"id": o.case.id, "query": o.case.query, "reason": o.reason, "limits": o.limits}
                for o in self.failures
            ],
        }

    def text(self) -> str:
        """For people."""
        unwritable = sum(bool(outcome.limits) for outcome in self.outcomes)
        width = max(map(len, self.rates), default=0)
        lines = [
            f"BFCL v4, Python categories, {self.header.model}: success rates with 95 % Wilson intervals",
            "",
            *(f"{name.ljust(width)}  {rate.n:>4}  {rate}" for name, rate in self.rates.items()),
            "",
            f"Mean of the categories with calls: {self.mean:.1%}",
            f"Cases without a valid plan: {sum(not outcome.planned for outcome in self.outcomes)}",
            f"Cases with an answer that the planner's grammar can't write: {unwritable}",
            *(f"  {n} with {reason}" for reason, n in self.unwritable.most_common()),
            f"Speed: {self.speed}",
            "",
            f"Cases that are not right: {len(self.failures)}",
            *(f"{o.case.id}  {o.reason}" for o in self.failures),
        ]
        return "\n".join(lines) + "\n"
