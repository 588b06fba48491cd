"""What must hold after a crash: the journal says what the files say, and nothing is left over."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tinyagent_app.journal import Journal


def assert_journal_and_files_agree(journal_folder: Path, files: Path) -> None:
    """Recover the journal; then check its entries against what lies below `files`."""
    journal = Journal.open(journal_folder)
    journal.recover()
    again = journal.recover()
    assert not again.runs
    assert not again.settled
    newest: dict[str, Any] = {}
    for run in reversed(journal.history(limit=1000)):
        assert run.outcome in {"done", "interrupted"}
        detail = journal.show(run.id)
        assert not any(step.state == "started" for step in detail.steps)
        newest |= {change.path: change for change in detail.changes if change.state == "applied"}
    for path, change in newest.items():
        assert (change.action != "deleted") == Path(path).exists(), change
    states = {c.state for run in journal.history(limit=1000) for c in journal.show(run.id).changes}
    assert states <= {"applied", "void", "undone"}
    assert not list(files.rglob("*.tmp"))
    journal.close()


def undo_everything(journal_folder: Path) -> None:
    """Take back every run that is not undone yet, the newest first."""
    journal = Journal.open(journal_folder)
    journal.recover()
    for run in journal.history(limit=1000):
        if not run.undone:
            report = journal.undo(run.id)
            assert not report.conflicts, report.conflicts
    journal.close()
