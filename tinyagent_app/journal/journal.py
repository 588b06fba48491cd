"""The journal as the application uses it: one object over recording, recovery, undo and history."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from tinyagent_app.journal import history, undo
from tinyagent_app.journal.changelog import Clock
from tinyagent_app.journal.history import RunDetail, RunSummary
from tinyagent_app.journal.prune import prune
from tinyagent_app.journal.recovery import Recovery, recover
from tinyagent_app.journal.run import Run, start_run
from tinyagent_app.journal.store import Store
from tinyagent_app.journal.undo import UndoReport


class Journal:
    """An open journal; for all threads of the process. Every method may raise JournalUnavailable."""

    def __init__(self, store: Store) -> None:
        """Use `Journal.open`."""
        self._store = store

    @classmethod
    def open(cls, folder: Path, clock: Clock = lambda: datetime.now(UTC)) -> Journal:
        """The journal in `folder`, which is made if need be. `clock` gives UTC."""
        return cls(Store.open(folder, clock))

    def start_run(self, request: str, model: str) -> Run:
        """Begin to record a request."""
        return start_run(self._store, request, model)

    def recover(self) -> Recovery:
        """Mend what a crash left, and drop what is too old to be undone. At the program's start."""
        found = recover(self._store)
        prune(self._store)
        return found

    def undo(self, run: int | None = None, step: int | None = None) -> UndoReport:
        """Take back a run, or one step of it; None: the last run that had an effect.

        NotFound if there is none, ToolError if the run is not over. Files that can't be put back are
        in the report, not raised.
        """
        recover(self._store)
        return undo.undo(self._store, run, step)

    def history(self, limit: int = 20, query: str = "") -> list[RunSummary]:
        """The latest requests, newest first; those that contain `query`."""
        return history.history(self._store, limit, query)

    def show(self, run: int) -> RunDetail:
        """All about one request. NotFound."""
        return history.show(self._store, run)

    def close(self) -> None:
        """Close the database; the journal may not be used any more."""
        self._store.database.close()
