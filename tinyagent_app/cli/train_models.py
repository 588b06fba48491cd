"""`tinyagent train planner` and `tinyagent train retrieval`: the models that come with the program."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
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
    from training.finetune.train import Progress as Step

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
    smoke: Annotated[
        bool, typer.Option("--smoke", help="The whole way in small, in about a minute.")
    ] = False,
) -> None:
    """Train the planner's adapter on examples, and export it for llama.cpp.

    A run that was stopped goes on when the same command is given again.

    Examples:

      tinyagent train planner --data build/data/train.jsonl --out build/planner

      tinyagent train planner --smoke
    """
    _check_extra()
    base = ModelStore(models_folder(), Catalogue.load()).path(model)
    if smoke:
        _smoke(base)
        return
    from training.finetune.run import Paths, train_planner  # noqa: PLC0415
    from training.finetune.train import Settings  # noqa: PLC0415

    if not data.exists():
        raise typer.BadParameter(
            f"{data} is not there; 'tinyagent train data' makes it.", param_hint="--data"
        )
    with _bar(steps) as bar:
        adapter = train_planner(
            Paths(base, data, out), Settings(steps, learning_rate=rate, seed=seed), _reporter(bar)
        )
    print(f"The adapter is {adapter} ({adapter.stat().st_size / 1e6:.1f} MB).")


def retrieval(data: Examples = Path("build/data/train.jsonl"), out: Run = Path("build/retrieval")) -> None:
    """Train the classifier that chooses the tools in play.

    Example:

      tinyagent train retrieval --data build/data/train.jsonl --out build/retrieval
    """
    _check_extra()
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
    print(f"logits of PyTorch and llama.cpp correlate to {report.correlation:.4f}.")
    if not report.passed:
        raise typer.Exit(Exit.FAILED)


def _bar(total: int) -> Progress:
    columns = (
        TextColumn("loss {task.fields[loss]}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    bar = Progress(*columns, console=Console(stderr=True), transient=True)
    bar.add_task("", total=total, loss="…")
    return bar


def _reporter(bar: Progress) -> Callable[[Step], None]:
    return lambda step: bar.update(bar.task_ids[0], completed=step.step, loss=f"{step.loss:.3f}")


def _check_extra() -> None:
    """Unavailable if the training extra is not installed."""
    missing = [name for name in ("torch", "transformers", "peft", "gguf") if find_spec(name) is None]
    if missing:
        raise Unavailable(
            f"Training needs packages that are not installed: {', '.join(missing)}.",
            "Install them with: pip install 'tinyagent-app[training]'",
        )
