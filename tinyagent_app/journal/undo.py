"""Taking changes back, byte for byte, newest first.

A file is put back only if it is still as we left it; otherwise it is left alone and reported, and
the others are put back. An undo is journaled like a change: after a crash it can simply be repeated.
What has left the machine can't be taken back; the report says so.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tinyagent_app.journal import atomic
from tinyagent_app.journal.apply import Applier
from tinyagent_app.journal.changelog import Change, State
from tinyagent_app.journal.errors import ChangedMeanwhile, JournalUnavailable, explain
from tinyagent_app.journal.store import Store
from tools.errors import NotFound, ToolError

_OPEN = frozenset({State.APPLIED, State.CONFLICT})


@dataclass(frozen=True, slots=True)
class UndoConflict:
    """A file that was left as it is, and why (a sentence for the user)."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Sent:
    """A step whose effect can't be taken back. `certain`: it ended well, so it happened."""

    step: int
    tool: str
    text: str
    certain: bool


@dataclass(slots=True)
class UndoReport:
    """What undoing did. Paths are in the order in which they were put back."""

    run: int
    request: str
    restored: list[str] = field(default_factory=list)  # have their former contents again
    removed: list[str] = field(default_factory=list)  # did not exist before
    conflicts: list[UndoConflict] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """Whether everything is as it was before."""
        return not self.conflicts and not self.sent


def undo(store: Store, run: int | None, step: int | None) -> UndoReport:
    """Undo a run (the last one that had an effect, if None), or one step of it. NotFound, ToolError."""
    run = _last_run(store) if run is None else run
    rows = store.database.rows("SELECT request, outcome FROM runs WHERE id = ?", (run,))
    if not rows:
        raise NotFound(f"There is no request number {run} in the history.", hint="See `tinyagent history`.")
    if rows[0]["outcome"] == "running":
        raise ToolError(f"Request {run} is still running.", "Wait until it is done, or stop it.")
    _check_step(store, run, step)
    report = UndoReport(run, rows[0]["request"])
    for change in reversed(store.changes.of_run(run, step)):
        stuck = {conflict.path for conflict in report.conflicts}  # then older changes are stuck too
        if change.state in _OPEN and str(change.path) not in stuck:
            _undo_change(store, change, report)
    report.sent = _sent(store, run, step)
    left = any(change.state in _OPEN for change in store.changes.of_run(run))
    if step is None or not left:
        # Also with conflicts: the next plain undo goes on to the request before; this one can be named.
        _mark_undone(store, run)
    return report


def _check_step(store: Store, run: int, step: int | None) -> None:
    if step is None or store.database.rows("SELECT 1 FROM steps WHERE run = ? AND step = ?", (run, step)):
        return
    raise NotFound(f"Request {run} ran no step {step}.", hint=f"See `tinyagent history {run}`.")


def _last_run(store: Store) -> int:
    rows = store.database.rows(
        "SELECT id FROM runs WHERE undone IS NULL AND outcome != 'running' AND ("
        " EXISTS (SELECT 1 FROM changes WHERE run = runs.id AND state IN ('applied', 'conflict'))"
        " OR EXISTS (SELECT 1 FROM steps WHERE run = runs.id AND sends AND state = 'succeeded'))"
        " ORDER BY id DESC LIMIT 1"
    )
    if not rows:
        raise NotFound("There is nothing to undo.")
    return int(rows[0]["id"])


def _undo_change(store: Store, change: Change, report: UndoReport) -> None:
    try:
        with store.locks.path(change.path):
            change = store.changes.get(change.id)  # another process may have undone it meanwhile
            if change.state not in _OPEN:
                return
            reason = _put_back(store, change)
    except JournalUnavailable:
        raise
    except ToolError as error:
        reason = str(error)
    if reason:
        report.conflicts.append(UndoConflict(str(change.path), reason))
        return
    (report.removed if change.before is None else report.restored).append(str(change.path))


def _put_back(store: Store, change: Change) -> str:
    """Put the former contents back; why not, if they can't be. ToolError."""
    if not change.kept:
        return "Its former contents are not kept any more: the change is too old."
    applier = Applier(store.changes, store.locks)
    try:
        current = atomic.read(change.path)
        if atomic.fingerprint(current.content if current else None) != change.after:
            return _why_different(store, change, gone=current is None)
        wanted = store.changes.before(change)
        store.changes.mark(change, State.UNDOING)
        change = store.changes.get(change.id)
        try:
            applier.put(change, current, wanted)
            if wanted is None:
                applier.remove_empty_folders(change.path.parent)
        except OSError:
            if applier.settle(change, conflicts=False) is not State.UNDONE:
                raise
            return ""
        store.changes.mark(change, State.UNDONE)
    except (ChangedMeanwhile, FileExistsError):
        return _why_different(store, change, gone=False)
    except OSError as error:
        raise explain(error, change.path) from error
    return ""


def _why_different(store: Store, change: Change, *, gone: bool) -> str:
    if later := store.changes.later_runs(change):
        if change.run in later:
            return "It was changed again by a later step of the same request; undo that first."
        numbers = ", ".join(map(str, sorted(later)))
        return f"It was changed again by a later request ({numbers}); undo that first."
    return "It was removed since." if gone else "It was changed since, by you or another program."


def _sent(store: Store, run: int, step: int | None) -> list[Sent]:
    rows = store.database.rows(
        "SELECT step, tool, text, state FROM steps WHERE run = ? AND sends AND (? IS NULL OR step = ?)"
        " ORDER BY id",
        (run, step, step),
    )
    return [Sent(row["step"], row["tool"], row["text"], row["state"] == "succeeded") for row in rows]


def _mark_undone(store: Store, run: int) -> None:
    with store.database.transaction() as connection:
        connection.execute("UPDATE runs SET undone = ? WHERE id = ?", (store.now(), run))
