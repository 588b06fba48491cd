"""Two runs over the same cases, compared case by case.

Two rates with overlapping intervals can still differ clearly, because both models meet the same easy
and hard cases. Only the cases that one run solves and the other does not say which is better: the
exact McNemar test asks how likely so uneven a split of those would be if both were equally good.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb
from pathlib import Path
from typing import Any

from training.evaluation.run import RunError
from training.evaluation.run_report import read_scores

SIGNIFICANT = 0.05


@dataclass(frozen=True, slots=True)
class Paired:
    """The 2x2 table of one measure."""

    both: int
    only_a: int
    only_b: int
    neither: int

    @classmethod
    def of(cls, pairs: Sequence[tuple[bool, bool]]) -> Paired:
        """Count the outcomes of A and B."""
        keys = ((True, True), (True, False), (False, True), (False, False))
        return cls(*(pairs.count(key) for key in keys))

    @property
    def p(self) -> float:
        """The two-sided p-value of McNemar's exact test."""
        n, fewer = self.only_a + self.only_b, min(self.only_a, self.only_b)
        tail = sum(comb(n, k) for k in range(fewer + 1))
        return min(1.0, float(2 * tail / 2**n))

    def json(self) -> dict[str, object]:
        """As data."""
        table = {name: getattr(self, name) for name in ("both", "only_a", "only_b", "neither")}
        return {**table, "p": self.p}

    def verdict(self) -> str:
        """What the table says, in words."""
        n = self.only_a + self.only_b
        if not n:
            return "Both runs solve the same cases."
        if self.only_a == self.only_b:
            return f"Of {n} cases on which they differ, each run solves half: no difference (p = 1)."
        better, more = ("A", self.only_a) if self.only_a > self.only_b else ("B", self.only_b)
        told = f"{better} solves {more} of the {n} cases on which they differ"
        significant = "a" if self.p < SIGNIFICANT else "no"
        return f"{told} (exact McNemar p = {self.p:.2g}): {significant} significant difference."


@dataclass(frozen=True, slots=True)
class Comparison:
    """Both measures on the cases that both runs have."""

    models: tuple[str, str]
    n: int
    graph: Paired
    full: Paired

    def json(self) -> dict[str, object]:
        """As data."""
        return {"a": self.models[0], "b": self.models[1], "n": self.n} | {
            "graph": self.graph.json(),
            "full": self.full.json(),
        }

    def text(self) -> str:
        """For people."""
        lines = [f"A: {self.models[0]}", f"B: {self.models[1]}", f"{self.n} cases in both"]
        for name, paired in (("graph", self.graph), ("full", self.full)):
            lines += [
                "",
                f"{name} success   B yes   B no",
                f"A yes        {paired.both:>9}{paired.only_a:>7}",
                f"A no         {paired.only_b:>9}{paired.neither:>7}",
                paired.verdict(),
            ]
        return "\n".join(lines) + "\n"


def compare(folder_a: Path, folder_b: Path) -> Comparison:
    """Compare the reports of two folders. RunError if they are not about the same cases."""
    a, b = read_scores(folder_a), read_scores(folder_b)
    if a["run"]["digest"] != b["run"]["digest"]:
        raise RunError(f"the runs are about different cases: {a['run']['cases']} and {b['run']['cases']}")
    scores_a, scores_b = _by_id(a), _by_id(b)
    shared = [name for name in scores_a if name in scores_b]
    if not shared:
        raise RunError("the runs have no case in common")

    def paired(measure: str) -> Paired:
        return Paired.of([(scores_a[name][measure], scores_b[name][measure]) for name in shared])

    models = (str(a["run"]["model"]), str(b["run"]["model"]))
    return Comparison(models, len(shared), paired("graph"), paired("full"))


def _by_id(report: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {case["id"]: case for case in report["cases"]}
