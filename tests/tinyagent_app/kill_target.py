"""The process that the kill tests kill: it works on a profile through the real journal.

Or it is `tinyagent` itself ("ask").

A server reads jobs from standard input, one JSON object a line, and forks a child for each, so that
a kill costs milliseconds and not a program start. `crash_at` counts executed lines of the journal's
own code: before the n-th line the child is killed, either by itself (`exact`), or by the server as
soon as it has read the n-th byte from the child's pipe, while the child goes on running.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import planner.attempt
import planner.executor
import tinyagent_app.journal
import tools.mail
from planner.plan import Step
from tests.support import make_context
from tests.tinyagent_app.trees import record
from tinyagent_app.cli import main as main_of_the_program
from tinyagent_app.journal import Journal, Outcome
from tools.context import Changes
from tools.errors import ToolError
from tools.spec import Effect

JOURNAL = str(Path(tinyagent_app.journal.__file__).parent)
EXECUTION = (
    JOURNAL,
    tools.mail.__file__.removesuffix("mail.py"),
    planner.executor.__file__,
    planner.attempt.__file__,
)
"""Where the lines of a whole request count: what executes steps, and the tools."""


def fill(base: Path) -> None:
    """The profile as the user had it before: files, a read-only one, a link, folders."""
    context = make_context(base / "profile")
    for number, name in enumerate(["a.md", "b.md", "work/c.md"]):
        path = context.folders.notes / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(record(number))
    (context.folders.notes / "b.md").chmod(0o440)
    (context.folders.notes / "link.md").symlink_to("a.md")


def appending(data: bytes) -> Callable[[bytes | None], bytes]:
    """An edit that adds `data` at the end."""
    return lambda old: (old or b"") + data


def plain_work(changes: Changes, notes: Path) -> None:
    """One change of every kind, each on ground that the one before prepared."""
    changes.create(notes / "new" / "deep" / "d.md", record(10))
    changes.update(notes / "b.md", lambda old: (old or b"") + record(11))
    changes.delete(notes / "work" / "c.md")
    changes.update(notes / "link.md", lambda old: (old or b"") + record(12))
    changes.delete(notes / "link.md")


def random_work(changes: Changes, notes: Path, seed: int) -> None:
    """Twelve changes at random places; those that can't be are skipped."""
    choose = random.Random(seed)
    names = ["a.md", "b.md", "work/c.md", "new/d.md", "new/e.md", "link.md", "x/y/z.md"]
    for number in range(12):
        path = notes / choose.choice(names)
        try:
            match choose.choice(["create", "update", "update", "delete"]):
                case "create":
                    changes.create(path, record(seed * 100 + number))
                case "update":
                    data = record(seed * 100 + number)
                    changes.update(path, appending(data))
                case "delete":
                    changes.delete(path)
        except (FileExistsError, FileNotFoundError):
            continue


def work(base: Path, seed: int | None) -> None:
    """One run. Without a seed: one plain step. With a seed: two steps at once, at random."""
    journal = Journal.open(base / "journal")
    run = journal.start_run(f"seed {seed}", "none")
    recorder = run.recorder(make_context(base / "profile"))

    def step(number: int) -> None:
        record = recorder.begin(Step(number, "work", {}), {}, Effect.LOCAL_WRITE)
        notes = record.context.folders.notes
        if seed is None:
            plain_work(record.context.changes, notes)
        else:
            random_work(record.context.changes, notes, seed + number)
        record.succeeded("", "Done.")

    if seed is None:
        step(1)
    else:
        threads = [threading.Thread(target=step, args=(number,)) for number in (1, 2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    run.finish(None, Outcome.DONE, "Done.")
    journal.close()


def undo(base: Path) -> None:
    """Recover, and undo every run, newest first."""
    journal = Journal.open(base / "journal")
    journal.recover()
    for run in journal.history(limit=1000):
        if not run.undone:
            report = journal.undo(run.id)
            if report.conflicts:
                raise ToolError(str(report.conflicts))
    journal.close()


def trace(reached: Callable[[], None], packages: tuple[str, ...]) -> None:
    """Call `reached` before every line of the packages' code, in all threads."""

    def on_line(frame: FrameType, event: str, arg: Any) -> Any:
        if event == "line":
            reached()
        return on_line

    def on_call(frame: FrameType, event: str, arg: Any) -> Any:
        return on_line if frame.f_code.co_filename.startswith(packages) else None

    threading.settrace(on_call)
    sys.settrace(on_call)


def child(job: dict[str, Any], pipe: int) -> None:
    """Do the job, with a byte into the pipe, or death, at every line."""
    lines = 0

    def reached() -> None:
        nonlocal lines
        lines += 1
        if job["exact"] and lines == job["crash_at"]:
            os.kill(os.getpid(), signal.SIGKILL)
        if not job["exact"] or job["crash_at"] is None:
            os.write(pipe, b".")

    if job["do"] == "ask":
        trace(reached, EXECUTION)
        ask(job["arguments"], job["environment"])
        return
    trace(reached, (JOURNAL,))
    base = Path(job["base"])
    work(base, job["seed"]) if job["do"] == "work" else undo(base)


def ask(arguments: list[str], environment: dict[str, str]) -> None:
    """The whole program, as its console script starts it. SystemExit."""
    os.environ.update(environment)
    silent = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(silent, descriptor)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115 (the program finds its own unread)
    sys.argv = ["tinyagent", *arguments]
    main_of_the_program()


def supervise(job: dict[str, Any]) -> dict[str, int]:
    """Fork a child for the job; kill it at the n-th byte; how it ended, and how many lines it ran."""
    reading, writing = os.pipe()
    process = os.fork()
    if process == 0:
        os.close(reading)
        try:
            child(job, writing)
        except SystemExit as end:
            os._exit(end.code if isinstance(end.code, int) else 1)
        except BaseException:
            sys.excepthook(*sys.exc_info())
            os._exit(1)
        os._exit(0)
    os.close(writing)
    lines = 0
    while got := os.read(reading, 1):
        lines += len(got)
        if not job["exact"] and lines == job["crash_at"]:
            os.kill(process, signal.SIGKILL)
    os.close(reading)
    _, status = os.waitpid(process, 0)
    return {"code": os.waitstatus_to_exitcode(status), "lines": lines}


def hold(base: Path) -> None:
    """Be in the middle of a step until standard input ends."""
    journal = Journal.open(base / "journal")
    run = journal.start_run("hold", "none")
    recorder = run.recorder(make_context(base / "profile"))
    recorder.begin(Step(1, "hold", {}), {}, Effect.LOCAL_WRITE)
    print(run.id, flush=True)
    sys.stdin.read()


def append(base: Path, times: int) -> None:
    """Append records to one note, as often as told."""
    journal = Journal.open(base / "journal")
    run = journal.start_run("append", "none")
    context = (
        run.recorder(make_context(base / "profile"))
        .begin(Step(1, "append", {}), {}, Effect.LOCAL_WRITE)
        .context
    )
    print("ready", flush=True)
    sys.stdin.readline()
    for number in range(times):
        context.changes.update(
            context.folders.notes / "shared.md",
            appending(record(number, 100)),
        )
    run.finish(None, Outcome.DONE, "")


def main() -> None:
    match sys.argv[1:]:
        case ["hold", base]:
            hold(Path(base))
        case ["append", base, times]:
            append(Path(base), int(times))
        case _:
            for line in sys.stdin:
                print(json.dumps(supervise(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
