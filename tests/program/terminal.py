"""The program on a terminal of its own, as a person uses it: what is shown is read, what is typed is sent."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import select
import signal
import subprocess
import sys
from collections.abc import Iterator

from tests.program.conftest import Program

DEADLINE = 120.0  # seconds without any output after which a test gives up
STYLE = re.compile(r"\x1b\[[0-9;]*m")


class Terminal:
    """A running program and the other end of its terminal."""

    def __init__(self, process: subprocess.Popen[bytes], master: int) -> None:
        self._process, self._master = process, master
        self._received, self._seen = b"", 0

    @property
    def shown(self) -> str:
        """All that was shown so far, without colours."""
        return STYLE.sub("", self._received.decode(errors="replace"))

    def expect(self, text: str) -> None:
        """Wait until the text is shown, after what was expected before."""
        while (at := self.shown.find(text, self._seen)) < 0:
            assert self._read(), f"{text!r} was never shown: {self.shown}"
        self._seen = at + len(text)

    def type(self, keys: bytes) -> None:
        """Press keys."""
        os.write(self._master, keys)

    def interrupt(self) -> None:
        """What Ctrl-C does."""
        self._process.send_signal(signal.SIGINT)

    def end(self) -> int:
        """Wait for the program's end; its exit code."""
        while self._read():
            pass
        return self._process.wait(DEADLINE)

    def _read(self) -> bool:
        ready, _, _ = select.select([self._master], [], [], DEADLINE)
        assert ready, f"nothing more was shown: {self.shown}"
        with contextlib.suppress(OSError):  # the program's end
            piece = os.read(self._master, 65536)
            self._received += piece
            return bool(piece)
        return False


@contextlib.contextmanager
def terminal(program: Program, *arguments: str) -> Iterator[Terminal]:
    """`tinyagent` on a terminal."""
    master, slave = pty.openpty()
    environment = {**program.environment, "TERM": "xterm", "COLUMNS": "200"}
    with subprocess.Popen(
        [sys.executable, "-m", "tinyagent_app", *arguments],
        stdin=slave, stdout=slave, stderr=slave, env=environment, start_new_session=True,
    ) as process:  # fmt: skip
        os.close(slave)
        try:
            yield Terminal(process, master)
        finally:
            process.kill()
            os.close(master)
