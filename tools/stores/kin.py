"""Relations to the user: what cards say of them, and the words people have for them.

A relation is either what the contact's own card says (`RELATED;TYPE=sibling;VALUE=text:me`), or
what the user's card (`X-ME:yes`) says of others (`X-ABRELATEDNAMES`, `RELATED` with a name).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.stores import vcards
from tools.stores.matching import fold

if TYPE_CHECKING:
    from vobject.base import Component

_SAME = {
    "mum": "mother", "mom": "mother", "mama": "mother", "mommy": "mother", "mummy": "mother",
    "dad": "father", "papa": "father", "daddy": "father",
    "sis": "sister", "bro": "brother", "grandma": "grandmother", "granny": "grandmother",
    "grandpa": "grandfather", "hubby": "husband", "boss": "manager",
}  # fmt: skip
# vCards name relations without the sex of the person (RFC 6350, 6.6.6); people don't.
_ON_CARDS = {
    "sister": "sibling", "brother": "sibling", "mother": "parent", "father": "parent",
    "wife": "spouse", "husband": "spouse", "partner": "spouse", "son": "child", "daughter": "child",
}  # fmt: skip
_ME = frozenset({"me", "user", "self"})


def relation(word: str) -> str:
    """The usual word for a relation: "mother" for "mom"; other words as they are."""
    return _SAME.get(word, word)


def on_cards(word: str) -> str:
    """What a card may say for a relation: "parent" for "mother"; other words as they are."""
    return _ON_CARDS.get(word, word)


def own_relations(card: Component) -> list[str]:
    """What this contact is to the user: RELATED lines whose value is "me"."""
    lines = [line for line in card.contents.get("related", []) if fold(_name(line)) in _ME]
    return [relation(kind) for line in lines for kind in sorted(vcards.types(line))]


def named_relations(card: Component) -> list[tuple[str, str]]:
    """(relation, name) pairs of a card that calls itself the user's."""
    if "x-me" not in card.contents:
        return []
    pairs = [(kind, _name(line)) for line in card.contents.get("related", []) for kind in vcards.types(line)]
    # Apple keeps the relation in a line of its own: item1.X-ABLabel:_$!<Brother>!$_
    labels = {line.group: str(line.value) for line in card.contents.get("x-ablabel", []) if line.group}
    for line in card.contents.get("x-abrelatednames", []):
        pairs += [(fold(kind), _name(line)) for kind in (labels.get(line.group, ""), *vcards.types(line))]
    return [(relation(kind), name) for kind, name in pairs if kind]


def _name(line: object) -> str:
    return str(getattr(line, "value", "")).removeprefix("text:")
