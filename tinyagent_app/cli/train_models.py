"""`tinyagent train planner` and `tinyagent train retrieval`: the models that come with the program."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from tinyagent_app.cli import options
from tinyagent_app.cli.failures import Exit
from tinyagent_app.models import Catalogue, ModelStore
from tinyagent_app.profiles import models_folder
from tools.errors import Unavailable

if TYPE_CHECKING:  # torch takes seconds to import
    from training.runs.logs import Progress as Step

EMBEDDED = "smollm2-135m"

Examples = Annotated[
    Path,
    typer.Option("--data", metavar="FILE", help="train.jsonl of 'tinyagent train data'.", dir_okay=False),
]
Run = Annotated[Path, typer.Option("--out", metavar="FOLDER", help="The run's folder.", file_okay=False)]


def planner(
    data: Examples = Path("build/data/train.jsonl"),
    out: Run = Path("build/planner"),
    model: options.Model = EMBEDDED,
    steps: Annotated[int, typer.Option(min=1, help="Optimizer steps of about 13 examples.")] = 2600,
    rate: Annotated[float, typer.Option("--learning-rate", min=0, help="Peak learning rate.")] = 8e-4,
    seed: Annotated[int, typer.Option(help="Number that all chance comes from.")] = 0,
    batches: Annotated[
        int, typer.Option(min=1, help="Batches of a step; a multiple of the number of processes.")
    ] = 1,
    start: Annotated[
        Path | None,
        typer.Option("--start", metavar="FOLDER", help="A run whose adapter is where this one begins."),
    ] = None,
    share: Annotated[
        int, typer.Option(min=1, help="Train on one in so many seeds, to see what more of them are worth.")
    ] = 1,
    smoke: Annotated[
        bool, typer.Option("--smoke", help="The whole way in small, in about a minute.")
    ] = False,
) -> None:
    """Train the planner's adapter on examples, and export it for llama.cpp.

    All examples come once, then again and again the half that the model finds hard. A run that was stopped
    goes on when the same command is given again. 'accelerate launch' spreads it over GPUs or machines.

    Examples:

      tinyagent train planner --data build/data/train.jsonl --out build/planner

      tinyagent train planner --model coder-0.5b --learning-rate 4e-4 --out build/middle

      accelerate launch --num_processes 4 -m tinyagent_app train planner --batches 4

      tinyagent train planner --smoke
    """
    check_extra()
    base = ModelStore(models_folder(), Catalogue.load()).path(model)
    if smoke:
        _smoke(base)
        return
    from training.finetune.checkpoint import CHECKPOINT  # noqa: PLC0415
    from training.finetune.run import Paths, train_planner  # noqa: PLC0415
    from training.finetune.train import Settings  # noqa: PLC0415
    from training.runs.workers import Workers  # noqa: PLC0415

    if not data.exists():
        raise typer.BadParameter(
            f"{data} is not there; 'tinyagent train data' makes it.", param_hint="--data"
        )
    if start is not None and not (start / CHECKPOINT).exists():
        raise typer.BadParameter(f"{start} holds no run.", param_hint="--start")
    beside = data.with_name("dev.jsonl")
    settings = Settings(steps, learning_rate=rate, seed=seed, batches=batches)
    with _bar(steps, shown=Workers().is_first) as bar, _usage():
        adapter = train_planner(
            Paths(base, data, out, beside if beside.exists() else None, start, share),
            settings,
            _reporter(bar),
        )
    if adapter is not None:
        print(f"The adapter is {adapter} ({adapter.stat().st_size / 1e6:.1f} MB).")
        print(f"Use it with: TINYAGENT_ADAPTER={adapter} tinyagent ... --model {model}")


def retrieval(data: Examples = Path("build/data/train.jsonl"), out: Run = Path("build/retrieval")) -> None:
    """Train the classifier that chooses the tools in play.

    Example:

      tinyagent train retrieval --data build/data/train.jsonl --out build/retrieval
    """
    check_extra()
    from training import retrieval as training  # noqa: PLC0415

    if not data.exists():
        raise typer.BadParameter(
            f"{data} is not there; 'tinyagent train data' makes it.", param_hint="--data"
        )
    requests = training.load(data)
    weights = training.train(requests)
    out.mkdir(parents=True, exist_ok=True)
    training.save(weights, out)
    print(f"Trained on {len(requests):,} requests; retrieval.json and retrieval.bin are in {out}.")


def _smoke(base: Path) -> None:
    from training.finetune.smoke import STEPS, smoke  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder, _bar(STEPS) as bar:
        report = smoke(base, Path(folder), _reporter(bar))
    print(f"Loss {report.first_loss:.2f} -> {report.last_loss:.2f} in {STEPS} steps; ", end="")
    print(f"logits of PyTorch and llama.cpp correlate to {report.correlation:.4f}; ", end="")
    right = sum(score.graph for score in report.scores)
    print(f"of {len(report.scores)} development plans {right} are right (chance, after so few steps).")
    if not report.passed:
        raise typer.Exit(Exit.FAILED)


@contextlib.contextmanager
def _usage() -> Iterator[None]:
    """A run that can't go on as asked is a mistake of the command line."""
    from training.runs.refused import RunRefused  # noqa: PLC0415

    try:
        yield
    except RunRefused as error:
        raise typer.BadParameter(str(error)) from None


def _bar(total: int, *, shown: bool = True) -> Progress:
    columns = (
        TextColumn("loss {task.fields[loss]}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    bar = Progress(*columns, console=Console(stderr=True), transient=True, disable=not shown)
    bar.add_task("", total=total, loss="…")
    return bar


def _reporter(bar: Progress) -> Callable[[Step], None]:
    return lambda step: bar.update(bar.task_ids[0], completed=step.step, loss=f"{step.loss:.3f}")


def check_extra() -> None:
    """Unavailable if the training extra is not installed."""
    missing = [name for name in ("torch", "transformers", "peft", "gguf") if find_spec(name) is None]
    if missing:
        raise Unavailable(
            f"Training needs packages that are not installed: {', '.join(missing)}.",
            "Install them with: pip install 'tinyagent-app[training]'",
        )
