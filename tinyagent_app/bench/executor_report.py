"""The executor benchmark's figures for people and programs: JSON, raw CSV, Markdown."""

from __future__ import annotations

import csv
import json
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from tinyagent_app.bench.executor import MAX_OWN_MS, MAX_RATIO, Report, Row, Spread


def as_json(report: Report) -> str:
    """The figures without the raw rows."""
    return json.dumps(_figures(report), indent=2) + "\n"


def as_markdown(report: Report) -> str:
    """The page of `docs/benchmarks`."""
    verdict = "Both criteria are met." if report.passed else "**Not all criteria are met.**"
    machine = ", ".join(f"{name} {value}" for name, value in report.machine.items())
    times = "" if report.scale == 1 else f" times {report.scale:g}"
    return f"""# Executor

{report.plans} random plans ({report.steps} steps; 2 to 12 a plan, up to three references each) of tools
that sleep 5 to 60 ms{times}, a third of them blocking ones in threads. The plan arrives at once; the
limit on parallel steps does not bind; the recorder is in memory. Seed {report.seed}.

| figure | p10 | median | p90 | criterion (median) |
|---|---|---|---|---|
| makespan / critical path | {_cells(report.ratio)} | at most {MAX_RATIO:g} |
| own time per step, ms | {_cells(report.own_ms_per_step)} | under {MAX_OWN_MS:g} |
| the same plans without sleep, ms per step | {_cells(report.zero_sleep_ms_per_step)} | none |

{verdict}

The critical path is the longest chain of nominal sleeping times. Own time per step is makespan minus
critical path, divided by all steps of the plan, so it also contains the operating system's late
wake-ups. The run without sleep shows what the executor itself costs: starting, recording and ending
a step.

Machine: {machine}.

Raw figures, one plan a line: [executor.csv](executor.csv). Repeat with
`{_command(report)}`.
"""


def write(report: Report, folder: Path) -> list[Path]:
    """Write executor.json, executor.csv and executor.md into `folder`; the files written."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"executor.{ending}" for ending in ("json", "csv", "md")]
    paths[0].write_text(as_json(report), encoding="utf-8")
    with paths[1].open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([field.name for field in fields(Row)])
        writer.writerows([getattr(row, field.name) for field in fields(Row)] for row in report.rows)
    paths[2].write_text(as_markdown(report), encoding="utf-8")
    return paths


def _figures(report: Report) -> dict[str, Any]:
    figures = {name: value for name, value in asdict(report).items() if name != "rows"}
    return {
        **figures,
        "command": _command(report),
        "criteria": {"ratio_at_most": MAX_RATIO, "own_ms_per_step_under": MAX_OWN_MS},
    }


def _command(report: Report) -> str:
    return f"tinyagent bench executor --plans {report.plans} --seed {report.seed} --out docs/benchmarks"


def _cells(spread: Spread) -> str:
    return f"{spread.p10:.3f} | {spread.median:.3f} | {spread.p90:.3f}"
