"""The report of a run over TinyAgent's data set: its measure, by number of calls, and what failed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from training.evaluation.rates import Rate
from training.evaluation.run import Header, Run
from training.evaluation.speed import Speed
from training.evaluation.tinyagent_cases import TinyAgentCase, failure


@dataclass(frozen=True, slots=True)
class TinyAgentReport:
    """`reasons`: for each case why it failed, empty if it did not."""

    header: Header
    cases: tuple[TinyAgentCase, ...]
    reasons: tuple[str, ...]
    speed: Speed
    machine: Mapping[str, str | int]

    @classmethod
    def of(
        cls, run: Run, cases: Sequence[TinyAgentCase], machine: Mapping[str, str | int]
    ) -> TinyAgentReport:
        """Score the predictions of a run for these of its cases."""
        reasons = tuple(failure(case, run.done.get(case.id)) for case in cases)
        speed = Speed.of(run.of_cases(case.id for case in cases))
        return cls(run.header, tuple(cases), reasons, speed, machine)

    @property
    def success(self) -> Rate:
        """Over all cases."""
        return Rate(sum(not reason for reason in self.reasons), len(self.reasons))

    @property
    def by_steps(self) -> dict[int, Rate]:
        """By the number of calls of the gold plan, ascending."""
        found: dict[int, list[bool]] = {}
        for case, reason in zip(self.cases, self.reasons, strict=True):
            found.setdefault(case.steps, []).append(not reason)
        return {steps: Rate(sum(right), len(right)) for steps, right in sorted(found.items())}

    @property
    def failures(self) -> list[tuple[TinyAgentCase, str]]:
        """The cases that failed, with the reason."""
        return [(case, reason) for case, reason in zip(self.cases, self.reasons, strict=True) if reason]

    def json(self) -> dict[str, object]:
        """As data."""
        return {
            "run": self.header.json(),
            "success": self.success.json(),
            "by_steps": {str(steps): rate.json() for steps, rate in self.by_steps.items()},
            "speed": self.speed.json(),
            "machine": dict(self.machine),
            "failures": [{"id": c.id, "query": c.query, "reason": reason} for c, reason in self.failures],
        }

    def text(self) -> str:
        """For people."""
        lines = [
            f"TinyAgent's data set, {self.header.model}: graph isomorphism with 95 % Wilson intervals",
            "",
            f"all       {self.success.n:>5}  {self.success}",
            *(f"{steps:>2} calls  {rate.n:>5}  {rate}" for steps, rate in self.by_steps.items()),
            "",
            f"Speed: {self.speed}",
            "",
            f"Cases that failed: {len(self.failures)}",
            *(f"{case.id}  {reason}" for case, reason in self.failures),
        ]
        return "\n".join(lines) + "\n"
