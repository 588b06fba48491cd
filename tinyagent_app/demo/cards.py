"""Contacts of the demo profile as vCards."""

from __future__ import annotations

import vobject

from tinyagent_app.demo.content import Contact, uid


def card(contact: Contact) -> bytes:
    """A vCard 3.0, which every address book reads."""
    made = vobject.vCard()
    made.add("uid").value = uid("contact", contact.name)
    made.add("fn").value = contact.name
    made.add("n").value = _name(contact)
    if contact.nicknames:
        made.add("nickname").value = ",".join(contact.nicknames)
    for relation in contact.related:
        line = made.add("related")
        line.value, line.type_param, line.value_param = "me", relation, "text"
    if contact.organisation:
        made.add("org").value = [contact.organisation]
    for phone in contact.phones:
        line = made.add("tel")
        line.value, line.type_param = phone, "CELL"
    for address in contact.emails:
        made.add("email").value = address
    if contact.birthday:
        made.add("bday").value = contact.birthday
    if contact.note:
        made.add("note").value = contact.note
    text: str = made.serialize()
    return text.encode("utf-8")


def _name(contact: Contact) -> vobject.vcard.Name:
    plain = contact.name.removeprefix(contact.title).strip()
    family = contact.family or plain.rpartition(" ")[2]
    given = " ".join(plain.replace(family, " ", 1).split())
    return vobject.vcard.Name(family=family, given=given, prefix=contact.title)
