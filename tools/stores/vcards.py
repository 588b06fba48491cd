"""vCard files: reading them card by card, and the values of a card's properties.

Phones export their whole address book into one file. So each card of a file is read by itself, and
a damaged or cut-off one hides no other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vobject.base import Component

_MAX_FILE = 256 << 20  # bytes; an address book with a photo in each card
_MAX_CARD = 4 << 20  # characters; photos are inside
_START = re.compile(r"^(?=BEGIN:VCARD[ \t]*\r?$)", re.MULTILINE | re.IGNORECASE)
_END = re.compile(r"^END:VCARD[ \t]*\r?$", re.MULTILINE | re.IGNORECASE)
_LAST = 101  # vCard 4 prefers by 1 to 100, lines without a number come last


def read_cards(path: Path) -> tuple[list[Component], bool]:
    """The vCards of a file, and whether all of it could be read. OSError."""
    with path.open("rb") as file:
        data = file.read(_MAX_FILE + 1)
    cards: list[Component] = []
    head, *texts = _START.split(data[:_MAX_FILE].decode("utf-8", "replace").removeprefix("\ufeff"))
    complete = bool(texts) and not head.strip() and len(data) <= _MAX_FILE
    for text in texts:
        found = _cards(text)
        complete = complete and bool(found)
        cards += found
    return cards, complete


def values(card: Component, name: str) -> list[str]:
    """All values of a property as text."""
    found = []
    for line in card.contents.get(name, []):
        value = line.value
        found.append(" ".join(map(str, value)) if isinstance(value, list) else str(value))
    return found


def full_name(card: Component) -> str:
    """What the contact is called, "" if the card does not say."""
    if name := next(iter(values(card, "fn")), ""):
        return name
    lines = card.contents.get("n", [])
    value = lines[0].value if lines else None
    return " ".join(filter(None, (getattr(value, "given", ""), getattr(value, "family", ""))))


def types(line: object) -> set[str]:
    """The types of a property's line, in lower case; without what only says that it is preferred."""
    return _words(line) - {"pref"}


def preferred(card: Component, name: str, best: Iterable[str]) -> tuple[str, ...]:
    """The values of a property: the most preferred one first, then those of the best types."""
    ranked = []
    for line in card.contents.get(name, []):
        kinds = types(line)
        rank = 1 if kinds & set(best) else 3 if "fax" in kinds else 2
        text = str(line.value).removeprefix("tel:").removeprefix("mailto:").strip()
        if text:
            ranked.append(((_preference(line), rank), text))
    return tuple(dict.fromkeys(text for _, text in sorted(ranked, key=lambda pair: pair[0])))


def _cards(text: str) -> list[Component]:
    """The card of a text; none if it is damaged or has no end."""
    from vobject.base import readComponents  # noqa: PLC0415 (slow to import, and only needed here)

    if len(text) > _MAX_CARD or not _END.search(text):
        return []
    try:
        found = list(readComponents(text, ignoreUnreadable=True))
    except Exception:  # vobject raises whatever its parts raise
        return []
    return [card for card in found if card.name == "VCARD"]


def _words(line: object) -> set[str]:
    params = getattr(line, "params", {})
    bare = getattr(line, "singletonparams", [])  # vCard 2.1 writes TEL;CELL:
    every = (*params.get("TYPE", []), *bare)
    return {part.strip().casefold() for value in every for part in str(value).split(",")}


def _preference(line: object) -> int:
    """1 is the most preferred. vCard 3 knows only TYPE=PREF."""
    number = str(next(iter(getattr(line, "params", {}).get("PREF", [])), ""))
    if number.isdecimal():
        return int(number)
    return 1 if number or "pref" in _words(line) else _LAST
