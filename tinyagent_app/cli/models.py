"""`tinyagent models`: what can be fetched, what is here."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from planner.errors import ModelUnavailable
from tinyagent_app.cli import options
from tinyagent_app.cli.fetching import fetch
from tinyagent_app.cli.output import NARROW, print_json
from tinyagent_app.models import Catalogue, Entry, ModelStore
from tinyagent_app.opening import adapter_of_ours
from tinyagent_app.profiles import models_folder
from tinyagent_app.settings import DEFAULT_MODEL

HELP = """List, fetch and show language models.

Example:

  tinyagent models list
"""

models = typer.Typer(no_args_is_help=True, help=HELP)

Name = Annotated[str, typer.Argument(metavar="NAME", help="A name of 'tinyagent models list'.")]


@models.command("list")
def list_models(as_json: options.Json = False) -> None:
    """List the models of the catalogue and which are here.

    Example:

      tinyagent models list --json
    """
    store = _store()
    if as_json:
        print_json([_data(store, entry) for entry in store.catalogue.entries.values()])
        return
    console = Console()
    if console.width < NARROW:
        for entry in store.catalogue.entries.values():
            console.print(_name(entry), Text(f"  {_size(entry)}  {store.state(entry.name)}", style="dim"))
            console.print(Padding(Text(f"{entry.title} {entry.quantization}: {entry.use}"), (0, 0, 0, 2)))
        return
    table = Table(box=None, header_style="dim", pad_edge=False)
    for column in ("name", "model", "size", "here", "use"):
        whole = column in {"name", "size", "here"}  # half a name fetches nothing
        right = column == "size"
        table.add_column(column, justify="right" if right else "left", no_wrap=whole, overflow="fold")
    for entry in store.catalogue.entries.values():
        title = f"{entry.title} {entry.quantization}"
        table.add_row(_name(entry), title, _size(entry), store.state(entry.name), entry.use)
    console.print(table)


@models.command()
def show(name: Name, as_json: options.Json = False) -> None:
    """Show all about one model.

    Example:

      tinyagent models show coder-1.5b
    """
    store = _store()
    data = _data(store, store.catalogue.get(name))
    if as_json:
        print_json(data)
        return
    for key, value in data.items():
        shown = ", ".join(value) if isinstance(value, tuple) else str(value)
        Console(highlight=False, soft_wrap=True).print(Text.assemble((f"{key:13}", "dim"), shown))


@models.command()
def pull(name: Name = DEFAULT_MODEL) -> None:
    """Fetch a model; goes on where an interrupted try stopped, and checks what arrived.

    Examples:

      tinyagent models pull

      tinyagent models pull smollm2-135m
    """
    path = fetch(_store(), name)
    Console(highlight=False, soft_wrap=True).print(Text(f"{name} is ready: {path}"))


@models.command()
def export(
    out: Annotated[Path, typer.Argument(metavar="FILE", help="The GGUF file to write.")],
    model: Annotated[str, typer.Option(help="A model of the catalogue.")] = DEFAULT_MODEL,
    adapter: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Of 'tinyagent train planner'; ours by default.")
    ] = None,
) -> None:
    """Write a model merged with its adapter, rounded to 4 bits, for llama.cpp and programs that use it.

    Examples:

      tinyagent models export planner.gguf

      tinyagent models export mine.gguf --adapter build/planner/adapter.gguf
    """
    store = _store()
    chosen = adapter or adapter_of_ours(store.catalogue.get(model))
    if chosen is None:
        raise typer.BadParameter(f"{model} comes without an adapter; give one.", param_hint="--adapter")
    from planner.runtime.merge import merge  # noqa: PLC0415 (llama.cpp is slow to load)
    from planner.runtime.network import NetworkError  # noqa: PLC0415

    try:
        merge(store.path(model), chosen, out)
    except NetworkError as error:
        raise ModelUnavailable(f"Nothing was written: {error}.") from error
    print(f"{out} ({out.stat().st_size / 1e6:,.0f} MB) plans without examples.")


@models.command()
def remove(name: Name) -> None:
    """Delete a model's file from this machine.

    Example:

      tinyagent models remove smollm2-135m
    """
    existed = _store().remove(name)
    print(f"{name} was removed." if existed else f"{name} was not here.")


def _name(entry: Entry) -> Text:
    return Text(entry.name, style="bold" if entry.name == DEFAULT_MODEL else "", overflow="fold")


def _size(entry: Entry) -> str:
    return f"{entry.size / 1e6:,.0f} MB"


def _store() -> ModelStore:
    return ModelStore(models_folder(), Catalogue.load())


def _data(store: ModelStore, entry: Entry) -> dict[str, object]:
    return asdict(entry) | {"state": store.state(entry.name), "file": str(store.file(entry.name))}
