"""The report of an evaluation: success rates with confidence intervals, by group, and what failed.

`score_file(cases, predictions)` is the whole way from two files to a `Report`; it renders as
Markdown for people and as JSON for programs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from statistics import NormalDist

from training.evaluation.cases import load_cases
from training.evaluation.predictions import load_predictions
from training.evaluation.scoring import CaseScore, score_cases

Z_95 = NormalDist().inv_cdf(0.975)  # two-sided 95 %


@dataclass(frozen=True, slots=True)
class Rate:
    """`successes` of `n` trials."""

    successes: int
    n: int

    @property
    def value(self) -> float:
        """The share of successes; 0 of 0 is 0."""
        return self.successes / self.n if self.n else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % score interval, which unlike the normal one holds for few trials and rates near 0 or 1."""
        if not self.n:
            return 0.0, 1.0
        z2 = Z_95**2
        centre = (self.value + z2 / (2 * self.n)) / (1 + z2 / self.n)
        spread = Z_95 / (1 + z2 / self.n) * sqrt((self.value * (1 - self.value) + z2 / (4 * self.n)) / self.n)
        return max(0.0, centre - spread), min(1.0, centre + spread)

    def json(self) -> dict[str, object]:
        """As data: rate, interval, counts."""
        return {"rate": self.value, "ci95": list(self.interval), "successes": self.successes, "n": self.n}

    def __str__(self) -> str:
        low, high = self.interval
        return f"{self.value:.1%} [{low:.1%}, {high:.1%}]"


@dataclass(frozen=True, slots=True)
class Group:
    """Some of the cases, and how many of them succeeded."""

    name: str
    graph: Rate
    full: Rate

    def json(self) -> dict[str, object]:
        """As data."""
        return {"n": self.graph.n, "graph": self.graph.json(), "full": self.full.json()}


@dataclass(frozen=True, slots=True)
class Report:
    """The scores of all cases; `problems` are lines of the predictions that could not be used."""

    scores: tuple[CaseScore, ...]
    problems: tuple[str, ...] = ()

    @property
    def n(self) -> int:
        """The number of cases."""
        return len(self.scores)

    @property
    def graph(self) -> Rate:
        """Graph success over all cases."""
        return _group("all", self.scores).graph

    @property
    def full(self) -> Rate:
        """Full success over all cases."""
        return _group("all", self.scores).full

    @property
    def by_tag(self) -> list[Group]:
        """Per tag, in alphabetical order; a case counts for each of its tags."""
        return _groups(self.scores, lambda score: score.tags)

    @property
    def by_steps(self) -> list[Group]:
        """Per number of steps of the first gold plan, ascending."""
        return _groups(self.scores, lambda score: [score.steps])

    @property
    def failures(self) -> list[CaseScore]:
        """The cases without full success, in order."""
        return [score for score in self.scores if not score.full]

    def json(self) -> dict[str, object]:
        """The report as JSON data."""
        return {
            "n": self.n,
            "graph": self.graph.json(),
            "full": self.full.json(),
            "by_tag": {group.name: group.json() for group in self.by_tag},
            "by_steps": {group.name: group.json() for group in self.by_steps},
            "failures": [
                {"id": s.id, "query": s.query, "graph": s.graph, "full": s.full, "reason": s.reason}
                for s in self.failures
            ],
            "problems": list(self.problems),
        }

    def markdown(self) -> str:
        """The report as Markdown, which is readable as plain text too."""
        lines = [
            f"{self.n} cases; rates with 95 % Wilson intervals.",
            "",
            *_table("all", [_group("all cases", self.scores)]),
            *_table("steps", self.by_steps),
            *_table("tag", self.by_tag),
            f"Without full success: {len(self.failures)}",
            "",
            *(f"- {s.id} ({'graph right' if s.graph else 'graph wrong'}): {s.reason}" for s in self.failures),
            *(f"- predictions: {problem}" for problem in self.problems),
        ]
        return "\n".join(lines).rstrip() + "\n"


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
    scores: Iterable[CaseScore], keys: Callable[[CaseScore], Iterable[str] | Iterable[int]]
) -> list[Group]:
    members: dict[str | int, list[CaseScore]] = {}
    for score in scores:
        for key in dict.fromkeys(keys(score)):
            members.setdefault(key, []).append(score)
    ordered: Mapping[str | int, list[CaseScore]] = dict(
        sorted(members.items(), key=lambda item: _order(item[0]))
    )
    return [_group(str(key), found) for key, found in ordered.items()]


def _order(key: str | int) -> tuple[int, str]:
    return (key, "") if isinstance(key, int) else (0, key)


def _table(title: str, groups: Iterable[Group]) -> list[str]:
    rows = [f"| {group.name} | {group.graph.n} | {group.graph} | {group.full} |" for group in groups]
    return [f"| {title} | n | graph success | full success |", "|---|---:|---:|---:|", *rows, ""]
