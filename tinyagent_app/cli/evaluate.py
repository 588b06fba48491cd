"""`tinyagent eval`: how often plans are right, against cases with known answers."""

from __future__ import annotations

import contextlib
import enum
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from tinyagent_app.cli import options

evaluate = typer.Typer(no_args_is_help=True)

Cases = Annotated[Path, typer.Argument(metavar="CASES", help="JSONL file of cases with gold plans.")]
Out = Annotated[
    Path | None,
    typer.Option("--out", metavar="FOLDER", help="Where the run is kept; a stopped one goes on there."),
]
Embeddings = Annotated[
    Path | None,
    typer.Option(
        "--embeddings", metavar="FOLDER", help="Word embeddings for the embedding retriever.", file_okay=False
    ),
]
Limit = Annotated[int | None, typer.Option("--limit", min=1, help="Only the first cases.")]


class Retriever(enum.StrEnum):
    """How the tools in play are chosen."""

    TRAINED = "trained"
    LEXICAL = "lexical"
    EMBEDDING = "embedding"
    ALL = "all"


class Category(enum.StrEnum):
    """The categories of the Berkeley leaderboard whose functions are Python's."""

    SIMPLE = "simple_python"
    MULTIPLE = "multiple"
    PARALLEL = "parallel"
    PARALLEL_MULTIPLE = "parallel_multiple"
    IRRELEVANCE = "irrelevance"


@evaluate.callback()
def _evaluate() -> None:
    """Measure how often plans are right.

    Example:

      tinyagent eval plans cases.jsonl
    """


@evaluate.command()
def plans(
    cases: Cases,
    profile: options.Profile = "demo",
    model: options.Model = "",
    out: Out = None,
    limit: Limit = None,
    retriever: Annotated[
        Retriever | None, typer.Option("--retriever", help="Instead of the one that suits the model.")
    ] = None,
    embeddings: Embeddings = None,
    grammar: Annotated[
        bool, typer.Option("--grammar/--no-grammar", help="Whether the grammar binds the model.")
    ] = True,
    as_json: options.Json = False,
) -> None:
    """Plan every case and report how many plans are right.

    Each plan is kept as soon as it is there, so that a stopped run goes on where it ended.

    Examples:

      tinyagent eval plans cases.jsonl --model coder-1.5b --out results/coder

      tinyagent eval plans cases.jsonl --retriever all --no-grammar
    """
    from tinyagent_app.cli import evaluate_plans  # noqa: PLC0415 (the training package is not needed elsewhere)
    from training.evaluation.ablation import Ablation  # noqa: PLC0415

    ablation = Ablation(retriever.value if retriever else "suited", grammar, embeddings)
    with _usage("CASES"):
        evaluate_plans.plans(cases, profile, model, out, limit, ablation, as_json=as_json)


@evaluate.command()
def compare(
    folder_a: Annotated[Path, typer.Argument(metavar="FOLDER_A", help="The folder of a run.")],
    folder_b: Annotated[Path, typer.Argument(metavar="FOLDER_B", help="Another one, on the same cases.")],
    as_json: options.Json = False,
) -> None:
    """Compare two runs case by case, with McNemar's exact test.

    Example:

      tinyagent eval compare results/coder results/smollm2
    """
    from tinyagent_app.cli import evaluate_plans  # noqa: PLC0415

    with _usage("FOLDER_A FOLDER_B"):
        evaluate_plans.compare(folder_a, folder_b, as_json=as_json)


@evaluate.command()
def table(
    runs: Annotated[
        list[str], typer.Argument(metavar="RUN", help="The folder of a run, or NAME=FOLDER to name it.")
    ],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FOLDER", help="Also write the table there, with a plot.")
    ] = None,
    curve: Annotated[
        bool,
        typer.Option("--curve", help="Also plot success over the names, shares of the data such as 1/4."),
    ] = False,
    as_json: options.Json = False,
) -> None:
    """Show several runs on the same cases in one table.

    Examples:

      tinyagent eval table results/coder "small model=results/smollm2" --out results/table

      tinyagent eval table 1/16=results/share16 1/4=results/share4 1=results/all --curve --out results/table
    """
    from tinyagent_app.cli import evaluate_table  # noqa: PLC0415

    if curve and out is None:
        raise typer.BadParameter("A curve is written to a folder: add --out FOLDER.", param_hint="--curve")
    with _usage("RUN"):
        evaluate_table.table(runs, out, curve=curve, as_json=as_json)


@evaluate.command()
def tools(
    cases: Cases,
    retriever: Annotated[
        Retriever,
        typer.Option("--retriever", help="By trained weights, by words or embeddings, or all tools."),
    ] = Retriever.TRAINED,
    embeddings: Embeddings = None,
    as_json: options.Json = False,
) -> None:
    """Measure whether the tools that gold plans need are in play.

    Example:

      tinyagent eval tools cases.jsonl --retriever lexical
    """
    from tinyagent_app.cli import evaluate_plans  # noqa: PLC0415

    with _usage("CASES"):
        evaluate_plans.tools(cases, retriever.value, embeddings, as_json=as_json)


@evaluate.command()
def bfcl(
    data: Annotated[
        Path, typer.Option("--data", metavar="PATH", help="BFCL v4 data: a folder or a tar archive.")
    ],
    category: Annotated[
        list[Category] | None, typer.Option("--category", help="Only this category; may be repeated.")
    ] = None,
    model: options.Model = "",
    out: Out = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="Only so many a category.")] = None,
    as_json: options.Json = False,
) -> None:
    """Plan the Berkeley leaderboard's Python cases, with their own functions as tools.

    The data comes with the package bfcl-eval of PyPI, in bfcl_eval/data.

    Example:

      tinyagent eval bfcl --data bfcl_v4.tar.xz --category simple_python --limit 50
    """
    from tinyagent_app.cli import evaluate_others  # noqa: PLC0415

    categories = [chosen.value for chosen in category or Category]
    with _usage("--data"):
        evaluate_others.bfcl(data, categories, model, out, limit, as_json=as_json)


@evaluate.command()
def tinyagent(
    data: Annotated[Path, typer.Argument(metavar="DATA", help="JSON file of TinyAgent's data set.")],
    model: options.Model = "",
    out: Out = None,
    limit: Limit = None,
    as_json: options.Json = False,
) -> None:
    """Plan the cases of TinyAgent's data set with its tools, and score them by its measure.

    Example:

      tinyagent eval tinyagent testing_data.json --model coder-1.5b
    """
    from tinyagent_app.cli import evaluate_others  # noqa: PLC0415

    with _usage("DATA"):
        evaluate_others.tinyagent(data, model, out, limit, as_json=as_json)


@contextlib.contextmanager
def _usage(hint: str) -> Iterator[None]:
    """A file or folder that is not what it should be is a mistake of the command line."""
    from training.evaluation.cases import CaseFormatError  # noqa: PLC0415
    from training.evaluation.run import RunError  # noqa: PLC0415

    try:
        yield
    except (CaseFormatError, RunError) as error:
        raise typer.BadParameter(str(error), param_hint=hint) from None
