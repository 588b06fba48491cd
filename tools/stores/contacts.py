"""The address book: one vCard a file, as khard and vdirsyncer use it; and which contact a name means.

People say "Priya", "Dr. Okafor", "my sister" or "Jose" for José. What a word may mean, best first:
the full name, a nickname, a relation, all words of the name, a similar spelling. Within a tier
several contacts are equally good, and then the user is asked.

A relation is either what the contact's own card says (`RELATED;TYPE=sibling;VALUE=text:me`,
`NICKNAME:sister`), or what the user's card says of others (`X-ABRELATEDNAMES`, `RELATED` with a name).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tools.errors import Ambiguous, NotFound
from tools.stores.matching import best_matches, fold, nearest
from tools.stores.vdir import iter_items

if TYPE_CHECKING:
    from vobject.base import Component

_TITLES = frozenset(
    {"mr", "mrs", "ms", "miss", "mx", "dr", "prof", "professor", "doctor"}
    | {"sir", "madam", "aunt", "auntie", "uncle", "coach"}
)
_FILLERS = frozenset({"my", "the", "our", "contact"}) | _TITLES
_POSSESSIVE = re.compile(r"['’`]s?$")
_KIN = {
    "mum": "mother", "mom": "mother", "mama": "mother", "dad": "father", "papa": "father",
    "sis": "sister", "bro": "brother", "grandma": "grandmother", "granny": "grandmother",
    "grandpa": "grandfather", "hubby": "husband", "boss": "manager",
}  # fmt: skip
_SIBLINGS = frozenset({"sister", "brother"})
_MAX_CARD = 4 << 20  # bytes; photos are inside


@dataclass(frozen=True, slots=True)
class Contact:
    """What is known of a person or firm. Phones and e-mails are the preferred ones first."""

    path: Path
    name: str
    nicknames: tuple[str, ...] = ()
    relations: tuple[str, ...] = ()  # to the user: "sister", "manager"
    organisation: str = ""
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()


@dataclass(slots=True)
class AddressBook:
    """All contacts of a folder; cards that can't be read are named in `unreadable`."""

    contacts: list[Contact] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, folder: Path) -> AddressBook:
        """Read the folder and its address books (sub-folders)."""
        book = cls()
        folders = [folder, *sorted(p for p in folder.iterdir() if p.is_dir())] if folder.is_dir() else []
        others: list[tuple[str, str]] = []
        for each in folders:
            for path in iter_items(each, ".vcf"):
                try:
                    cards = _cards(path)
                except (OSError, ValueError):
                    book.unreadable.append(path.name)
                    continue
                for card in cards:
                    book.contacts.append(_contact(path, card))
                    others += _named_relations(card)
        book.contacts = [_with_relations(contact, others) for contact in book.contacts]
        return book

    def find(self, asked: str, argument: str) -> Contact:
        """The one contact that `asked` means. Ambiguous, or NotFound naming the nearest."""
        found = self._matching(_POSSESSIVE.sub("", asked.strip()))
        match found:
            case []:
                names = [c.name for c in self.contacts]
                near = nearest(asked, names)
                hint = f"Did you mean {' or '.join(near)}?" if near else "Add the contact first."
                raise NotFound(f"There is no contact called {asked}.", near, hint=hint)
            case [contact]:
                return contact
            case several:
                raise Ambiguous(f"Which {asked} do you mean?", argument, [self.label(c) for c in several])

    def label(self, contact: Contact) -> str:
        """What the contact is called in a choice: its name, and more if others have the same."""
        same = [c for c in self.contacts if fold(c.name) == fold(contact.name)]
        if len(same) == 1:
            return contact.name
        for detail in (contact.organisation, *contact.emails, *contact.phones):
            holders = [c for c in same if detail in (c.organisation, *c.emails, *c.phones)]
            if detail and len(holders) == 1:
                return f"{contact.name} ({detail})"
        return f"{contact.name} ({contact.path.name})"

    def _matching(self, asked: str) -> list[Contact]:
        if labelled := [c for c in self.contacts if self.label(c) == asked]:
            return labelled[:1]
        form = fold(asked)
        plain = " ".join(w for w in form.split() if w not in _FILLERS) or form
        tiers: tuple[Callable[[Contact], bool], ...] = (
            lambda c: fold(c.name) == form,
            lambda c: any(fold(n) in {form, plain} for n in c.nicknames),
            lambda c: _KIN.get(plain, plain) in c.relations,
        )
        for is_meant in tiers:
            if found := [c for c in self.contacts if is_meant(c)]:
                return found
        return [self.contacts[i] for i in self._by_name(asked)]

    def _by_name(self, asked: str) -> list[int]:
        names = [c.name for c in self.contacts]
        if found := best_matches(asked, names, _FILLERS):
            return found
        words = fold(asked).split()
        # A slip in a first or last name: each word of the name is compared by itself.
        if len(words) == 1 and len(words[0]) > 3:
            parts = [(i, part) for i, name in enumerate(names) for part in fold(name).split()]
            close = best_matches(words[0], [part for _, part in parts])
            return sorted({parts[p][0] for p in close})
        return []


def _cards(path: Path) -> list[Component]:
    """The vCards of a file. ValueError if there is none."""
    from vobject.base import readComponents  # noqa: PLC0415 (slow to import, and only needed here)

    with path.open("rb") as file:
        text = file.read(_MAX_CARD).decode("utf-8", "replace")
    try:
        cards = list(readComponents(text, ignoreUnreadable=True))
    except Exception as error:  # vobject raises whatever its parts raise
        raise ValueError(f"{path.name} is no vCard: {error}") from error
    cards = [card for card in cards if card.name == "VCARD"]
    if not cards:
        raise ValueError(f"{path.name} holds no vCard")
    return cards


def _contact(path: Path, card: Component) -> Contact:
    emails = _preferred(card, "email", ("home",))
    name = _first(card, "fn") or _full_name(card) or (emails[0] if emails else path.stem)
    nicknames = [n for line in _values(card, "nickname") for n in line.split(",")]
    return Contact(
        path,
        " ".join(name.split()),
        tuple(n.strip() for n in nicknames if n.strip()),
        tuple(_own_relations(card)),
        " ".join(_first(card, "org").split()),
        _preferred(card, "tel", ("cell", "mobile")),
        emails,
    )


def _values(card: Component, name: str) -> list[str]:
    found = []
    for line in card.contents.get(name, []):
        value = line.value
        found.append(" ".join(map(str, value)) if isinstance(value, list) else str(value))
    return found


def _first(card: Component, name: str) -> str:
    return next(iter(_values(card, name)), "")


def _full_name(card: Component) -> str:
    lines = card.contents.get("n", [])
    value = lines[0].value if lines else None
    return (
        " ".join(filter(None, (getattr(value, "given", ""), getattr(value, "family", "")))) if value else ""
    )


def _types(line: object) -> set[str]:
    params = getattr(line, "params", {})
    values = [*params.get("TYPE", []), *(["pref"] if "PREF" in params else [])]
    bare = getattr(line, "singletonparams", [])  # vCard 2.1 writes TEL;CELL:
    return {part.strip().casefold() for value in (*values, *bare) for part in str(value).split(",")}


def _preferred(card: Component, name: str, best: Iterable[str]) -> tuple[str, ...]:
    """The values of a property: the preferred one first, then those of the best types."""
    ranked = []
    for line in card.contents.get(name, []):
        types = _types(line)
        rank = 0 if "pref" in types else 1 if types & set(best) else 3 if "fax" in types else 2
        text = str(line.value).removeprefix("tel:").removeprefix("mailto:").strip()
        if text:
            ranked.append((rank, text))
    return tuple(dict.fromkeys(text for _, text in sorted(ranked, key=lambda pair: pair[0])))


def _own_relations(card: Component) -> list[str]:
    """What this contact is to the user: RELATED lines whose value is "me"."""
    found: list[str] = []
    for line in card.contents.get("related", []):
        if fold(str(line.value).removeprefix("text:")) in {"me", "user", "self"}:
            for kind in _types(line) - {"pref"}:
                found += sorted(_SIBLINGS) if kind == "sibling" else [_KIN.get(kind, kind)]
    return found


def _named_relations(card: Component) -> list[tuple[str, str]]:
    """(relation, name) pairs of a card that calls itself the user's (X-ME:yes)."""
    if "x-me" not in card.contents:
        return []
    pairs = []
    for line in card.contents.get("related", []):
        pairs += [(kind, str(line.value).removeprefix("text:")) for kind in _types(line)]
    return [(_KIN.get(kind, kind), name) for kind, name in pairs]


def _with_relations(contact: Contact, others: Sequence[tuple[str, str]]) -> Contact:
    extra = tuple(relation for relation, name in others if fold(name) == fold(contact.name))
    if not extra:
        return contact
    return Contact(
        contact.path, contact.name, contact.nicknames, contact.relations + extra,
        contact.organisation, contact.phones, contact.emails,
    )  # fmt: skip
