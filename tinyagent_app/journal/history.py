"""What happened, for `tinyagent history`: plain data, ready for JSON (`dataclasses.asdict`)."""

from __future__ import annotations

import json
import os
import sqlite3
from dataclasses import dataclass
from typing import Any

from tinyagent_app.journal.recorder import clean
from tinyagent_app.journal.store import Store
from tools.errors import NotFound


@dataclass(frozen=True, slots=True)
class RunSummary:
    """One request. Times are UTC, ISO 8601."""

    id: int
    started: str
    ended: str | None
    request: str
    model: str
    outcome: str  # running, done, failed, refused, cancelled, interrupted
    answer: str
    steps: int
    changes: int  # files changed and not undone
    undone: str | None  # when; also if not all could be taken back: see `changes` and `sent`
    sent: int  # steps by which something left the machine, or may have


@dataclass(frozen=True, slots=True)
class StepSummary:
    """One run of one step. `sends`: something may have left the machine."""

    step: int
    tool: str
    args: dict[str, Any]
    effect: str
    state: str  # started, succeeded, failed, revoked, interrupted
    value: Any
    text: str
    sends: bool
    started: str
    ended: str | None


@dataclass(frozen=True, slots=True)
class ChangeSummary:
    """One change of a file."""

    step: int
    time: str
    path: str
    action: str  # created, updated, deleted
    state: str
    undoable: bool  # as far as the journal can tell; the file may have been changed since


@dataclass(frozen=True, slots=True)
class RunDetail:
    """A request with all that was done for it."""

    run: RunSummary
    plan: list[dict[str, Any]] | None
    steps: list[StepSummary]
    changes: list[ChangeSummary]


_SUMMARY = """
SELECT id, started, ended, request, model, outcome, answer, undone,
  (SELECT count(*) FROM steps WHERE run = runs.id) AS steps,
  (SELECT count(*) FROM changes
   WHERE run = runs.id AND state IN ('applied', 'conflict', 'undoing')) AS changes,
  (SELECT count(*) FROM steps WHERE run = runs.id AND sends) AS sent
FROM runs
"""


def history(store: Store, limit: int, query: str) -> list[RunSummary]:
    """The latest requests, newest first, whose request or answer contains `query` (ASCII case ignored)."""
    query = clean(query)  # as the texts were when they were written
    pattern = "%" + query.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_") + "%"
    rows = store.database.rows(
        f"{_SUMMARY} WHERE request LIKE ?1 ESCAPE '\\' OR answer LIKE ?1 ESCAPE '\\'"
        " ORDER BY id DESC LIMIT ?2",
        (pattern, limit),
    )
    return [RunSummary(**dict(row)) for row in rows]


def show(store: Store, run: int) -> RunDetail:
    """One request. NotFound."""
    rows = store.database.rows(f"{_SUMMARY} WHERE id = ?", (run,))
    if not rows:
        raise NotFound(f"There is no request number {run} in the history.", hint="See `tinyagent history`.")
    (plan,) = store.database.rows("SELECT plan FROM runs WHERE id = ?", (run,))[0]
    steps = store.database.rows("SELECT * FROM steps WHERE run = ? ORDER BY id", (run,))
    changes = store.database.rows(
        "SELECT step, time, path, state, kept, before_sha256, after_sha256"
        " FROM changes WHERE run = ? ORDER BY id",
        (run,),
    )
    return RunDetail(
        RunSummary(**dict(rows[0])),
        json.loads(plan) if plan else None,
        [_step(row) for row in steps],
        [_change(row) for row in changes],
    )


def _step(row: sqlite3.Row) -> StepSummary:
    return StepSummary(
        step=row["step"],
        tool=row["tool"],
        args=json.loads(row["args"]),
        effect=row["effect"],
        state=row["state"],
        value=json.loads(row["value"]) if row["value"] else None,
        text=row["text"],
        sends=bool(row["sends"]),
        started=row["started"],
        ended=row["ended"],
    )


def _change(row: sqlite3.Row) -> ChangeSummary:
    created, deleted = row["before_sha256"] is None, row["after_sha256"] is None
    return ChangeSummary(
        step=row["step"],
        time=row["time"],
        path=os.fsdecode(row["path"]),
        action="created" if created else "deleted" if deleted else "updated",
        state=row["state"],
        undoable=row["state"] in {"applied", "conflict"} and bool(row["kept"]),
    )
