"""What training data must not know: requests of evaluation sets, word for word or with other names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.data.seeds import specs
from training.data.slots import NAMES
from training.data.tokens import masked, normalised
from training.evaluation.cases import Case, load_cases

GRAM = 8


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The requests of evaluation sets: whole, and as runs of eight words with names and numbers hidden."""

    requests: frozenset[str]
    runs: frozenset[tuple[str, ...]]

    @classmethod
    def of(cls, cases: Sequence[Case]) -> Evaluation:
        """From cases whose gold plans say what is a name."""
        runs = (run for case in cases for run in _runs(case.query, _names(case)))
        return cls(frozenset(normalised(case.query) for case in cases), frozenset(runs))

    @classmethod
    def read(cls, paths: Iterable[Path]) -> Evaluation:
        """From JSONL files of cases. CaseFormatError names what is none."""
        return cls.of([case for path in paths for case in load_cases(path)])

    def knows(self, request: str, names: Iterable[str]) -> bool:
        """Whether an evaluation set has the request, or one that shares a run with it; `names`: its names."""
        return normalised(request) in self.requests or not self.runs.isdisjoint(_runs(request, names))


def _runs(request: str, names: Iterable[str]) -> Iterator[tuple[str, ...]]:
    words = masked(request, names)
    return (tuple(words[i : i + GRAM]) for i in range(len(words) - GRAM + 1))


def _names(case: Case) -> Iterator[str]:
    for plan in case.plans:
        for step in plan:
            kinds = {p.name: p.kind for p in specs()[step.tool].parameters} if step.tool in specs() else {}
            for argument in step.args:
                if kinds.get(argument.name) in NAMES:
                    yield from _strings(argument.raw)


def _strings(raw: Any) -> Iterator[str]:
    """The strings of an expectation: alone, in a list, or the values of {"oneof": […]}."""
    match raw:
        case str():
            yield raw
        case list():
            for item in raw:
                yield from _strings(item)
        case dict():
            yield from _strings(list(raw.values()))
