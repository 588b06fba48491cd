"""`tinyagent`: the root command. Without a sub-command on a terminal it opens the chat."""

from __future__ import annotations

import logging
import sys
from importlib.metadata import version
from typing import Annotated

import typer

from tinyagent_app.cli.ask import ask
from tinyagent_app.cli.bench import bench
from tinyagent_app.cli.chat import chat
from tinyagent_app.cli.doctor import doctor
from tinyagent_app.cli.failures import EXPECTED, Exit, explain
from tinyagent_app.cli.history import history, undo
from tinyagent_app.cli.models import models
from tinyagent_app.cli.plan import plan
from tinyagent_app.cli.tools import tools

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(ask)
app.command()(plan)
app.command()(chat)
app.command()(tools)
app.command()(history)
app.command()(undo)
app.command()(doctor)
app.add_typer(models, name="models")
app.add_typer(bench, name="bench")


def _version(wanted: bool) -> None:
    if wanted:
        print(f"tinyagent {version('tinyagent-app')}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def root(
    context: typer.Context,
    show_version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """A private assistant: a small language model on this machine plans, your own tools act.

    Examples:

      tinyagent ask "what is on my calendar tomorrow?" --profile demo

      tinyagent models pull
    """
    del show_version
    if context.invoked_subcommand is None:
        if not sys.stdin.isatty():
            print(context.get_help())
            raise typer.Exit
        chat()


def main() -> None:
    """Run a command; expected errors become a message and an exit code."""
    verbose = {"-v", "--verbose"} & set(sys.argv)
    logging.basicConfig(
        level=logging.INFO if verbose else logging.WARNING, format="%(levelname)s %(name)s: %(message)s"
    )
    logging.getLogger("httpx").setLevel(logging.WARNING)
    try:
        app()
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        sys.exit(Exit.INTERRUPTED)
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output is gone; nothing to tell anybody
        sys.exit(Exit.FAILED)
    except EXPECTED as error:
        failure = explain(error)
        failure.print(as_json="--json" in sys.argv)
        sys.exit(failure.code)
