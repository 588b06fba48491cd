"""Locks between threads and between processes: two assistants may work on one profile.

All are `flock` locks on files in the journal's folder, taken on a descriptor of their own each
time; so the same lock keeps out other threads as well as other processes, and the kernel frees it
when a process dies, however it dies. Nothing has to guess whether a process id is still the same one.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

from tinyagent_app.journal.errors import Busy, JournalUnavailable

PATIENCE = 10.0  # seconds; a change takes milliseconds
_POLL = 0.005  # seconds


class Locks:
    """The locks of one journal folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextlib.contextmanager
    def path(self, path: Path) -> Iterator[None]:
        """Hold the file `path` (real, absolute). Not reentrant. Busy after `PATIENCE` seconds.

        Paths share 256 locks, so that the folder doesn't fill with lock files.
        """
        stripe = hashlib.sha256(os.fsencode(path)).hexdigest()[:2]
        with self._hold(f"path-{stripe}", f"{path.name} is being changed by another step or program."):
            yield

    @contextlib.contextmanager
    def folders(self) -> Iterator[None]:
        """Hold the making and removing of folders, so that none is removed while a file is put in it."""
        with self._hold("folders", "Another TinyAgent is busy making folders."):
            yield

    def run(self, run: int) -> RunLock | None:
        """The lock that says that a run is alive; None while a living process holds it."""
        path = self._folder / f"run-{run}"
        descriptor = _open(path)
        if _try(descriptor):
            return RunLock(path, descriptor)
        os.close(descriptor)
        return None

    @contextlib.contextmanager
    def _hold(self, name: str, busy: str) -> Iterator[None]:
        descriptor = _open(self._folder / name)
        try:
            deadline = time.monotonic() + PATIENCE
            while not _try(descriptor):
                if time.monotonic() > deadline:
                    raise Busy(busy, "Try again in a moment.")
                time.sleep(_POLL)
            try:
                yield
            finally:
                # Explicitly: a program started meanwhile may share the descriptor until its exec.
                fcntl.flock(descriptor, fcntl.LOCK_UN)
        finally:
            os.close(descriptor)


class RunLock:
    """A held run lock."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self._path, self._descriptor = path, descriptor

    def release(self) -> None:
        """Give the lock up; its file goes too. Once only."""
        with contextlib.suppress(OSError):
            self._path.unlink()  # while it is held, so that nobody can hold a nameless lock
        os.close(self._descriptor)


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise JournalUnavailable(
            f"The journal's folder can't be written ({error.strerror}): nothing was changed.",
            f"Check the disk and the permissions of {path.parent}.",
        ) from error


def _try(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
