"""The journal's database: one SQLite file that survives kill -9 and power cuts.

Commits that must be on the disk before something happens (intentions) are synced; the others only
have to survive the death of the process, which SQLite's write-ahead log does without a sync. What
they say can be worked out again from the files themselves (see `recovery`).
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tinyagent_app.journal.errors import JournalUnavailable

VERSION = 1
_WAIT = 10.0  # seconds that another process may hold the database
_SCHEMA = """
CREATE TABLE runs (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  started TEXT NOT NULL,
  ended TEXT,
  request TEXT NOT NULL,
  model TEXT NOT NULL,
  plan TEXT,                -- JSON: a list of steps
  outcome TEXT NOT NULL,
  answer TEXT NOT NULL DEFAULT '',
  undone TEXT
);
CREATE INDEX runs_running ON runs (id) WHERE outcome = 'running';
CREATE TABLE steps (
  id INTEGER PRIMARY KEY,
  run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
  step INTEGER NOT NULL,    -- the number in the plan; again for each attempt
  tool TEXT NOT NULL,
  args TEXT NOT NULL,       -- JSON
  effect TEXT NOT NULL,
  state TEXT NOT NULL,
  value TEXT,               -- JSON
  text TEXT NOT NULL DEFAULT '',
  sends INTEGER NOT NULL,   -- 1: something may have left the machine
  started TEXT NOT NULL,
  ended TEXT
);
CREATE INDEX steps_of_run ON steps (run, step);
CREATE TABLE changes (
  id INTEGER PRIMARY KEY AUTOINCREMENT,   -- also the order
  entry INTEGER NOT NULL REFERENCES steps ON DELETE CASCADE,
  run INTEGER NOT NULL,
  step INTEGER NOT NULL,
  time TEXT NOT NULL,
  path BLOB NOT NULL,       -- as the operating system writes it
  token TEXT NOT NULL,
  state TEXT NOT NULL,
  before_sha256 TEXT,       -- NULL: there was no file
  after_sha256 TEXT,        -- NULL: the file was removed
  mode INTEGER,             -- permission bits before
  link INTEGER NOT NULL,    -- 1: a symbolic link, `before` is its target
  size INTEGER NOT NULL,    -- bytes kept of the contents before
  before BLOB,              -- NULL: no file, not kept any more, or in a side file named by `token`
  kept INTEGER NOT NULL     -- 0: the contents before are gone, so it can't be undone
);
CREATE INDEX changes_of_run ON changes (run, id);
CREATE INDEX changes_of_path ON changes (path, id);
CREATE INDEX changes_of_entry ON changes (entry);
CREATE INDEX changes_unsettled ON changes (id) WHERE state IN ('intended', 'undoing');
CREATE INDEX changes_kept ON changes (id, size, time, state) WHERE size > 0;
CREATE TABLE folders (path BLOB PRIMARY KEY) WITHOUT ROWID;  -- made by us; removed when undo empties them
"""


class Database:
    """One connection, used by all threads in turn."""

    def __init__(self, path: Path) -> None:
        """Open the file, made if need be, readable by its owner only. JournalUnavailable."""
        self._path = path
        self._lock = threading.RLock()
        try:
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            path.chmod(0o600)  # SQLite gives its side files the same permissions
            self._connection = sqlite3.connect(
                path, timeout=_WAIT, isolation_level=None, check_same_thread=False
            )
        except (OSError, sqlite3.Error) as error:
            raise self._unavailable(error) from error
        try:
            self._prepare()
        except BaseException:
            self._connection.close()
            raise

    @contextlib.contextmanager
    def transaction(self, *, durable: bool = False) -> Iterator[sqlite3.Connection]:
        """All or nothing. `durable`: on the disk when it returns. JournalUnavailable if it can't be."""
        with self._lock, self._translated():
            self._connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    self._connection.execute("ROLLBACK")
                raise

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[sqlite3.Row]:
        """The rows of a query. JournalUnavailable."""
        with self._lock, self._translated():
            return self._connection.execute(sql, parameters).fetchall()

    def shrink(self) -> None:
        """Give freed pages back to the file system."""
        self.rows("PRAGMA incremental_vacuum")

    def close(self) -> None:
        """Close the connection; twice is fine."""
        with self._lock:
            self._connection.close()

    def _prepare(self) -> None:
        with self._translated():
            self._connection.row_factory = sqlite3.Row
            self._connection.execute("PRAGMA auto_vacuum = INCREMENTAL")  # heeded by a new file only
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA foreign_keys = ON")
        with self.transaction(durable=True) as connection:
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if version > VERSION:
                raise JournalUnavailable(
                    f"The journal was written by a newer TinyAgent (format {version}, "
                    f"this one knows {VERSION}).",
                    "Update TinyAgent, or use another profile.",
                )
            if version == 0:
                for statement in _SCHEMA.split(";\n"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {VERSION}")

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise self._unavailable(error) from error

    def _unavailable(self, error: Exception) -> JournalUnavailable:
        text = str(error)
        match text:
            case _ if text == "database or disk is full" or _is_full(self._path.parent):
                message, hint = "The disk is full", "Free some space and try again."
            case "file is not a database" | "database disk image is malformed":
                message = "The journal's file is damaged"
                hint = f"Move {self._path} away; a new journal is begun, without the old history."
            case "database is locked":
                message, hint = "Another TinyAgent holds the journal", "Try again in a moment."
            case _:
                message = f"The journal can't be used ({text})"
                hint = f"Check the disk and the permissions of {self._path.parent}."
        return JournalUnavailable(f"{message}: nothing was changed, because it could not be undone.", hint)


def _is_full(folder: Path) -> bool:
    """Whether there is no room for a page: on a full disk SQLite speaks of an I/O error, too."""
    try:
        return shutil.disk_usage(folder).free < 4096
    except OSError:
        return False
