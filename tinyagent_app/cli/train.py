"""`tinyagent train`: the planner's training data, the checks of its seeds, and the training itself."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from tinyagent_app.cli.failures import Exit
from tinyagent_app.cli.train_models import planner, retrieval
from tinyagent_app.cli.train_runs import corpus, decay, experiment, run

train = typer.Typer(no_args_is_help=True)
train.command()(planner)
train.command()(retrieval)
train.command()(corpus)
train.command()(run)
train.command()(decay)
train.command()(experiment)

Out = Annotated[Path, typer.Option("--out", metavar="FOLDER", help="Where the files go.", file_okay=False)]
Count = Annotated[int, typer.Option(min=50, max=1_000_000, help="How many examples, before curation.")]
Number = Annotated[int, typer.Option("--seed", help="Number that all chance comes from.")]
Exclude = Annotated[
    list[Path] | None,
    typer.Option(
        "--exclude",
        metavar="CASES",
        help="JSONL of evaluation cases that training must not know; may be repeated.",
        exists=True,
        dir_okay=False,
    ),
]
Files = Annotated[
    list[Path], typer.Argument(metavar="FILE...", help="Files of seeds.", exists=True, dir_okay=False)
]


@train.callback()
def _train() -> None:
    """Make training data and train the models that come with the program; see docs/data.md.

    Example:

      tinyagent train data --out build/data
    """


@train.command()
def data(out: Out, count: Count = 40_000, number: Number = 0, exclude: Exclude = None) -> None:
    """Make examples from the hand-written seeds: train.jsonl, dev.jsonl and a data card.

    Example:

      tinyagent train data --out build/data --exclude tests/data/plans_tune.jsonl
    """
    from training.data import make  # noqa: PLC0415
    from training.data.leaks import Evaluation  # noqa: PLC0415
    from training.evaluation.cases import CaseFormatError  # noqa: PLC0415

    try:
        evaluation = Evaluation.read(exclude or ())
    except CaseFormatError as error:
        raise typer.BadParameter(str(error), param_hint="--exclude") from None
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        tasks = {name: bar.add_task(name, total=None) for name in ("development", "training", "curation")}
        made = make.make(
            make.all_seeds(),
            count,
            number,
            evaluation,
            lambda name, done, total: bar.update(tasks[name], completed=done, total=total),
        )
    make.write(made, out, _command(count, number, exclude or ()))
    print(
        f"{len(made.training.kept):,} examples for training and {len(made.development.kept):,} for", end=" "
    )
    print(f"development are in {out}; {len(made.dropped):,} were dropped, card.md says why.")


def _command(count: int, number: int, exclude: list[Path] | tuple[()]) -> str:
    """The command as the card shows it: without where things lie on this machine."""
    excluded = [word for path in exclude for word in ("--exclude", path.name)]
    words = ["--out", "FOLDER", "--count", str(count), "--seed", str(number), *excluded]
    return shlex.join(["tinyagent", "train", "data", *words])


@train.command()
def check(files: Files) -> None:
    """Check files of seeds: the format, the plans, the dates. Prints what must be mended.

    Example:

      tinyagent train check training/data/seeds/05_home.txt
    """
    from training.data.seeds import main  # noqa: PLC0415

    raise typer.Exit(Exit.FAILED if main([str(path) for path in files]) else Exit.DONE)
