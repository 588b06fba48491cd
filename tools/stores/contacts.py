"""The address book: one vCard a file, as khard and vdirsyncer use it; and which contact a name means.

People say "Priya", "Dr. Okafor", "my sister" or "Jose" for José. What a word may mean, best first:
the full name, a nickname, a relation (tools.stores.kin), all words of the name, a similar spelling.
Within a tier several contacts are equally good, and then the user is asked; so they are about a
similar spelling, because Maria is not Mario.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from tools.errors import Ambiguous, NotFound
from tools.stores import kin, vcards
from tools.stores.collection import unreadable_note
from tools.stores.matching import fold, nearest, similar_matches, sure_matches
from tools.stores.vdir import iter_items

if TYPE_CHECKING:
    from vobject.base import Component

TITLES = frozenset(
    {"mr", "mrs", "ms", "miss", "mx", "dr", "prof", "professor", "doctor"}
    | {"sir", "madam", "aunt", "auntie", "uncle", "coach"}
)
_FILLERS = frozenset({"my", "the", "our", "contact"}) | TITLES
_POSSESSIVE = re.compile(r"['’`]s?$")


@dataclass(frozen=True, slots=True)
class Contact:
    """What is known of a person or firm. Phones and e-mails are the preferred ones first."""

    path: Path
    name: str
    nicknames: tuple[str, ...] = ()
    relations: tuple[str, ...] = ()  # to the user: "sister", "sibling", "manager"
    organisation: str = ""
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()


@dataclass(slots=True)
class AddressBook:
    """All contacts of a folder; files that can't be read, or not completely, are named in `unreadable`."""

    contacts: list[Contact] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, folder: Path) -> AddressBook:
        """Read the folder and its address books (sub-folders)."""
        book = cls()
        folders = [folder, *sorted(p for p in folder.iterdir() if p.is_dir())] if folder.is_dir() else []
        others: dict[str, list[str]] = defaultdict(list)  # relations by folded name
        for path in (path for each in folders for path in iter_items(each, ".vcf")):
            try:
                cards, complete = vcards.read_cards(path)
            except OSError:
                cards, complete = [], False
            if not complete:
                book.unreadable.append(path.name)
            for card in cards:
                book.contacts.append(_contact(path, card))
                for relation, name in kin.named_relations(card):
                    others[fold(name)].append(relation)
        if others:
            book.contacts = [_with_relations(contact, others) for contact in book.contacts]
        return book

    def find(self, asked: str, argument: str) -> Contact:
        """The one contact that `asked` means. Ambiguous, or NotFound naming the nearest."""
        namesakes = self._namesakes()
        spoken = without_possessive(asked)
        sure = self._sure(spoken, namesakes)
        match sure or self._similar(spoken):
            case []:
                raise self._not_found(asked)
            case [contact] if sure:
                return contact
            case several:
                question = f"Which {asked} do you mean?" if sure else f"Whom do you mean by {asked}?"
                raise Ambiguous(question, argument, [_label(c, namesakes) for c in several])

    def _namesakes(self) -> dict[str, list[Contact]]:
        """The contacts by folded name: folding each once, not once for each other one."""
        found: dict[str, list[Contact]] = defaultdict(list)
        for contact in self.contacts:
            found[fold(contact.name)].append(contact)
        return found

    def _sure(self, asked: str, namesakes: Mapping[str, Sequence[Contact]]) -> list[Contact]:
        if labelled := [c for c in self.contacts if _label(c, namesakes) == asked]:
            return labelled[:1]
        form = fold(asked)
        if not form:
            return []
        plain = " ".join(w for w in form.split() if w not in _FILLERS) or form
        relation = kin.relation(plain)
        tiers: tuple[Callable[[Contact], bool], ...] = (
            lambda c: any(fold(n) in {form, plain} for n in c.nicknames),
            lambda c: relation in c.relations or any(kin.relation(fold(n)) == relation for n in c.nicknames),
            lambda c: kin.on_cards(relation) in c.relations,
        )
        if form in namesakes:
            return list(namesakes[form])
        for is_meant in tiers:
            if found := [c for c in self.contacts if is_meant(c)]:
                return found
        return [self.contacts[i] for i in sure_matches(asked, [c.name for c in self.contacts], _FILLERS)]

    def _similar(self, asked: str) -> list[Contact]:
        names = [c.name for c in self.contacts]
        if found := similar_matches(asked, names, _FILLERS):
            return [self.contacts[i] for i in found]
        words = fold(asked).split()
        # A slip in a first or last name: each word of the name is compared by itself.
        if len(words) == 1 and len(words[0]) > 3:
            parts = [(i, part) for i, name in enumerate(names) for part in fold(name).split()]
            close = similar_matches(words[0], [part for _, part in parts])
            return [self.contacts[i] for i in sorted({parts[p][0] for p in close})]
        return []

    def _not_found(self, asked: str) -> NotFound:
        near = nearest(asked, [c.name for c in self.contacts])
        hint = f"Did you mean {' or '.join(near)}?" if near else "Add the contact first."
        left_out = unreadable_note(self.unreadable).strip()
        return NotFound(f"There is no contact called {asked}.", near, hint=f"{hint} {left_out}".strip())


def without_possessive(asked: str) -> str:
    """A name as it stands in the address book: "Priya" for "Priya's"."""
    return _POSSESSIVE.sub("", asked.strip())


def _label(contact: Contact, namesakes: Mapping[str, Sequence[Contact]]) -> str:
    """What the contact is called in a choice: its name, and more if others have the same."""
    same = namesakes[fold(contact.name)]
    if len(same) == 1:
        return contact.name
    for detail in (contact.organisation, *contact.emails, *contact.phones):
        holders = [c for c in same if detail in (c.organisation, *c.emails, *c.phones)]
        if detail and len(holders) == 1:
            return f"{contact.name} ({detail})"
    return f"{contact.name} ({contact.path.name})"


def _contact(path: Path, card: Component) -> Contact:
    emails = vcards.preferred(card, "email", ("home",))
    name = vcards.full_name(card) or (emails[0] if emails else path.stem)
    nicknames = [n for line in vcards.values(card, "nickname") for n in line.split(",")]
    return Contact(
        path,
        " ".join(name.split()),
        tuple(n.strip() for n in nicknames if n.strip()),
        tuple(kin.own_relations(card)),
        " ".join(next(iter(vcards.values(card, "org")), "").split()),
        vcards.preferred(card, "tel", ("cell", "mobile")),
        emails,
    )


def _with_relations(contact: Contact, others: Mapping[str, Sequence[str]]) -> Contact:
    more = others.get(fold(contact.name), ())
    return replace(contact, relations=(*contact.relations, *more)) if more else contact
