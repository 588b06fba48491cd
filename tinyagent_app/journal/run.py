"""A run: one request, from its start to its answer."""

from __future__ import annotations

import enum
import json
import threading

from planner.plan import Plan
from tinyagent_app.journal.locks import RunLock
from tinyagent_app.journal.recorder import RunRecorder, clean
from tinyagent_app.journal.store import Store
from tools.context import ToolContext


class Outcome(enum.StrEnum):
    """How a run ended. Beside these the history knows "running" and "interrupted" (its process died)."""

    DONE = "done"
    FAILED = "failed"
    REFUSED = "refused"
    CANCELLED = "cancelled"


class Run:
    """A request that is being worked on. `finish` must be called; a run without it counts as interrupted."""

    def __init__(self, store: Store, run: int, lock: RunLock) -> None:
        """Made by `Journal.start_run`; `lock` is held to the end."""
        self.id = run
        self._store, self._held = store, lock
        self._lock = threading.Lock()
        self._recorders: list[RunRecorder] = []
        self._finished = False

    def recorder(self, context: ToolContext) -> RunRecorder:
        """Records steps that run with `context`, whose `changes` are replaced."""
        recorder = RunRecorder(self._store, self.id, context)
        with self._lock:
            self._recorders.append(recorder)
        return recorder

    def finish(self, plan: Plan | None, outcome: Outcome, answer: str) -> None:
        """Close the run and revoke what is still open. Twice: the first counts. JournalUnavailable."""
        with self._lock:
            if self._finished:
                return
            self._finished = True
        steps = None if plan is None else json.dumps([step.json() for step in plan.steps])
        try:
            for recorder in self._recorders:
                recorder.close()
            with self._store.database.transaction() as connection:
                connection.execute(
                    "UPDATE runs SET ended = ?, plan = ?, outcome = ?, answer = ? WHERE id = ?",
                    (self._store.now(), steps, outcome, clean(answer), self.id),
                )
        finally:
            self._held.release()


def start_run(store: Store, request: str, model: str) -> Run:
    """Begin a run. The lock that says that it is alive is held before anybody can see it."""
    with store.database.transaction() as connection:
        run = connection.execute(
            "INSERT INTO runs (started, request, model, outcome) VALUES (?, ?, ?, 'running')",
            (store.now(), clean(request), clean(model)),
        ).lastrowid
        lock = store.locks.run(run or 0)
        if run is None or lock is None:
            raise RuntimeError("the number of a new run is taken")  # SQLite does not give one out twice
    return Run(store, run, lock)
