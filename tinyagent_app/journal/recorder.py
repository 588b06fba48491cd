"""`planner.recorder.Recorder` over the journal: an entry for every step, written before the tool runs.

The tool gets the context with `changes` replaced by journaled ones. They end with the step: what a
tool's forgotten thread tries afterwards is refused.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from planner.plan import Step, Value
from tinyagent_app.journal.changelog import Entry, State
from tinyagent_app.journal.changes import JournaledChanges
from tinyagent_app.journal.store import Store
from tools.context import Folders, ToolContext
from tools.errors import ToolError
from tools.spec import Effect

MAX_TEXT = 16_384  # characters of one text that the history keeps
MAX_ITEMS = 1_000  # of one list


class RunRecorder:
    """Makes the records of one run. For several threads at once."""

    def __init__(self, store: Store, run: int, context: ToolContext) -> None:
        self._store, self._run, self._context = store, run, context
        self._lock = threading.Lock()
        self._records: list[JournalRecord] = []
        self._over = False

    def begin(self, step: Step, args: Mapping[str, Value], effect: Effect) -> JournalRecord:
        """Write the entry. JournalUnavailable, or ToolError after the run: then the step must not run.

        On the disk when it returns, except for steps that only read: what they do needs no record
        that survives a power cut, and they are what the user waits for most often.
        """
        kept = json.dumps({name: shortened(value) for name, value in args.items()})
        with self._lock:
            if self._over:
                raise ToolError("The request is over: no further step can begin.")
            with self._store.database.transaction(durable=effect is not Effect.READ) as connection:
                cursor = connection.execute(
                    "INSERT INTO steps (run, step, tool, args, effect, state, sends, started)"
                    " VALUES (?, ?, ?, ?, ?, 'started', ?, ?)",
                    (
                        *(self._run, step.id, step.tool, kept, effect),
                        *(effect is Effect.OUTGOING, self._store.now()),
                    ),
                )
            record = JournalRecord(
                self._store, Entry(cursor.lastrowid or 0, self._run, step.id), self._context
            )
            self._records.append(record)
        return record

    def close(self) -> None:
        """No step begins any more, and those that are still open are revoked."""
        with self._lock:
            self._over = True
        for record in self._records:
            record.revoke()
            record.failed("It was not finished.")  # heeded only if it is still open


class JournalRecord:
    """`planner.recorder.StepRecord`. The first of `succeeded` and `failed` closes it."""

    def __init__(self, store: Store, entry: Entry, context: ToolContext) -> None:
        self._store, self._entry, self._folders = store, entry, context.folders
        self._changes = JournaledChanges(
            store.changes, store.locks, entry, _writable(context.folders), store.folder
        )
        self._context = replace(context, changes=self._changes)
        self._revoked = False

    @property
    def context(self) -> ToolContext:
        """What the tool is given."""
        return self._context

    def succeeded(self, value: Value, text: str) -> None:
        """Close the entry; changes through the context end here. JournalUnavailable."""
        self._close("succeeded", json.dumps(shortened(value)), text)

    def failed(self, message: str) -> None:
        """Close the entry; what was changed before stays, and can be undone. JournalUnavailable."""
        self._close("revoked" if self._revoked else "failed", None, message)

    def revoke(self) -> None:
        """Bar every further change. A change being applied at this moment is completed first."""
        self._revoked = True
        self._changes.revoke()

    def _close(self, state: str, value: str | None, text: str) -> None:
        self._changes.revoke()
        with self._store.database.transaction() as connection:
            connection.execute(
                "UPDATE steps SET state = ?, value = ?, text = ?, sends = sends AND ?, ended = ?"
                " WHERE id = ? AND state = 'started'",
                (state, value, clean(text), not self._only_drafts(), self._store.now(), self._entry.row),
            )

    def _only_drafts(self) -> bool:
        """Whether all that the step did was to leave something for somebody to send later."""
        waiting = [(self._folders.mail / ".Drafts").resolve(), self._folders.outbox.resolve()]
        done = self._store.changes.of_run(self._entry.run, self._entry.step)
        places = [change.path for change in done if change.state is not State.VOID]
        return bool(places) and all(any(p.is_relative_to(folder) for folder in waiting) for p in places)


def shortened(value: Value) -> Value:
    """`value` with long texts and lists cut, as the history keeps it."""
    match value:
        case str():
            return clean(value)
        case list():
            return [shortened(item) for item in value[:MAX_ITEMS]]
        case _:
            return value


def clean(text: str) -> str:
    """Text that SQLite takes, cut to `MAX_TEXT` characters."""
    text = text.encode("utf-8", errors="replace").decode()
    return text if len(text) <= MAX_TEXT else f"{text[:MAX_TEXT]}…"


def _writable(folders: Folders) -> tuple[Path, ...]:
    own = (
        folders.contacts,
        folders.calendars,
        folders.reminders,
        folders.mail,
        folders.notes,
        folders.outbox,
    )
    return (*own, *folders.roots)
