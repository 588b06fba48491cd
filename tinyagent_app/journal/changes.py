"""`tools.context.Changes` as the application gives it to tools: journaled, atomic, revocable.

The order of every change: hold the path; read what is there; record the intention, durably, with
the old contents; apply it atomically; note that it is applied. A crash between any two of these
leaves enough behind for `recovery` to tell what happened, and for `undo` to take it back.
"""

from __future__ import annotations

import errno
import logging
import os
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

from tinyagent_app.journal import atomic
from tinyagent_app.journal.apply import Applier
from tinyagent_app.journal.atomic import Content, Snapshot
from tinyagent_app.journal.changelog import Change, ChangeLog, Entry, State
from tinyagent_app.journal.errors import ChangedMeanwhile, JournalUnavailable, explain
from tinyagent_app.journal.locks import Locks
from tools.errors import Refused, ToolError

log = logging.getLogger(__name__)

_TRIES = 3  # when other programs write the same file at the same moment


class JournaledChanges:
    """The changes of one step. Threads may share it."""

    def __init__(
        self, log: ChangeLog, locks: Locks, entry: Entry, allowed: Iterable[Path], private: Path
    ) -> None:
        """`allowed`: the folders below which files may be changed, except in the folder `private`."""
        self._log, self._locks, self._entry = log, locks, entry
        self._applier = Applier(log, locks)
        self._allowed, self._private = tuple(allowed), private
        self._gate = threading.Lock()
        self._revoked = False

    def create(self, path: Path, data: bytes) -> None:
        """Write a new file; a link that leads nowhere counts as one. FileExistsError, ToolError."""
        place = self._place(path, follow=False)
        with self._locks.path(place):
            if _exists(place):
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
            self._change(place, None, Content(data))

    def update(self, path: Path, edit: Callable[[bytes | None], bytes]) -> None:
        """Replace the content by `edit(old)`. A link's target is replaced, not the link. ToolError."""
        place = self._place(path, follow=True)
        with self._locks.path(place):
            for _ in range(_TRIES - 1):
                try:
                    return self._edit(place, edit)
                except (ChangedMeanwhile, FileExistsError):
                    continue  # `edit` runs again, on what is there now
            try:
                return self._edit(place, edit)
            except (ChangedMeanwhile, FileExistsError) as error:
                raise explain(ChangedMeanwhile(*error.args), place) from error

    def delete(self, path: Path) -> None:
        """Remove the file; of a link, the link. FileNotFoundError, ToolError."""
        place = self._place(path, follow=False)
        with self._locks.path(place):
            current = _read(place)
            if current is None:
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
            try:
                self._change(place, current, None)
            except ChangedMeanwhile as error:
                raise explain(error, place) from error

    def revoke(self) -> None:
        """Every later change raises ToolError. One that is being applied now is completed first."""
        with self._gate:
            self._revoked = True

    def _edit(self, place: Path, edit: Callable[[bytes | None], bytes]) -> None:
        current = _read(place)
        old = current.content.data if current else None
        new = edit(old)
        if new != old:
            self._change(place, current, Content(new))

    def _change(self, place: Path, current: Snapshot | None, wanted: Content | None) -> None:
        # The gate is held neither while waiting for a path nor during `edit`: both may take long,
        # and `revoke` must not.
        with self._gate:
            if self._revoked:
                raise ToolError("This step was stopped: it can't change anything any more.")
            before = current.content if current else None
            change = self._log.intend(self._entry, place, before, wanted)
            try:
                self._applier.put(change, current, wanted)
            except (ChangedMeanwhile, FileExistsError):
                self._applier.cancel(change)
                raise
            except OSError as error:
                if self._settled(change) is not State.APPLIED:
                    raise explain(error, place) from error
                log.warning("%s was changed, but then: %s", place, error)
                return
            except BaseException:
                self._settled(change)
                raise
            self._note_applied(change)

    def _settled(self, change: Change) -> State | None:
        """What became of a change that failed half-way; None if that could not be told or noted."""
        try:
            return self._applier.settle(change, conflicts=False)
        except (OSError, ToolError) as error:
            log.warning("recovery has to settle the change of %s: %s", change.path, error)
            return None

    def _note_applied(self, change: Change) -> None:
        try:
            self._log.mark(change, State.APPLIED)
        except JournalUnavailable as error:
            # The file is changed, so the step must not fail now; recovery will see that it is.
            log.warning("the change of %s is not marked as applied: %s", change.path, error)

    def _place(self, path: Path, *, follow: bool) -> Path:
        """The real path, in the folders of the profile. Refused if it is elsewhere."""
        try:
            place = path.resolve() if follow else path.parent.resolve() / path.name
            inside = any(_is_below(place, folder.resolve()) for folder in self._allowed)
            inside = inside and not place.is_relative_to(self._private.resolve())
        except (OSError, RuntimeError, ValueError) as error:  # loops of links, NUL in the name
            raise Refused(f"{path} is not a usable path.") from error
        if not inside or path.name in {"", ".", ".."}:
            raise Refused(
                f"{path} is outside the folders that TinyAgent may change.",
                "Add its folder to the roots in the settings, or choose another place.",
            )
        return place


def _is_below(path: Path, folder: Path) -> bool:
    return path != folder and path.is_relative_to(folder)


def _exists(path: Path) -> bool:
    try:
        return atomic.exists(path)
    except OSError as error:
        raise explain(error, path) from error


def _read(path: Path) -> Snapshot | None:
    try:
        return atomic.read(path)
    except OSError as error:
        raise explain(error, path) from error
