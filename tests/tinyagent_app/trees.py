"""Records that show whether a file is whole, and hashes of whole folders, for the journal's tests."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

Tree = dict[str, tuple[str, int, str]]


def record(number: int, size: int = 20_000) -> bytes:
    """A self-checking record: length, digest, payload. Files of records show if a piece is missing."""
    payload = (b"%d." % number) * (size // len(b"%d." % number))
    return b"%08d" % len(payload) + hashlib.sha256(payload).digest() + payload


def is_whole(data: bytes) -> bool:
    """Whether `data` is a sequence of complete records."""
    while data:
        head, digest, data = data[:8], data[8:40], data[40:]
        if len(digest) < 32:
            return False
        payload, data = data[: int(head)], data[int(head) :]
        if hashlib.sha256(payload).digest() != digest:
            return False
    return True


def count(data: bytes) -> int:
    """How many records."""
    found = 0
    while data:
        data = data[40 + int(data[:8]) :]
        found += 1
    return found


def tree(folder: Path) -> Tree:
    """Everything below `folder`: kind, permission bits, hash of the contents or target of the link."""
    found: Tree = {}
    for path in sorted(folder.rglob("*")):
        status = path.lstat()
        if stat.S_ISLNK(status.st_mode):
            entry = ("link", 0, os.readlink(path))
        elif path.is_dir():
            entry = ("folder", stat.S_IMODE(status.st_mode), "")
        else:
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            entry = ("file", stat.S_IMODE(status.st_mode), digest)
        found[str(path.relative_to(folder))] = entry
    return found
