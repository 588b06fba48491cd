"""The rows that say what was changed, and the contents there were before.

A row is written before its change happens ("intended") and follows it through its life:

    intended ──▶ applied ──▶ undoing ──▶ undone
        └──▶ void (it did not happen)
    conflict: a crash left it open, and somebody has written the file since

Contents of more than `LARGE` bytes lie in a file of their own beside the database.
"""

from __future__ import annotations

import contextlib
import enum
import os
import secrets
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tinyagent_app.journal import atomic
from tinyagent_app.journal.atomic import Content
from tinyagent_app.journal.database import Database
from tinyagent_app.journal.errors import JournalUnavailable, explain
from tools.errors import ToolError

LARGE = 32 * 1024 * 1024  # bytes
Clock = Callable[[], datetime]


class State(enum.StrEnum):
    """Where a change is in its life."""

    INTENDED = "intended"
    APPLIED = "applied"
    UNDOING = "undoing"
    UNDONE = "undone"
    VOID = "void"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class Entry:
    """The row of a step, under which its changes are recorded."""

    row: int
    run: int
    step: int


@dataclass(frozen=True, slots=True)
class Change:
    """One change, without the contents (see `ChangeLog.before`)."""

    id: int
    run: int
    step: int
    path: Path
    token: str
    state: State
    before: str | None  # fingerprints; None: no file
    after: str | None
    kept: bool
    time: str

    @property
    def temporary(self) -> Path:
        """The temporary file that applying or undoing it uses."""
        return atomic.temporary(self.path, self.token)


class ChangeLog:
    """Changes in the database. All methods may raise JournalUnavailable."""

    def __init__(self, database: Database, side: Path, clock: Clock) -> None:
        self._database, self._side, self._clock = database, side, clock

    def intend(self, entry: Entry, path: Path, before: Content | None, after: Content | None) -> Change:
        """Record, durably, that `path` is about to change."""
        token = f"{entry.run}-{secrets.token_hex(8)}"
        stored = before.data if before else None
        size = len(stored or b"")
        if stored is not None and size > LARGE:
            self._save(token, stored)
            stored = None
        values = (
            *(entry.row, entry.run, entry.step, timestamp(self._clock), os.fsencode(path), token),
            *(State.INTENDED, atomic.fingerprint(before), atomic.fingerprint(after)),
            *(before.mode if before else None, bool(before and before.link), size, stored),
        )
        with self._database.transaction(durable=True) as connection:
            cursor = connection.execute(
                "INSERT INTO changes (entry, run, step, time, path, token, state, before_sha256,"
                " after_sha256, mode, link, size, before, kept) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,1)",
                values,
            )
        return self.get(cursor.lastrowid or 0)

    def get(self, change: int) -> Change:
        """The change as it stands now."""
        return self._select("WHERE id = ?", (change,))[0]

    def before(self, change: Change) -> Content | None:
        """The contents before the change; None: there was no file. ToolError if they are lost."""
        if change.before is None:
            return None
        (row,) = self._database.rows("SELECT before, mode, link FROM changes WHERE id = ?", (change.id,))
        data = row["before"]
        if data is None:
            side = self._side / change.token
            try:
                data = side.read_bytes()
            except OSError as error:
                raise explain(error, side) from error
        content = Content(data, row["mode"], bool(row["link"]))
        if content.fingerprint != change.before:
            raise ToolError(f"The old contents of {change.path.name} in the journal are damaged.")
        return content

    def mark(self, change: Change, state: State) -> None:
        """Note the state; durable if something is about to happen. Contents no longer needed are dropped."""
        drop = ", before = NULL, kept = 0, size = 0" if state in {State.VOID, State.UNDONE} else ""
        with self._database.transaction(durable=state is State.UNDOING) as connection:
            connection.execute(f"UPDATE changes SET state = ?{drop} WHERE id = ?", (state, change.id))  # noqa: S608
        if drop:
            self._drop_side(change.token)

    def unsettled(self) -> Sequence[Change]:
        """Changes whose doing or undoing began and did not end, oldest first."""
        return self._select("WHERE state IN ('intended', 'undoing') ORDER BY id")

    def of_run(self, run: int, step: int | None = None) -> Sequence[Change]:
        """The changes of a run, or of one of its steps, oldest first."""
        if step is None:
            return self._select("WHERE run = ? ORDER BY id", (run,))
        return self._select("WHERE run = ? AND step = ? ORDER BY id", (run, step))

    def later_runs(self, change: Change) -> list[int]:
        """The runs, its own included, that changed the same file afterwards and were not undone."""
        rows = self._database.rows(
            "SELECT DISTINCT run FROM changes WHERE path = ? AND id > ? AND state = 'applied'",
            (os.fsencode(change.path), change.id),
        )
        return [row["run"] for row in rows]

    def found_by_next(self, change: Change) -> str | bool | None:
        """The fingerprint that the next change of the same file found (None: no file); False without one."""
        rows = self._database.rows(
            "SELECT before_sha256 FROM changes WHERE path = ? AND id > ? ORDER BY id LIMIT 1",
            (os.fsencode(change.path), change.id),
        )
        return rows[0]["before_sha256"] if rows else False

    def expire(self, changes: Iterable[int]) -> None:
        """Drop the old contents of changes; they can't be undone any more."""
        for change in map(self.get, changes):
            with self._database.transaction() as connection:
                connection.execute(
                    "UPDATE changes SET before = NULL, kept = 0, size = 0 WHERE id = ?", (change.id,)
                )
            self._drop_side(change.token)

    def claim_folders(self, folders: Iterable[Path]) -> None:
        """Note, durably, that these folders are about to be made by us."""
        with self._database.transaction(durable=True) as connection:
            connection.executemany(
                "INSERT OR IGNORE INTO folders (path) VALUES (?)", [(os.fsencode(f),) for f in folders]
            )

    def is_our_folder(self, folder: Path) -> bool:
        """Whether we made it."""
        return bool(self._database.rows("SELECT 1 FROM folders WHERE path = ?", (os.fsencode(folder),)))

    def forget_folder(self, folder: Path) -> None:
        """It is gone."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM folders WHERE path = ?", (os.fsencode(folder),))

    def drop_orphans(self, run: int) -> None:
        """Remove side files of a dead run that no change refers to."""
        used = {change.token for change in self.of_run(run)}
        for side in self._side.glob(f"{run}-*"):
            if side.name not in used:
                self._drop_side(side.name)

    def _select(self, where: str, parameters: Sequence[object] = ()) -> list[Change]:
        columns = "id, run, step, path, token, state, before_sha256, after_sha256, kept, time"
        rows = self._database.rows(f"SELECT {columns} FROM changes {where}", parameters)  # noqa: S608
        return [_change(row) for row in rows]

    def _save(self, token: str, data: bytes) -> None:
        side, content = self._side / token, Content(data, 0o600)
        try:
            if (descriptor := atomic.begin(side, content)) is not None:
                atomic.fill(descriptor, content)
            atomic.sync_folder(self._side)
        except OSError as error:
            atomic.discard(side)
            failure = explain(error, side)
            raise JournalUnavailable(str(failure), failure.hint) from error

    def _drop_side(self, token: str) -> None:
        with contextlib.suppress(OSError):
            (self._side / token).unlink(missing_ok=True)


def timestamp(clock: Clock) -> str:
    """Now, as the journal writes times: UTC, ISO 8601, milliseconds."""
    return clock().isoformat(timespec="milliseconds")


def _change(row: sqlite3.Row) -> Change:
    return Change(
        id=row["id"],
        run=row["run"],
        step=row["step"],
        path=Path(os.fsdecode(row["path"])),
        token=row["token"],
        state=State(row["state"]),
        before=row["before_sha256"],
        after=row["after_sha256"],
        kept=bool(row["kept"]),
        time=row["time"],
    )
