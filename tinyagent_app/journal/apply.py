"""Carrying out one recorded change, in either direction, and working out what a crash left of it.

Doing, undoing and recovering share this code. Every function expects the path's lock to be held.
"""

from __future__ import annotations

import errno
from pathlib import Path

from tinyagent_app.journal import atomic
from tinyagent_app.journal.atomic import Content, Snapshot
from tinyagent_app.journal.changelog import Change, ChangeLog, State
from tinyagent_app.journal.locks import Locks

_NOT_REMOVABLE = frozenset(
    {errno.ENOTEMPTY, errno.EEXIST, errno.EBUSY, errno.EACCES, errno.EPERM, errno.EROFS}
)


class Applier:
    """Brings files into the state that a change wants."""

    def __init__(self, log: ChangeLog, locks: Locks) -> None:
        self._log, self._locks = log, locks

    def put(self, change: Change, current: Snapshot | None, wanted: Content | None) -> None:
        """Make `change.path`, which is as `current`, hold `wanted` (None: no file). OSError.

        An existing file keeps its permissions.
        """
        if wanted is None:
            if current is not None:
                atomic.remove(change.path, current)
            return
        if current is not None and not (wanted.link or current.content.link):
            wanted = Content(wanted.data, current.content.mode)
        self._stage(change, wanted)
        atomic.put(change.temporary, change.path, current)

    def cancel(self, change: Change) -> None:
        """Note that a change is known not to have happened, and tidy up after it."""
        atomic.discard(change.temporary)
        self.remove_empty_folders(change.path.parent)
        self._log.mark(change, State.VOID)

    def settle(self, change: Change, *, conflicts: bool) -> State:
        """Find out what became of a change that was begun, tidy up after it, and note that.

        `conflicts`: what fits neither is somebody else's change; otherwise it is known that ours did
        not happen.
        """
        atomic.discard(change.temporary)
        snapshot = atomic.read(change.path)
        found = atomic.fingerprint(snapshot.content if snapshot else None)
        undoing = change.state is State.UNDOING
        followed = self._by_next(change) if conflicts and not undoing else None
        match found:
            case _ if followed is not None:
                state = followed
            case change.after:
                state = State.APPLIED
            case change.before:
                state = State.UNDONE if undoing else State.VOID
            case _ if conflicts:
                state = State.CONFLICT
            case _:
                state = State.APPLIED if undoing else State.VOID
        if state is not State.APPLIED and found is None:
            self.remove_empty_folders(change.path.parent)
        self._log.mark(change, state)
        return state

    def _by_next(self, change: Change) -> State | None:
        """What became of a change, by what the next one of ours found; None if that does not tell.

        The file itself tells less: it may look the same again.
        """
        found = self._log.found_by_next(change)
        if found == change.after:
            return State.APPLIED
        return State.VOID if found == change.before else None

    def remove_empty_folders(self, folder: Path) -> None:
        """Remove `folder` and those above it, as far as we made them and they are empty."""
        with self._locks.folders():
            while self._log.is_our_folder(folder) or not folder.exists():
                # A missing one was removed before a crash: go on with those above it.
                try:
                    folder.rmdir()
                except FileNotFoundError:
                    pass
                except OSError as error:
                    if error.errno in _NOT_REMOVABLE:
                        return
                    raise
                self._log.forget_folder(folder)
                folder = folder.parent

    def _stage(self, change: Change, content: Content) -> None:
        # Under the lock: an undo must not remove the folder before the temporary file is in it.
        with self._locks.folders():
            if missing := atomic.missing_folders(change.path.parent):
                self._log.claim_folders(missing)
            for folder in missing:
                atomic.make_folder(folder)
            descriptor = atomic.begin(change.temporary, content)
        if descriptor is not None:
            atomic.fill(descriptor, content)
