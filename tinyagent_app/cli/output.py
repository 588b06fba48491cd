"""Standard streams that take every character, and the forms in which commands write to them.

A file's name need not be text, a mail holds anything, and a terminal may know few characters: none of
that may end a command, least of all after its work was done.
"""

from __future__ import annotations

import io
import json
import logging
import os
import sys
from typing import TextIO

from tinyagent_app.text import printable

NARROW = 60  # columns; below them a table is unreadable


def prepare_streams() -> None:
    """Once, before anything is opened: no standard stream is missing, and none fails at a character."""
    for name, mode, errors in (
        ("stdin", "r", "surrogateescape"),  # what is no text is refused as a request, with a sentence
        ("stdout", "w", "backslashreplace"),
        ("stderr", "w", "backslashreplace"),
    ):
        if getattr(sys, name) is None:
            # Closed by the caller. Its number must not go to the next file that is opened: that may be
            # the journal's, and what a library prints would be written into it.
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115
        stream = getattr(sys, name)
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=errors)


def abandon(stream: TextIO) -> None:
    """Nobody can read the stream any more: what is still to be written to it goes nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def set_up_logging(*, verbose: bool) -> None:
    """Log messages to standard error: warnings, and all that happens if `verbose`."""
    handler = logging.StreamHandler()
    handler.setFormatter(_Printable("%(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.INFO if verbose else logging.WARNING, handlers=[handler])
    logging.getLogger("httpx").setLevel(logging.WARNING)


class _Printable(logging.Formatter):
    """Messages name files, and a file's name can hold escape sequences."""

    def format(self, record: logging.LogRecord) -> str:
        """The message without control characters."""
        return printable(super().format(record))


def print_json(data: object) -> None:
    """Data on one line; characters that standard output does not know are written as JSON's escapes."""
    text = json.dumps(data, ensure_ascii=False)
    try:
        text.encode(sys.stdout.encoding)
    except UnicodeEncodeError:
        text = json.dumps(data)
    print(text)
