"""The folders of a vdir: which calendar or reminder list a spoken name means.

A collection is a folder; its name is the folder's, or what the file `displayname` in it says
(vdirsyncer writes it for collections of a server).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.errors import Ambiguous, NotFound
from tools.stores.matching import exact_matches, fold, nearest, similar_matches, sure_matches
from tools.stores.notes import safe_name

_FILLERS = frozenset({"my", "the", "calendar", "list", "reminder", "reminders"})
_MAX_NAME = 200
_SHOWN_FILES = 5


@dataclass(frozen=True, slots=True)
class Collection:
    """One calendar or list. `name` is unique among its siblings."""

    name: str
    path: Path


def collections(root: Path) -> list[Collection]:
    """The collections below `root`, sorted by name; none if the folder does not exist."""
    if not root.is_dir():
        return []
    folders = [path for path in root.iterdir() if path.is_dir() and not path.name.startswith(".")]
    shown = {path: _display_name(path) for path in folders}
    count = Counter(shown.values())
    named = [
        Collection(name if count[name] == 1 else f"{name} ({path.name})", path)
        for path, name in shown.items()
    ]
    return sorted(named, key=lambda collection: (collection.name.casefold(), collection.name))


def exactly(asked: str, known: Sequence[Collection], argument: str) -> Collection | None:
    """The collection called `asked`, None if there is no such. Ambiguous if several are."""
    for collection in known:
        if collection.name == asked:
            return collection
    form = fold(asked)
    found = exact_matches(form, [fold(collection.name) for collection in known]) if form else []
    return _only(asked, [known[i] for i in found], argument)


def named(asked: str, known: Sequence[Collection], argument: str) -> Collection | None:
    """The collection whose name has all words of `asked`, None if none has. Ambiguous if several have."""
    if found := exactly(asked, known, argument):
        return found
    positions = sure_matches(asked, [collection.name for collection in known], _FILLERS)
    return _only(asked, [known[i] for i in positions], argument)


def similar(asked: str, known: Sequence[Collection]) -> list[Collection]:
    """The collections whose names are spelled like `asked`."""
    return [known[i] for i in similar_matches(asked, [collection.name for collection in known], _FILLERS)]


def matching(asked: str, known: Sequence[Collection], argument: str) -> Collection | None:
    """The collection to read that `asked` means, None if there is no such. Ambiguous if several are meant."""
    return named(asked, known, argument) or _only(asked, similar(asked, known), argument)


def names_nothing(asked: str) -> bool:
    """Whether `asked` is empty or says no more than "my reminder list"."""
    said = set(fold(asked).split())
    return not asked.strip() or bool(said and said <= _FILLERS)


def which(asked: str, found: Sequence[Collection], argument: str) -> Ambiguous:
    """The question which of `found` is meant."""
    names = [collection.name for collection in found]
    return Ambiguous(f"Which one is {asked}?", argument=argument, choices=names)


def _only(asked: str, found: Sequence[Collection], argument: str) -> Collection | None:
    if len(found) > 1:
        raise which(asked, found, argument)
    return found[0] if found else None


def not_found(what: str, asked: str, known: Sequence[Collection]) -> NotFound:
    """The error for an unknown collection; it names the ones that exist."""
    names = [collection.name for collection in known]
    near = nearest(asked, names) or names[:3]
    hint = f"There is {', '.join(names)}." if names else ""
    return NotFound(f"There is no {what} called {asked}.", near, hint=hint)


def unreadable_note(files: Sequence[str]) -> str:
    """A line for the user about files that were left out; "" if there are none."""
    if not files:
        return ""
    more = f" and {len(files) - _SHOWN_FILES} more" if len(files) > _SHOWN_FILES else ""
    return f"\nCould not be read: {', '.join(files[:_SHOWN_FILES])}{more}."


def new_collection(root: Path, name: str) -> Collection:
    """The collection `name` that the first file in it will make; a taken folder of that name is used."""
    folder = safe_name(name)
    taken = [path.name for path in root.iterdir() if path.is_dir()] if root.is_dir() else []
    same = exact_matches(fold(folder), [fold(other) for other in taken]) if fold(folder) else []
    return Collection(" ".join(name.split()) or folder, root / (taken[same[0]] if same else folder))


def _display_name(path: Path) -> str:
    try:
        with (path / "displayname").open(encoding="utf-8", errors="replace") as file:
            return " ".join(file.read(_MAX_NAME).split()) or path.name
    except OSError:
        return path.name
