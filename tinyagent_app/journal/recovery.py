"""After a crash: make the journal say what the files say.

Changes that were begun and not ended are settled by comparing fingerprints: the file is as after
the change (so it was applied), as before it (so it did not happen), or neither (somebody wrote it
since: a conflict, left alone). Runs whose process is gone are closed. Doing it twice changes nothing,
and what belongs to living processes is not touched: they hold the locks.
"""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tinyagent_app.journal.apply import Applier
from tinyagent_app.journal.changelog import State
from tinyagent_app.journal.errors import Busy
from tinyagent_app.journal.store import Store

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Recovery:
    """What was found and mended. Empty after an orderly end."""

    runs: tuple[int, ...] = ()  # closed as interrupted
    settled: dict[State, int] = field(default_factory=dict)  # changes, by what became of them
    conflicts: tuple[Path, ...] = ()  # files written by others since; left alone


def recover(store: Store) -> Recovery:
    """Settle what dead processes left open. JournalUnavailable."""
    settled: Counter[State] = Counter()
    conflicts = []
    applier = Applier(store.changes, store.locks)
    for begun in store.changes.unsettled():
        try:
            with store.locks.path(begun.path):
                change = store.changes.get(begun.id)  # a living process may have ended it meanwhile
                if change.state not in {State.INTENDED, State.UNDOING}:
                    continue
                state = applier.settle(change, conflicts=True)
        except (OSError, Busy) as error:
            log.warning("%s can't be looked at, so its change stays open: %s", begun.path, error)
            continue
        settled[state] += 1
        if state is State.CONFLICT:
            conflicts.append(change.path)
    running = store.database.rows("SELECT id FROM runs WHERE outcome = 'running'")
    closed = tuple(row["id"] for row in running if _close(store, row["id"]))
    return Recovery(closed, dict(settled), tuple(conflicts))


def _close(store: Store, run: int) -> bool:
    """Close the run if its process is dead."""
    lock = store.locks.run(run)
    if lock is None:
        return False
    try:
        now = store.now()
        with store.database.transaction() as connection:
            closed = connection.execute(
                "UPDATE runs SET outcome = 'interrupted', ended = ? WHERE id = ? AND outcome = 'running'",
                (now, run),
            ).rowcount
            connection.execute(
                "UPDATE steps SET state = 'interrupted', ended = ? WHERE run = ? AND state = 'started'",
                (now, run),
            )
        store.changes.drop_orphans(run)
    finally:
        lock.release()
    return closed > 0
