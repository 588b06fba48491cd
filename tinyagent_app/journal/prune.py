"""How long old contents are kept: 90 days, and 500 MB in all; the newest are kept.

The history itself stays: it is small. What is pruned can't be undone any more, and undo says so.
"""

from __future__ import annotations

from datetime import timedelta

from tinyagent_app.journal.store import Store

KEEP_DAYS = 90
KEEP_BYTES = 500 * 1024 * 1024


def prune(store: Store) -> int:
    """Drop old contents that are beyond the limits; how many were dropped. JournalUnavailable."""
    oldest = (store.clock() - timedelta(days=KEEP_DAYS)).isoformat(timespec="milliseconds")
    rows = store.database.rows(
        "SELECT id FROM ("
        " SELECT id, time, state, sum(size) OVER (ORDER BY id DESC) AS total FROM changes WHERE size > 0"
        ") WHERE (total > ? OR time < ?) AND state IN ('applied', 'conflict')",
        (KEEP_BYTES, oldest),
    )
    if rows:
        store.changes.expire(row["id"] for row in rows)
        store.database.shrink()
    return len(rows)
