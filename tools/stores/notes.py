"""The user's notes: Markdown files in plain folders, as Obsidian and every editor use them.

Nothing but the file's bytes is kept: the title is the file name, folders are folders. Appending
works on bytes, so text in an unknown encoding, front matter and line ends survive.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from tools.context import Changes
from tools.errors import Ambiguous, NotFound, Refused, ToolError
from tools.stores import roots
from tools.stores.matching import best_matches, exact_matches, fold, nearest, similar_matches, sure_matches

SUFFIXES = frozenset({".md", ".markdown", ".txt"})
FILLERS = frozenset({"my", "the", "a", "note", "notes", "called", "named"})
FOLDER_FILLERS = frozenset({"my", "the", "folder", "notes"})
_NOT_IN_NAMES = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]+')
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?$")  # device names on Windows
_MAX_NAME_BYTES = 180  # file systems allow 255; room for a number and the suffix
_MAX_NUMBER = 999


@dataclass(frozen=True, slots=True)
class Note:
    """One note. `label` names exactly this note when given back as a name, e.g. "Work/Ideas"."""

    title: str
    label: str
    folder: str  # below the notes folder, "" at the top
    path: Path


class NoteStore:
    """The notes below one folder, which need not exist yet."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def notes(self) -> list[Note]:
        """Every note, shallow ones first."""
        files = [file for file in roots.walk([self._root]).files if _is_note(file.name)]
        stems = Counter(_without_suffix(file.relative) for file in files)
        return [_note(file, unique=stems[_without_suffix(file.relative)] == 1) for file in files]

    def find(self, name: str, folder: str = "", *, to_change: bool = False) -> Note:
        """The note that `name` means. Ambiguous if several are meant, NotFound if none is.

        A note that is only spelled like it will do for reading; before a change it is a question.
        """
        every = self.notes()
        if chosen := [note for note in every if note.label == roots.normal(name)]:
            return chosen[0]
        if not fold(name):
            raise ToolError("No note was named.", hint="Say the title of the note.")
        candidates = self._in_folder(every, folder)
        titles, labels = [note.title for note in candidates], [note.label for note in candidates]
        sure = sure_matches(name, titles, FILLERS) or sure_matches(name, labels, FILLERS)
        found = sure or similar_matches(name, titles, FILLERS) or similar_matches(name, labels, FILLERS)
        match [candidates[i] for i in found]:
            case [note] if sure or not to_change:
                return note
            case []:
                close = nearest(name, (label.removeprefix("./") for label in labels))
                place = f" in the folder {folder}" if folder else ""
                raise NotFound(f"There is no note called {name}{place}.", close)
            case _:
                choices = [labels[i] for i in found]
                raise Ambiguous(f"Which note is {name}?", argument="name", choices=choices)

    def create(self, changes: Changes, title: str, content: str, folder: str = "") -> Note:
        """Write a new note. If the title is taken a number is added to it, so that nothing is lost.

        A title that can't be a file name as it is becomes the note's heading too.
        """
        name = safe_name(title)
        heading = "" if name == roots.normal(title).strip() else f"# {' '.join(title.split())}\n\n"
        data = (heading + _ending_in_newline(content)).encode("utf-8", errors="replace")
        parent = self._folder_for_new(folder)
        siblings = parent.iterdir() if parent.is_dir() else ()
        taken = {fold_name(path.stem) for path in siblings if _is_note(path.name)}
        for number in range(1, _MAX_NUMBER):
            stem = name if number == 1 else f"{name} {number}"
            if fold_name(stem) in taken:
                continue
            try:
                changes.create(parent / f"{stem}.md", data)
            except FileExistsError:  # written by somebody else meanwhile
                continue
            path = parent / f"{stem}.md"
            relative = path.relative_to(self._root.resolve()).as_posix()
            return _note(roots.Found(path, relative), unique=True)
        raise ToolError(f"There are too many notes called {name}.", hint="Choose another title.")

    def append(self, changes: Changes, note: Note, content: str) -> None:
        """Add `content` as new lines at the note's end."""

        def edit(old: bytes | None) -> bytes:
            if old is None:
                raise NotFound(f"The note {note.title} was removed meanwhile.")
            return appended(old, content)

        changes.update(note.path, edit)

    def _in_folder(self, every: Sequence[Note], folder: str) -> list[Note]:
        if not fold(folder):
            return list(every)
        folders = sorted({parent for note in every for parent in _parents(note.folder)})
        names = [path.rpartition("/")[2] for path in folders]
        chosen = [path for path in folders if path == roots.normal(folder)]
        chosen = chosen or [folders[i] for i in best_matches(folder, names, FOLDER_FILLERS)]
        if not chosen:
            raise NotFound(f"There is no notes folder called {folder}.", nearest(folder, folders))
        return [note for note in every if not set(_parents(note.folder)).isdisjoint(chosen)]

    def _folder_for_new(self, folder: str) -> Path:
        """An existing folder of exactly this name, else a new one: near misses must not swallow notes."""
        root = self._root.resolve()
        if not fold(folder):
            return root
        known = [item.relative for item in roots.walk([root]).folders]
        found = exact_matches(fold(folder), [fold(path) for path in known])
        found = found or exact_matches(fold(folder), [fold(PurePosixPath(path).name) for path in known])
        if found:
            return root / known[found[0]]
        new = root.joinpath(*(safe_name(part) for part in re.split(r"[/\\]", folder) if fold(part)))
        if not new.resolve().is_relative_to(root):
            raise Refused(f"The folder {folder} leads out of the notes folder.")
        return new


def read_text(path: Path, max_bytes: int = -1) -> str:
    """The text of a note; bytes that aren't valid show as "\ufffd". UTF-16 with a mark is understood."""
    with path.open("rb") as file:
        data = file.read(max_bytes)
    text = data.decode(_encoding(data), errors="replace")
    return text.removeprefix("\ufeff").replace("\r\n", "\n")


def appended(old: bytes, content: str) -> bytes:
    """`old`, untouched, with `content` after it on its own lines, in the line ends that `old` uses."""
    encoding = _encoding(old)
    newline = "\r\n" if "\r\n".encode(encoding) in old else "\n"
    ends_line = not old or old in {codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}
    ends_line = ends_line or old.endswith(("\n".encode(encoding), "\r\n".encode(encoding)))
    text = ("" if ends_line else "\n") + _ending_in_newline(content)
    return old + text.replace("\n", newline).encode(encoding, errors="replace")


def safe_name(title: str) -> str:
    """A file name (without suffix) for `title` that every common file system takes."""
    name = unicodedata.normalize("NFC", "".join(c for c in title if not "\ud800" <= c <= "\udfff"))
    name = " ".join(_NOT_IN_NAMES.sub(" ", name).split()).strip(". ")
    name = name.encode()[:_MAX_NAME_BYTES].decode(errors="ignore").rstrip(". ")
    if not name:
        return "Note"
    return f"{name}_" if _RESERVED.match(name) else name


def fold_name(name: str) -> str:
    """`name` as a file system that ignores case and composition compares it."""
    return unicodedata.normalize("NFC", name).casefold()


def _ending_in_newline(content: str) -> str:
    text = content.replace("\r\n", "\n").replace("\r", "\n")
    return text if not text or text.endswith("\n") else f"{text}\n"


def _encoding(data: bytes) -> str:
    if data.startswith(codecs.BOM_UTF16_LE):
        return "utf-16-le"
    return "utf-16-be" if data.startswith(codecs.BOM_UTF16_BE) else "utf-8"


def _is_note(name: str) -> bool:
    return PurePosixPath(name).suffix.lower() in SUFFIXES


def _without_suffix(relative: str) -> str:
    return roots.normal(str(PurePosixPath(relative).with_suffix("")))


def _note(file: roots.Found, *, unique: bool) -> Note:
    relative = PurePosixPath(roots.normal(file.relative))
    shown = str(relative.with_suffix("") if unique else relative)
    parent = "" if relative.parent == PurePosixPath() else str(relative.parent)
    return Note(relative.stem, shown if parent else f"./{shown}", parent, file.path)


def _parents(folder: str) -> list[str]:
    parts = folder.split("/") if folder else []
    return ["/".join(parts[: i + 1]) for i in range(len(parts))]
