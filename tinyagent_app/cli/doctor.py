"""`tinyagent doctor`: looks whether everything is in place, and says what to do if not."""

from __future__ import annotations

import asyncio
import importlib.metadata
import platform
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime

import typer
from rich.console import Console
from rich.text import Text

from tinyagent_app.cli import options
from tinyagent_app.cli.failures import EXPECTED, Exit, explain
from tinyagent_app.cli.output import print_json
from tinyagent_app.models import Catalogue, ModelStore
from tinyagent_app.models.store import model_path
from tinyagent_app.opening import make_server, open_journal, set_up
from tinyagent_app.profiles import Profile, models_folder
from tinyagent_app.text import printable
from tools.registry import all_tools

LEAST_FREE = 500 << 20  # bytes
SLOW = (
    "It was compiled with AMX kernels, which crash on many machines, and works without its fast ones. "
    "Prompts are read faster after: "
    "CMAKE_ARGS='-DCMAKE_C_FLAGS=-U__AMX_INT8__ -DCMAKE_CXX_FLAGS=-U__AMX_INT8__' pip install "
    "--force-reinstall --no-deps --no-cache-dir llama-cpp-python"
)


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: str
    ok: bool
    found: str
    advice: str = ""


def doctor(profile: options.Profile = "default", as_json: options.Json = False) -> None:
    """Check the installation, the model and the profile, and say what to do about problems.

    Example:

      tinyagent doctor --profile demo
    """
    checks = list(_checks(profile))
    if as_json:
        print_json([asdict(check) for check in checks])
    else:
        _print(checks)
    if not all(check.ok for check in checks):
        raise typer.Exit(Exit.FAILED)


def _checks(name: str) -> Iterator[Check]:
    yield Check("Python", True, platform.python_version())
    yield _llama()
    opened: list[Profile] = []

    def profile() -> str:
        opened.append(set_up(name, datetime.now()))
        return f"{name}: {opened[0].data_folder}"

    yield _attempt("profile", profile)
    if opened:
        yield _attempt("model", lambda: _model(opened[0]))
        yield _space(opened[0])
    yield _attempt("journal", lambda: _journal(name))
    yield _attempt("time zone", _zone)
    yield _plugins()


def _attempt(name: str, look: Callable[[], str]) -> Check:
    try:
        return Check(name, True, look())
    except EXPECTED as error:
        failure = explain(error)
        return Check(name, False, failure.message, failure.hint)


def _llama() -> Check:
    try:
        from planner.runtime.network import crashing_kernels  # noqa: PLC0415 (loads the compiled library)

        slow = crashing_kernels()
    except (ImportError, OSError) as error:
        return Check("llama.cpp", False, f"It can't be loaded: {error}.", "Install llama-cpp-python again.")
    found = f"llama-cpp-python {importlib.metadata.version('llama-cpp-python')}"
    return Check("llama.cpp", True, found, SLOW if slow else "")


def _model(profile: Profile) -> str:
    settings = profile.settings
    if settings.server.url:
        asyncio.run(_ask_server(profile))
        return f"{settings.server.model} at {settings.server.url}"
    path = model_path(ModelStore(models_folder(), Catalogue.load()), settings.model)
    return f"{settings.model}: {path.stat().st_size / 1e6:,.0f} MB, verified"


async def _ask_server(profile: Profile) -> None:
    server = make_server(profile)
    try:
        await server.check()
    finally:
        await server.close()


def _space(profile: Profile) -> Check:
    free = shutil.disk_usage(profile.data_folder).free
    advice = "" if free > LEAST_FREE else "Free some space; changes need room for their undo records."
    return Check("disk", free > LEAST_FREE, f"{free / 1e9:.1f} GB free", advice)


def _journal(name: str) -> str:
    with open_journal(name) as journal:
        latest = journal.history(limit=1)
    return f"{latest[0].id} requests" if latest else "no requests yet"


def _zone() -> str:
    from tools.moments import local_zone  # noqa: PLC0415

    return str(local_zone())


def _plugins() -> Check:
    found = all_tools()
    problems = " ".join(problem.message for problem in found.problems)
    return Check("tools", not found.problems, f"{len(found.tools)} tools {problems}".strip())


def _print(checks: list[Check]) -> None:
    console = Console(highlight=False, soft_wrap=True)
    for check in checks:
        mark = Text("✓", style="green") if check.ok else Text("✗", style="red")
        console.print(Text.assemble(mark, f" {check.name:10} {printable(check.found)}"))
        if check.advice:
            console.print(Text(f"             {printable(check.advice)}", style="dim"))
