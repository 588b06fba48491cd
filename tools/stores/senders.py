"""Which received mails are from whom: "my sister", "Sam", "Amazon", an address.

The newest mail found is what "reply" and "forward" mean then. So a sender who is in the contacts is
that contact, and "Sam" stands for Samsung only if there is no mail of any Sam.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tools.addresses import named_addresses
from tools.errors import Ambiguous, NotFound
from tools.stores.contacts import TITLES, AddressBook, Contact, without_possessive
from tools.stores.maildir import Mail
from tools.stores.matching import fold, word_matches, words

_FILLERS = frozenset({"my", "the"})


def mails_from(sender: str, mails: Sequence[Mail], book: AddressBook) -> list[Mail]:
    """The mails that `sender` means; what means it best hides the others."""
    spoken = without_possessive(sender)
    if "@" in spoken:
        return [mail for mail in mails if spoken.casefold() in _addresses(mail)]
    wanted = words(spoken, _FILLERS)
    if (contact := _contact(spoken, book)) is not None:
        found = [mail for mail in mails if _is_from(mail, contact)]
        # Who says "my sister" means nobody else; a name that a contact has, somebody else may have too.
        if found or not set(wanted) <= set(fold(contact.name).split()):
            return found
    tiers: tuple[Callable[[Mail], bool], ...] = (
        lambda mail: set(wanted) <= set(_name_words(mail)),
        lambda mail: set(wanted) <= set(fold(mail.sender).split()),
        lambda mail: all(word_matches(word, fold(mail.sender).split()) for word in wanted),
    )
    for is_meant in tiers:
        if found := [mail for mail in mails if is_meant(mail)]:
            return found
    return []


def _contact(spoken: str, book: AddressBook) -> Contact | None:
    try:
        return book.find(spoken, "sender")
    except (Ambiguous, NotFound):
        return None


def _is_from(mail: Mail, contact: Contact) -> bool:
    if not _addresses(mail).isdisjoint(address.casefold() for address in contact.emails):
        return True
    name = set(words(contact.name, TITLES))
    return bool(name) and name <= set(_name_words(mail))


def _addresses(mail: Mail) -> set[str]:
    return {address.casefold() for _, address in named_addresses([mail.sender])}


def _name_words(mail: Mail) -> list[str]:
    """The words of the sender's name, and of the part of the address before the @."""
    pieces = mail.sender.replace("@", " @").split()
    return fold(" ".join(piece for piece in pieces if not piece.startswith("@"))).split()
