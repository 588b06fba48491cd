"""The report of an evaluation: success rates with confidence intervals, by group, and what failed.

`score_file(cases, predictions)` is the whole way from two files to a `Report`, which renders as
JSON for programs; `training.evaluation.render` shows it to people.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from training.evaluation.cases import load_cases
from training.evaluation.predictions import load_predictions
from training.evaluation.rates import Rate
from training.evaluation.scoring import CaseScore, score_cases

K = TypeVar("K", int, str)


@dataclass(frozen=True, slots=True)
class Group:
    """Some of the cases, and how many of them succeeded."""

    name: str
    graph: Rate
    full: Rate

    @property
    def n(self) -> int:
        """The number of cases."""
        return self.graph.n

    def json(self) -> dict[str, object]:
        """As data."""
        return {"n": self.n, "graph": self.graph.json(), "full": self.full.json()}


@dataclass(frozen=True, slots=True)
class Report:
    """The scores of all cases; `problems` are lines of the predictions that could not be used."""

    scores: tuple[CaseScore, ...]
    problems: tuple[str, ...] = ()

    @property
    def all(self) -> Group:
        """Every case."""
        return _group("all", self.scores)

    @property
    def by_steps(self) -> list[Group]:
        """Per number of steps of the first gold plan, ascending."""
        return [
            _group(str(n), group) for n, group in sorted(_groups(self.scores, lambda s: [s.steps]).items())
        ]

    @property
    def by_tag(self) -> list[Group]:
        """Per tag, in alphabetical order; a case counts for each of its tags."""
        return [_group(tag, group) for tag, group in sorted(_groups(self.scores, lambda s: s.tags).items())]

    @property
    def failures(self) -> list[CaseScore]:
        """The cases without full success, in order."""
        return [score for score in self.scores if not score.full]

    def json(self) -> dict[str, object]:
        """The report as JSON data."""
        return {
            **self.all.json(),
            "by_steps": {group.name: group.json() for group in self.by_steps},
            "by_tag": {group.name: group.json() for group in self.by_tag},
            "failures": [
                {"id": s.id, "query": s.query, "graph": s.graph, "full": s.full, "reason": s.reason}
                for s in self.failures
            ],
            "problems": list(self.problems),
        }


def score_file(cases: Path, predictions: Path) -> Report:
    """Score a JSONL file of predictions against one of cases. CaseFormatError, OSError when unreadable."""
    known = load_cases(cases)
    found = load_predictions(predictions)
    strangers = sorted(found.by_id.keys() - {case.id for case in known})
    problems = [*found.problems, *(f"there is no case {name}" for name in strangers)]
    return Report(tuple(score_cases(known, found.by_id)), tuple(problems))


def _group(name: str, scores: Sequence[CaseScore]) -> Group:
    n = len(scores)
    return Group(name, Rate(sum(s.graph for s in scores), n), Rate(sum(s.full for s in scores), n))


def _groups(
    scores: Iterable[CaseScore], keys: Callable[[CaseScore], Iterable[K]]
) -> dict[K, list[CaseScore]]:
    members: dict[K, list[CaseScore]] = {}
    for score in scores:
        for key in dict.fromkeys(keys(score)):
            members.setdefault(key, []).append(score)
    return members
