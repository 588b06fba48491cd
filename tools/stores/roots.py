"""The folders in which files may be found and opened, and a bounded walk through them.

Everything that leaves the roots, by "..", by an absolute path or by a symbolic link, is treated
as not there. Folders behind links are never entered: if their target lies below a root it is
walked anyway, so loops can't happen.
"""

from __future__ import annotations

import os
import unicodedata
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.errors import NotFound, Refused

MAX_ENTRIES = 100_000
EXCLUDED = frozenset({"node_modules", "__pycache__"})  # beside everything hidden, such as .git


@dataclass(frozen=True, slots=True)
class Found:
    """A file or folder below a root. `relative` is its path below the root with "/", as shown to users."""

    path: Path  # absolute, links resolved
    relative: str

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.relative.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Listing:
    """What a walk found, shallow things first; `complete` is False if it stopped at MAX_ENTRIES."""

    files: tuple[Found, ...]
    folders: tuple[Found, ...]
    complete: bool


def is_excluded(name: str) -> bool:
    """Whether a file or folder of this name is passed over: hidden, or full of other people's files."""
    return name.startswith(".") or name in EXCLUDED


def walk(roots: Iterable[Path], max_entries: int = MAX_ENTRIES) -> Listing:
    """All files and folders below `roots` that may be opened, each real file once a name.

    Unreadable folders and names that aren't valid Unicode (they can't be shown or typed) are left out.
    """
    real_roots = _real(roots)
    files: dict[tuple[Path, str], Found] = {}
    folders: dict[Path, Found] = {}
    queue = deque((root, "") for root in real_roots)
    seen = 0
    while queue:
        folder, prefix = queue.popleft()
        for entry in _entries(folder):
            seen += 1
            if seen > max_entries:
                return Listing(tuple(files.values()), tuple(folders.values()), complete=False)
            relative = prefix + entry.name
            if entry.is_dir(follow_symlinks=False):
                found = Found(folder / entry.name, relative)
                if found.path not in folders and found.path not in real_roots:
                    folders[found.path] = found
                    queue.append((found.path, relative + "/"))
            elif (path := _allowed_file(entry, real_roots)) is not None:
                files.setdefault((path, entry.name), Found(path, relative))
    return Listing(tuple(files.values()), tuple(folders.values()), complete=True)


def named_roots(roots: Iterable[Path]) -> list[Found]:
    """The roots themselves, as folders that can be named."""
    return [Found(root, root.name) for root in _real(roots) if root.name]


def inside(path: Path, roots: Iterable[Path]) -> bool:
    """Whether `path`, with links resolved, lies below a root and is not excluded there."""
    real = path.resolve()
    below = (real.relative_to(root) for root in _real(roots) if real.is_relative_to(root))
    return any(not any(is_excluded(part) for part in relative.parts) for relative in below)


def allowed_file(text: str, roots: Sequence[Path]) -> Path:
    """The file at the path `text` (absolute, from ~, or below a root), links resolved.

    Refused if it is not below the roots, whether or not there is such a file; NotFound if there is none.
    """
    try:
        given = Path(text).expanduser()
        candidates = [given] if given.is_absolute() else [root / given for root in roots]
        allowed = [path.resolve() for path in candidates if inside(path, roots)]
        existing = [path for path in allowed if path.is_file()]
    except (OSError, RuntimeError, ValueError) as error:  # no such user, link loop, null character
        raise Refused(f"{text!r} is not a path that can be opened.") from error
    if not allowed:
        raise Refused(
            f"{text} is not in one of the folders the assistant may read.",
            hint="Move the file there, or add its folder to the roots in the settings.",
        )
    if not existing:
        raise NotFound(f"There is no file {text}.")
    return existing[0]


def labels(found: Sequence[Found], every: Sequence[Found]) -> list[str]:
    """A text for each of `found` that names one of `every` only: "Work/a.pdf", "./a.pdf", or the full path.

    Each holds a "/", which tells a choice from a bare name.
    """
    counts = Counter(normal(item.relative) for item in every)
    return [
        str(item.path) if counts[normal(item.relative)] > 1 else _with_slash(item.relative) for item in found
    ]


def at_label(label: str, every: Sequence[Found]) -> list[Found]:
    """What a label of `labels` or a relative path with a "/" names; empty for bare names."""
    if "/" not in label:
        return []
    wanted = normal(label.removeprefix("./"))
    return [item for item in every if wanted in {normal(item.relative), normal(str(item.path))}]


def normal(text: str) -> str:
    """`text` in Unicode's composed form: file systems differ in which form they give back."""
    return unicodedata.normalize("NFC", text)


def _with_slash(relative: str) -> str:
    return relative if "/" in relative else f"./{relative}"


def _real(roots: Iterable[Path]) -> list[Path]:
    return list(dict.fromkeys(root.expanduser().resolve() for root in roots))


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            usable = [entry for entry in entries if not is_excluded(entry.name) and _is_unicode(entry.name)]
    except OSError:
        return
    yield from sorted(usable, key=lambda entry: entry.name)


def _is_unicode(name: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in name)


def _allowed_file(entry: os.DirEntry[str], real_roots: Sequence[Path]) -> Path | None:
    try:
        if not entry.is_file():
            return None
        if not entry.is_symlink():
            return Path(entry.path)
        return Path(entry.path).resolve() if inside(Path(entry.path), real_roots) else None
    except OSError:  # a link that loops
        return None
