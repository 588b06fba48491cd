"""Tools for contacts: look up a number or an address, add a contact."""

from __future__ import annotations

import uuid

from tools.addresses import is_address
from tools.context import ToolContext
from tools.errors import NotFound, Refused
from tools.phone import lenient_number, normal_number
from tools.spec import Effect, Email, EmailResult, Name, Phone, PhoneResult, Result, StatusResult, tool
from tools.stores.collection import unreadable_note
from tools.stores.contacts import AddressBook
from tools.stores.matching import fold
from tools.stores.vdir import new_item_path


@tool(group="contacts", effect=Effect.READ)
def get_phone_number(ctx: ToolContext, name: Name) -> PhoneResult:
    """Look up the phone number of a contact."""
    contact = AddressBook.read(ctx.folders.contacts).find(name, "name")
    if not contact.phones:
        raise NotFound(f"There is no phone number for {contact.name}.", hint="Add it to the contact first.")
    number = lenient_number(contact.phones[0], ctx.person.region)
    return Result(number, f"{contact.name}: {number}")


@tool(group="contacts", effect=Effect.READ)
def get_email_address(ctx: ToolContext, name: Name) -> EmailResult:
    """Look up the e-mail address of a contact."""
    if is_address(name):
        return Result(name, name)
    contact = AddressBook.read(ctx.folders.contacts).find(name, "name")
    usable = [address for address in contact.emails if is_address(address)]
    if not usable:
        raise NotFound(f"There is no e-mail address for {contact.name}.", hint="Add it to the contact first.")
    return Result(usable[0], f"{contact.name}: {usable[0]}")


@tool(group="contacts", effect=Effect.LOCAL_WRITE)
def create_contact(ctx: ToolContext, name: Name, phone: Phone = "", email: Email = "") -> StatusResult:
    """Add a new contact with a phone number or an e-mail address or both."""
    name = " ".join(name.split())
    if not name:
        raise Refused("The contact has no name.", hint="Say whose number or address it is.")
    number = normal_number(phone, ctx.person.region) if phone else ""
    if email and not is_address(email):
        raise Refused(f"{email!r} is not an e-mail address.", hint="Give it like ana@example.org.")
    book = AddressBook.read(ctx.folders.contacts)
    for known in book.contacts:
        numbers = {lenient_number(p, ctx.person.region) for p in known.phones}
        addresses = {address.casefold() for address in known.emails}
        same = (not number or number in numbers) and (not email or email.casefold() in addresses)
        if fold(known.name) == fold(name) and same:
            return Result(known.name, f"{known.name} is in the contacts already.")
    uid = str(uuid.uuid4())
    path = new_item_path(ctx.folders.contacts, uid, ".vcf")
    ctx.changes.create(path, _card(uid, name, number, email))
    details = ", ".join(filter(None, (number, email)))
    text = f"Added {name} to the contacts{f' ({details})' if details else ''}."
    return Result(name, f"{text}{unreadable_note(book.unreadable)}")


def _card(uid: str, name: str, number: str, email: str) -> bytes:
    import vobject  # noqa: PLC0415

    card = vobject.vCard()
    given, _, family = name.rpartition(" ")
    card.add("uid").value = uid
    card.add("fn").value = name
    card.add("n").value = vobject.vcard.Name(family=family if given else "", given=given or name)
    if number:
        line = card.add("tel")
        line.value, line.type_param = number, "CELL"
    if email:
        card.add("email").value = email
    text: str = card.serialize()
    return text.encode("utf-8")
