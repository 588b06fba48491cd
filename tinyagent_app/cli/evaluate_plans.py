"""`tinyagent eval plans`, `compare` and `tools`: what they do; `evaluate` declares their options."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console

from planner.planning import Planner
from planner.runtime.base import LanguageModel
from tinyagent_app.bench.machine import machine
from tinyagent_app.cli import options
from tinyagent_app.cli.evaluate_runs import Asked, PlannerFor, complete, open_run, tell
from tinyagent_app.cli.output import print_json
from tinyagent_app.opening import open_profile
from tinyagent_app.text import printable
from tools.registry import all_tools
from tools.spec import ToolSpec
from training.evaluation import paired, plots
from training.evaluation.ablation import Ablation
from training.evaluation.cases import Case, load_cases
from training.evaluation.in_play import measure
from training.evaluation.render import show
from training.evaluation.retrievers import make_retriever
from training.evaluation.run_report import RunReport


def plans(
    path: Path,
    profile: str,
    model: str,
    out: Path | None,
    limit: int | None,
    ablation: Ablation,
    *,
    as_json: bool,
) -> None:
    """Plan the cases, score the plans, write and print the report. CaseFormatError, RunError, OSError."""
    cases = load_cases(path)[:limit]
    with open_profile(profile, model=model, now=options.clock("")) as opened:
        run = open_run("plans", opened, path, out, str(ablation))
        asked = [_asked(case) for case in cases]
        own = {case.id: case.tools for case in cases if case.tools}
        complete(run, opened, asked, lambda model: _planners(ablation, model, opened.tools, own))
    report = RunReport.of(run, cases, machine())
    report.write(run.folder)
    drawn = plots.draw(report, run.folder)
    if as_json:
        print_json({"folder": str(run.folder), **report.json()})
        return
    show(report.report, Console())
    print(f"\nSpeed: {report.speed}")
    print(printable(f"Report: {run.folder}"))
    if not drawn:
        tell(plots.NOT_DRAWN)


def _planners(
    ablation: Ablation, model: LanguageModel, tools: Sequence[ToolSpec], own: Mapping[str, Sequence[ToolSpec]]
) -> PlannerFor:
    """One planner for all cases, but for those that bring tools of their own."""
    usual = ablation.planner(model, tools)

    def planner_for(asked: Asked) -> Planner:
        if asked.id not in own:
            return usual
        return ablation.planner(model, [*tools, *own[asked.id]])

    return planner_for


def _asked(case: Case) -> Asked:
    return Asked(case.id, case.query, options.local_time(case.now.isoformat()))


def compare(folder_a: Path, folder_b: Path, *, as_json: bool) -> None:
    """Print the paired comparison of two runs. RunError."""
    found = paired.compare(folder_a, folder_b)
    if as_json:
        print_json(found.json())
    else:
        sys.stdout.write(printable(found.text()))


def tools(path: Path, name: str, embeddings: Path | None, *, as_json: bool) -> None:
    """Print how well the tools in play cover the gold plans. CaseFormatError, Unavailable."""
    cases = load_cases(path)
    found = measure(cases, make_retriever(name, all_tools().tools, embeddings), name)
    if as_json:
        print_json(found.json())
    else:
        sys.stdout.write(printable(found.text()))
