"""`tinyagent bench`: measurements, written to files that can be compared."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tinyagent_app.cli import options
from tinyagent_app.cli.failures import Exit

bench = typer.Typer(no_args_is_help=True)


@bench.callback()
def _bench() -> None:
    """Measure speed; figures can go to a folder.

    Example:

      tinyagent bench executor
    """


@bench.command()
def executor(
    plans: Annotated[int, typer.Option(min=2, help="How many random plans.")] = 200,
    seed: Annotated[int, typer.Option(help="Seed of the random plans.")] = 0,
    out: Annotated[Path | None, typer.Option(metavar="FOLDER", help="Also write the report there.")] = None,
    as_json: options.Json = False,
) -> None:
    """Compare the executor with the critical path of random plans of sleeping tools.

    Example:

      tinyagent bench executor --out docs/benchmarks
    """
    from tinyagent_app.bench import executor as benchmark  # noqa: PLC0415

    code = benchmark.main(plans, seed, out, json=as_json)
    raise typer.Exit(Exit.FAILED if code else Exit.DONE)
