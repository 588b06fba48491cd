"""`tinyagent`: the root command. Without a sub-command on a terminal it opens the chat."""

from __future__ import annotations

import contextlib
import itertools
import logging
import os
import sys
import threading
from importlib.metadata import version
from typing import Annotated, NoReturn

import typer

from tinyagent_app.cli import options
from tinyagent_app.cli.ask import ask
from tinyagent_app.cli.bench import bench
from tinyagent_app.cli.chat import chat
from tinyagent_app.cli.doctor import doctor
from tinyagent_app.cli.evaluate import evaluate
from tinyagent_app.cli.failures import EXPECTED, Exit, Failure, defect, explain
from tinyagent_app.cli.history import history
from tinyagent_app.cli.models import models
from tinyagent_app.cli.output import abandon, prepare_streams, set_up_logging
from tinyagent_app.cli.plan import plan
from tinyagent_app.cli.tools import tools
from tinyagent_app.cli.train import train
from tinyagent_app.cli.undo import undo

log = logging.getLogger(__name__)

UsageError: type[typer.BadParameter] = typer.BadParameter.__mro__[1]
"""What the parser of the command line raises: the base of BadParameter, which typer does not export."""

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
app.add_typer(train, name="train")
app.add_typer(evaluate, name="eval")


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
    verbose: options.Verbose = False,
) -> None:
    """A private assistant: a small language model on this machine plans, your own tools act.

    Examples:

      tinyagent ask "what is on my calendar tomorrow?" --profile demo

      tinyagent models pull
    """
    del show_version, verbose  # both are seen to before
    if context.invoked_subcommand is None:
        if not sys.stdin.isatty():
            print(context.get_help())
            raise typer.Exit
        chat()


def main() -> None:
    """Run a command; every error becomes a message and an exit code."""
    prepare_streams()
    set_up_logging(verbose=_given("-v", "--verbose"))
    _leave(_run())


def _run() -> int:
    try:
        code = int(app(standalone_mode=False) or Exit.DONE)
        sys.stdout.flush()
    except BrokenPipeError:
        abandon(sys.stdout)  # the reader of our output is gone; nothing to tell anybody
        return Exit.FAILED
    except UsageError as error:
        if not _given("--json"):
            error.show()
            return Exit.USAGE
        return _tell(Failure(error.format_message(), "", Exit.USAGE))
    except EXPECTED as error:
        return _tell(explain(error))
    except Exception as error:  # the last resort: a traceback helps only those who asked for it
        log.info("the defect", exc_info=True)
        return _tell(defect(error))
    # The parser of the command line turns Ctrl-C into this code before it can be caught here.
    return _tell(Failure("Stopped.", "", Exit.INTERRUPTED)) if code == Exit.INTERRUPTED else code


def _leave(code: int) -> NoReturn:
    """End the program with this code.

    A tool that was stopped may still run in its thread. Python's own end would take the libraries away
    under it, which crashes: then everything is written out, and the process just ends.
    """
    if threading.active_count() > 1:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError):
                stream.flush()
        os._exit(code)
    sys.exit(code)


def _tell(failure: Failure) -> int:
    """Print the failure, to standard error if standard output can't be written; its exit code."""
    try:
        failure.print(as_json=_given("--json"))
        sys.stdout.flush()
    except OSError:
        abandon(sys.stdout)
        with contextlib.suppress(OSError):
            failure.print(as_json=False)
    return failure.code


def _given(*flags: str) -> bool:
    """Whether the command line has one of the flags: known also when it can't be parsed."""
    options_given = itertools.takewhile(lambda argument: argument != "--", sys.argv[1:])
    return not set(flags).isdisjoint(options_given)
