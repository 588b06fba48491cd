"""The other end of `kill_target`: starts its server and gives it jobs."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
KILLED = -9


def start(*arguments: str) -> subprocess.Popen[str]:
    """`kill_target` as a process with pipes."""
    command = [sys.executable, "-m", "tests.tinyagent_app.kill_target", *arguments]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


class Target:
    """The server that forks what is killed."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    @classmethod
    @contextlib.contextmanager
    def started(cls) -> Iterator[Target]:
        """A server, stopped at the end of the block."""
        with start() as process:
            yield cls(process)
            assert process.stdin is not None
            process.stdin.close()

    def run(
        self,
        base: Path,
        *,
        do: str = "work",
        seed: int | None = None,
        at: int | None = None,
        exact: bool = True,
    ) -> dict[str, int]:
        """Do a job of `kill_target`, killed at the `at`-th line; how it ended, and its lines."""
        return self._job({"base": str(base), "do": do, "seed": seed, "crash_at": at, "exact": exact})

    def ask(self, arguments: list[str], environment: dict[str, str], at: int | None = None) -> dict[str, int]:
        """Run `tinyagent` with these arguments, killed while the `at`-th line runs."""
        job = {"do": "ask", "arguments": arguments, "environment": environment}
        return self._job(job | {"crash_at": at, "exact": False})

    def _job(self, job: dict[str, object]) -> dict[str, int]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        answer: dict[str, int] = json.loads(self._process.stdout.readline())
        assert answer["code"] in {0, KILLED}, answer
        return answer
