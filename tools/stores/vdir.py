"""A vdir: a folder with one item a file (https://vdirsyncer.pimutils.org/en/stable/vdir.html).

What khal, todoman, khard and vdirsyncer share. Hidden and temporary files are no items.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

_UNSAFE = re.compile(r"[^A-Za-z0-9_.@-]+")
_MAX_STEM = 120


def iter_items(folder: Path, suffix: str) -> Iterator[Path]:
    """The item files of a folder with this suffix, by name; none if the folder does not exist."""
    if not folder.is_dir():
        return
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() == suffix and not path.name.startswith(".") and path.is_file():
            yield path


def new_item_path(folder: Path, uid: str, suffix: str) -> Path:
    """A free path for a new item, named by its UID."""
    stem = _UNSAFE.sub("-", uid).strip(".-")[:_MAX_STEM] or "item"
    path, number = folder / f"{stem}{suffix}", 2
    while path.exists():
        path, number = folder / f"{stem}-{number}{suffix}", number + 1
    return path
