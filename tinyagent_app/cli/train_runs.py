"""`tinyagent train corpus`, `run` and `decay`: pre-training small models on this machine's own text."""

from __future__ import annotations

import contextlib
import enum
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from tinyagent_app.cli.failures import Exit
from tinyagent_app.cli.train_models import check_extra

if TYPE_CHECKING:  # torch takes seconds to import
    from training.pretrain.config import RunConfig

Out = Annotated[Path, typer.Option("--out", metavar="FOLDER", help="Where the files go.", file_okay=False)]


def corpus(
    out: Out = Path("build/corpus"),
    vocabulary: Annotated[int, typer.Option(help="Pieces of its tokenizer, a multiple of 64.")] = 4096,
    most: Annotated[float, typer.Option("--megabytes", min=0.1, help="How much prose to keep.")] = 50,
) -> None:
    """Make a corpus of the documentation that lies on this machine: filtered, tokenised, with a card.

    Nothing is fetched. A corpus that was stopped is gone on with.

    Example:

      tinyagent train corpus --out build/corpus --megabytes 20
    """
    check_extra()
    from training.corpus import make  # noqa: PLC0415
    from training.corpus.sources import documents  # noqa: PLC0415

    if vocabulary < 320 or vocabulary % 64:
        raise typer.BadParameter("a multiple of 64, at least 320", param_hint="--vocabulary")
    columns = (TextColumn("{task.description}"), TextColumn("{task.fields[done]:.1f} MB"))
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("documents", total=None, done=0.0)
        made = make.make(
            documents(),
            out,
            vocabulary,
            int(most * 1e6),
            lambda stage, letters: bar.update(task, description=stage, done=letters / 1e6),
        )
    print(f"{made.train.tokens:,} tokens for training and {made.valid.tokens:,} for validation are in {out};")
    print("card.md says where they are from and what was left out.")


def run(
    config: Annotated[
        Path | None, typer.Argument(metavar="CONFIG", help="TOML file of the run.", dir_okay=False)
    ] = None,
    out: Out = Path("build/run"),
    show: Annotated[bool, typer.Option("--example", help="Print a configuration of all defaults.")] = False,
) -> None:
    """Pre-train a small model as a configuration says.

    A run that was stopped goes on when the same command is given again. 'accelerate launch' spreads it over
    GPUs or machines.

    Examples:

      tinyagent train run --example > run.toml

      tinyagent train run run.toml --out build/run

      accelerate launch --num_processes 4 -m tinyagent_app train run run.toml
    """
    check_extra()
    from training.pretrain import config as configs  # noqa: PLC0415

    if show:
        print(configs.example(), end="")
        return
    if config is None:
        raise typer.BadParameter("name a file; --example prints one", param_hint="CONFIG")
    with _usage():
        _train(configs.read(config), out)


def decay(
    source: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a run.", file_okay=False)],
    step: Annotated[int, typer.Option("--from", metavar="STEP", help="A step whose checkpoint it has kept.")],
    out: Out,
    share: Annotated[float, typer.Option(min=0.001, max=0.9, help="Share of all steps that decays.")] = 0.1,
) -> None:
    """Decay from a checkpoint of a run's stable phase: a finished model of that length.

    Example:

      tinyagent train decay build/run --from 900 --share 0.1 --out build/run-1000
    """
    check_extra()
    from training.pretrain.branch import decayed  # noqa: PLC0415
    from training.pretrain.config import RunConfig  # noqa: PLC0415
    from training.pretrain.summary import CONFIG  # noqa: PLC0415

    with _usage():
        begun = out / CONFIG
        if begun.exists():
            wanted = RunConfig.model_validate_json(begun.read_text(encoding="utf-8"))
        else:
            wanted = decayed(source, step, share, out)
        _train(wanted, out)


def _train(config: RunConfig, out: Path) -> None:
    from training.corpus import tokenizer  # noqa: PLC0415
    from training.pretrain.run import Diverged, Pretraining  # noqa: PLC0415
    from training.pretrain.summary import LOSS, VALID, described  # noqa: PLC0415
    from training.runs.plots import draw  # noqa: PLC0415

    vocabulary = tokenizer.load(config.data.train.parent).get_vocab_size()
    training = Pretraining(config, vocabulary, out)
    columns = (
        TextColumn(
            "loss {task.fields[loss]:.3f}  lr {task.fields[rate]:.1e}  {task.fields[speed]:,.0f} tokens/s"
        ),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not training.is_first) as bar:
        task = bar.add_task("", total=config.steps, loss=float("nan"), rate=0.0, speed=0.0)
        try:
            training.run(
                lambda s: bar.update(
                    task, completed=s.step, loss=s.loss, rate=s.learning_rate, speed=s.tokens / s.seconds
                )
            )
        except Diverged as error:
            console.print(str(error), style="bold", markup=False)
            raise typer.Exit(Exit.FAILED) from None
    if training.is_first:
        draw(out / LOSS, out / VALID, "loss, nats a token")
        print(described(out))


class Name(enum.StrEnum):
    """The experiments of `training.experiments.catalogue`."""

    OPTIMIZERS = "optimizers"
    LENGTHS = "lengths"
    WIND_TUNNEL = "wind-tunnel"


def experiment(
    name: Annotated[Name, typer.Argument(metavar="NAME", help=", ".join(Name))],
    data: Annotated[
        Path,
        typer.Option(
            "--data", metavar="FOLDER", help="A corpus of 'tinyagent train corpus'.", file_okay=False
        ),
    ] = Path("build/corpus"),
    out: Annotated[Path | None, typer.Option("--out", metavar="FOLDER", file_okay=False)] = None,
    quick: Annotated[bool, typer.Option("--quick", help="In small: only whether it works.")] = False,
) -> None:
    """Carry out an experiment on optimizers, schedules or sizes: all runs, results as CSV, plots, tables.

    What is finished is not run again, so a stopped experiment goes on when the same command is given again.

    Example:

      tinyagent train experiment optimizers --data build/corpus
    """
    check_extra()
    from training.corpus import tokenizer  # noqa: PLC0415
    from training.experiments.catalogue import EXPERIMENTS  # noqa: PLC0415

    folder = out or Path("build/experiments") / (f"{name}-quick" if quick else name)
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with (
        _usage(),
        Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar,
    ):
        vocabulary = tokenizer.load(data).get_vocab_size()
        task = bar.add_task("", total=1)
        tables = EXPERIMENTS[name].conduct(
            data / "train",
            vocabulary,
            folder,
            quick,
            lambda run, step, total: bar.update(task, description=run, completed=step, total=total),
        )
    print(tables)
    print(f"Results, plots and these tables are in {folder}.")


@contextlib.contextmanager
def _usage() -> Iterator[None]:
    """A run that can't be as asked is a mistake of the command line."""
    from training.pretrain.shards import ShardError  # noqa: PLC0415
    from training.runs.refused import RunRefused  # noqa: PLC0415

    try:
        yield
    except (RunRefused, ShardError) as error:
        raise typer.BadParameter(str(error)) from None
    except OSError as error:
        raise typer.BadParameter(f"{error.filename}: {error.strerror}") from None
