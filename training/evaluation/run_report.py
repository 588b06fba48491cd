"""A run's report in its folder: report.json for programs, report.md for people, and plots."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.evaluation.cases import Case
from training.evaluation.predictions import read_prediction
from training.evaluation.report import Group, Report
from training.evaluation.run import Header, Run, RunError
from training.evaluation.scoring import CaseScore, score_cases
from training.evaluation.speed import Speed

REPORT, PAGE = "report.json", "report.md"


@dataclass(frozen=True, slots=True)
class RunReport:
    """The scores of a run, how fast it was, and on what machine."""

    header: Header
    report: Report
    speed: Speed
    machine: Mapping[str, str | int]

    @classmethod
    def of(cls, run: Run, cases: Sequence[Case], machine: Mapping[str, str | int]) -> RunReport:
        """Score the predictions of a run for these of its cases."""
        lines = run.of_cases(case.id for case in cases)
        predictions = {line["id"]: read_prediction(line) for line in lines}
        return cls(run.header, Report(tuple(score_cases(cases, predictions))), Speed.of(lines), machine)

    def json(self) -> dict[str, object]:
        """As data; "cases" is what a comparison of two runs needs."""
        scores = [{"id": s.id, "graph": s.graph, "full": s.full} for s in self.report.scores]
        return {
            "run": self.header.json(),
            **self.report.json(),
            "speed": self.speed.json(),
            "machine": dict(self.machine),
            "cases": scores,
        }

    def write(self, folder: Path) -> None:
        """Write report.json and report.md. OSError."""
        text = json.dumps(self.json(), ensure_ascii=False, indent=2)
        (folder / REPORT).write_text(text + "\n", encoding="utf-8")
        (folder / PAGE).write_text(self.markdown(), encoding="utf-8")

    def markdown(self) -> str:
        """The page for people."""
        machine = ", ".join(f"{name} {value}" for name, value in self.machine.items())
        lines = [
            f"# Plans of {cell(self.header.model)}",
            "",
            *([f"Set-up: {cell(self.header.setup)}.", ""] if self.header.setup else []),
            f"Cases: {cell(self.header.cases)} (SHA-256 {self.header.digest[:12]}…). "
            "Success rates with 95 % Wilson intervals.",
            *_table("cases", [self.report.all]),
            *_table("steps", self.report.by_steps),
            *_table("tag", self.report.by_tag),
            "",
            f"Speed: {self.speed}.",
            "",
            f"Machine: {machine}.",
            *_failures(self.report.failures),
        ]
        return "\n".join(lines) + "\n"


def read_scores(folder: Path) -> dict[str, Any]:
    """The data of a folder's report.json. RunError if there is none with the scores of cases."""
    try:
        data = json.loads((folder / REPORT).read_text(encoding="utf-8"))
        sound = all(type(c[key]) is bool for c in data["cases"] for key in ("graph", "full"))
        sound = sound and all(isinstance(c["id"], str) for c in data["cases"])
        sound = sound and all(isinstance(data["run"][name], str) for name in ("model", "digest", "cases"))
    except (OSError, ValueError, KeyError, TypeError):
        sound = False
    if not sound:
        raise RunError(f"{folder} holds no report of plans: its {REPORT} can't be read")
    return dict(data)


def _table(title: str, groups: Sequence[Group]) -> Iterator[str]:
    yield from ("", f"| {title} | n | graph success | full success |", "|---|---|---|---|")
    for group in groups:
        yield f"| {cell(group.name)} | {group.n} | {group.graph} | {group.full} |"


def _failures(scores: Sequence[CaseScore]) -> Iterator[str]:
    yield from ("", f"## Cases without full success: {len(scores)}")
    if scores:
        yield from ("", "| case | request | reason |", "|---|---|---|")
    for score in scores:
        yield f"| {cell(score.id)} | {cell(score.query)} | {cell(score.reason)} |"


def cell(text: str) -> str:
    """Text from cases and models as it is in a table of a page: one line, and no markup of its own."""
    line = " ".join(text.split())
    return "".join(f"\\{c}" if c in "\\|<>*_`[]#$" else c for c in line)
