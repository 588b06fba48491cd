"""`tinyagent models`: what can be fetched, what is here."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn, TransferSpeedColumn
from rich.table import Table
from rich.text import Text

from tinyagent_app.cli import options
from tinyagent_app.models import Catalogue, Entry, ModelStore
from tinyagent_app.profiles import models_folder
from tinyagent_app.settings import DEFAULT_MODEL

models = typer.Typer(no_args_is_help=True, help="List, fetch and show language models.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="A name of 'tinyagent models list'.")]


@models.command("list")
def list_models(as_json: options.Json = False) -> None:
    """List the models of the catalogue and which are here."""
    store = _store()
    if as_json:
        print(json.dumps([_data(store, entry) for entry in store.catalogue.entries.values()]))
        return
    table = Table(box=None, header_style="dim", pad_edge=False)
    for column in ("name", "model", "size", "here", "use"):
        table.add_column(column, justify="right" if column == "size" else "left")
    for entry in store.catalogue.entries.values():
        name = Text(entry.name, style="bold" if entry.name == DEFAULT_MODEL else "")
        size = f"{entry.size / 1e6:,.0f} MB"
        table.add_row(name, f"{entry.title} {entry.quantization}", size, store.state(entry.name), entry.use)
    Console().print(table)


@models.command()
def show(name: Name, as_json: options.Json = False) -> None:
    """Show all about one model."""
    store = _store()
    data = _data(store, store.catalogue.get(name))
    if as_json:
        print(json.dumps(data))
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
    store = _store()
    entry = store.catalogue.get(name)
    console = Console(stderr=True)
    columns = (entry.title, BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=entry.size)
        path = store.pull(name, lambda done, total: progress.update(task, completed=done, total=total))
    Console(highlight=False, soft_wrap=True).print(Text(f"{name} is ready: {path}"))


@models.command()
def remove(name: Name) -> None:
    """Delete a model's file from this machine."""
    existed = _store().remove(name)
    print(f"{name} was removed." if existed else f"{name} was not here.")


def _store() -> ModelStore:
    return ModelStore(models_folder(), Catalogue.load())


def _data(store: ModelStore, entry: Entry) -> dict[str, object]:
    return asdict(entry) | {"state": store.state(entry.name), "file": str(store.file(entry.name))}
