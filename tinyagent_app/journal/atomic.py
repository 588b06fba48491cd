"""Reading and replacing files so that nobody, at no moment, sees half of one.

New contents are written to a hidden temporary file in the same folder, made durable, and then put
in place by one system call: `rename` over an existing file, `link` where none may exist, so that a
file that another program made in the meantime is never overwritten. After a crash the file is
exactly the old or exactly the new one; at most the temporary file is left, under a name the journal
knows.

Kept: contents, permission bits, and links (a link is followed for updates, by the caller). Not
kept: extended attributes, ownership, and further hard links to the same file.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from tinyagent_app.journal.errors import ChangedMeanwhile, UnsupportedFileError

_NO_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS})
_NO_FOLDER_SYNC = frozenset({errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EBADF})


@dataclass(frozen=True, slots=True)
class Content:
    """What a path holds: the bytes of a file, or the target of a symbolic link."""

    data: bytes
    mode: int | None = None  # permission bits; None: what the umask leaves of 0666
    link: bool = False

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the contents; the permission bits don't count."""
        digest = hashlib.sha256(self.data).hexdigest()
        return f"link:{digest}" if self.link else digest


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Contents as read, and the identity of the file they were read from."""

    content: Content
    identity: tuple[int, int, int, int]


def fingerprint(content: Content | None) -> str | None:
    """The fingerprint; None where there is no file."""
    return None if content is None else content.fingerprint


def exists(path: Path) -> bool:
    """Whether anything has this name, a dangling link included. OSError if that can't be told."""
    return _identity(path) is not None


def read(path: Path) -> Snapshot | None:
    """What is at `path`, links not followed; None if nothing is. OSError if it can't be read."""
    try:
        status = path.lstat()
        if stat.S_ISLNK(status.st_mode):
            return Snapshot(Content(os.fsencode(path.readlink()), link=True), _identity_of(status))
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise UnsupportedFileError(errno.EINVAL, "not a plain file", str(path))
        return Snapshot(Content(file.read(), stat.S_IMODE(status.st_mode)), _identity_of(status))


def temporary(path: Path, token: str) -> Path:
    """The temporary file beside `path`: hidden, so that vdir, Maildir and note programs ignore it."""
    return path.with_name(f".tinyagent-{token}.tmp")


def begin(temp: Path, content: Content) -> int | None:
    """Make the new file `temp` for `content`, still empty, and open it; a link is complete, and None."""
    if content.link:
        temp.symlink_to(os.fsdecode(content.data))
        return None
    mode = 0o666 if content.mode is None else 0o600
    return os.open(temp, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)


def fill(descriptor: int, content: Content) -> None:
    """Write `content` to the open file, make it durable, and close it."""
    with os.fdopen(descriptor, "wb") as file:
        if content.mode is not None:
            os.fchmod(file.fileno(), content.mode)
        file.write(content.data)
        file.flush()
        os.fsync(file.fileno())


def put(temp: Path, path: Path, expected: Snapshot | None) -> None:
    """Move the staged file to `path`, which must still be as `expected` (None: nothing there).

    FileExistsError or ChangedMeanwhile if it is not.
    """
    if expected is None:
        _put_new(temp, path)
    else:
        _check(path, expected)
        temp.replace(path)
    sync_folder(path.parent)


def remove(path: Path, expected: Snapshot) -> None:
    """Remove the file. ChangedMeanwhile if it is not as `expected` any more."""
    _check(path, expected)
    path.unlink()
    sync_folder(path.parent)


def missing_folders(folder: Path) -> list[Path]:
    """`folder` and the folders above it that don't exist, outermost first."""
    chain = [folder, *folder.parents]
    return [item for item in reversed(chain) if not exists(item)]


def make_folder(folder: Path) -> None:
    """Make one folder, durably. NotADirectoryError if a file has that name; a folder may exist."""
    try:
        folder.mkdir()
    except FileExistsError as error:
        if folder.is_dir():
            return
        raise NotADirectoryError(errno.ENOTDIR, "not a folder", str(folder)) from error
    sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` durable, where the file system can do that."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _NO_FOLDER_SYNC:
            raise
    finally:
        os.close(descriptor)


def discard(temp: Path) -> None:
    """Remove a temporary file if it is there; a leftover is harmless, so a failure is too."""
    with contextlib.suppress(OSError):
        temp.unlink()


def _put_new(temp: Path, path: Path) -> None:
    try:
        os.link(temp, path, follow_symlinks=False)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        # FAT and some network drives have no hard links. Between the check and the rename another
        # program could make the file; our own processes can't, they hold the path's lock.
        if exists(path):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path)) from error
        temp.rename(path)
        return
    temp.unlink()


def _check(path: Path, expected: Snapshot) -> None:
    if _identity(path) != expected.identity:
        raise ChangedMeanwhile(errno.ESTALE, "changed by another program", str(path))


def _identity(path: Path) -> tuple[int, int, int, int] | None:
    try:
        return _identity_of(path.lstat())
    except FileNotFoundError:
        return None


def _identity_of(status: os.stat_result) -> tuple[int, int, int, int]:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
