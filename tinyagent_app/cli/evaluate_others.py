"""`tinyagent eval bfcl` and `tinyagent`: other people's cases; `evaluate` declares the options."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from planner.planning import Planner
from planner.runtime.base import LanguageModel
from tinyagent_app.bench.machine import machine
from tinyagent_app.cli import options
from tinyagent_app.cli.evaluate_runs import Asked, PlannerFor, always, complete, open_run
from tinyagent_app.cli.output import print_json
from tinyagent_app.opening import open_profile
from tinyagent_app.profiles import DEMO
from tinyagent_app.text import printable
from training.evaluation.bfcl_cases import BfclCase, load_bfcl
from training.evaluation.bfcl_report import BfclReport
from training.evaluation.bfcl_tools import FunctionTools
from training.evaluation.retrievers import AllTools
from training.evaluation.run import Run
from training.evaluation.tinyagent_cases import TOOLS, load_tinyagent
from training.evaluation.tinyagent_report import TinyAgentReport
from training.evaluation.wrapped import Unkept


def bfcl(
    data: Path, categories: Sequence[str], model: str, out: Path | None, limit: int | None, *, as_json: bool
) -> None:
    """Plan the cases of each category, with their own functions as tools. CaseFormatError, RunError."""
    cases = load_bfcl(data, categories, limit)
    now = options.clock("")
    with open_profile(DEMO, model=model, now=now) as opened:
        run = open_run("bfcl", opened, data, out)
        asked = [Asked(case.id, case.query, now) for case in cases]
        by_id = {case.id: case for case in cases}
        complete(run, opened, asked, lambda model: _own_planners(model, by_id))
    _tell(run, BfclReport.of(run, cases, machine()), as_json=as_json)


def _own_planners(model: LanguageModel, cases: Mapping[str, BfclCase]) -> PlannerFor:
    """A planner for each case, with its functions as the only tools."""

    def planner(asked: Asked) -> Planner:
        functions = FunctionTools.of(cases[asked.id].functions, lists=not model.constrained)
        return Planner(Unkept(model), functions.tools, AllTools(functions.tools))

    return planner


def tinyagent(data: Path, model: str, out: Path | None, limit: int | None, *, as_json: bool) -> None:
    """Plan TinyAgent's cases with its 16 tools. CaseFormatError, RunError, OSError."""
    cases = load_tinyagent(data, limit)
    now = options.clock("")
    with open_profile(DEMO, model=model, now=now) as opened:
        tools = [tool for tool in opened.tools if tool.name in TOOLS]
        run = open_run("tinyagent", opened, data, out)
        asked = [Asked(case.id, case.query, now) for case in cases]
        complete(run, opened, asked, lambda model: always(Planner(model, tools)))
    _tell(run, TinyAgentReport.of(run, cases, machine()), as_json=as_json)


def _tell(run: Run, report: BfclReport | TinyAgentReport, *, as_json: bool) -> None:
    """Write report.json and print the report. OSError."""
    text = json.dumps(report.json(), ensure_ascii=False, indent=2)
    (run.folder / "report.json").write_text(text + "\n", encoding="utf-8")
    if as_json:
        print_json({"folder": str(run.folder), **report.json()})
        return
    sys.stdout.write(printable(report.text()))
    print(printable(f"\nReport: {run.folder}"))
