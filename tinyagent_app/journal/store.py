"""The parts of one open journal, as its modules share them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tinyagent_app.journal.changelog import ChangeLog, Clock, timestamp
from tinyagent_app.journal.database import Database
from tinyagent_app.journal.errors import JournalUnavailable
from tinyagent_app.journal.locks import Locks


@dataclass(frozen=True, slots=True)
class Store:
    """Database, changes and locks of the journal in `folder`, which tools may not write to."""

    folder: Path
    database: Database
    changes: ChangeLog
    locks: Locks
    clock: Clock

    @classmethod
    def open(cls, folder: Path, clock: Clock) -> Store:
        """Open the journal in `folder`, made if need be, for its owner only. JournalUnavailable."""
        folder = folder.resolve()
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.chmod(0o700)
            for name in ("before", "locks"):
                (folder / name).mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise JournalUnavailable(
                f"The journal's folder {folder} can't be made ({error.strerror}).",
                "Check the disk and the permissions of the profile's folder.",
            ) from error
        database = Database(folder / "journal.sqlite3")
        log = ChangeLog(database, folder / "before", clock)
        return cls(folder, database, log, Locks(folder / "locks"), clock)

    def now(self) -> str:
        """The time, as the journal writes it."""
        return timestamp(self.clock)
