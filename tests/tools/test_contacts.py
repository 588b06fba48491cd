"""Contacts: which one a name means, what is written, what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from vobject.base import readOne

from tests.support import make_context
from tools.contacts import create_contact, get_email_address, get_phone_number
from tools.context import ToolContext
from tools.errors import Ambiguous, NotFound, Refused

CARDS = {
    "priya": "FN:Priya Raman\nTEL;TYPE=HOME:+1 415 555 0131\nTEL;TYPE=CELL:(415) 555-0132\nEMAIL:priya@example.com",
    "jose": "FN:José Ángel Núñez\nNICKNAME:Pepe\nEMAIL;TYPE=PREF:jose@example.org\nEMAIL:old@example.org",
    "ana1": "FN:Ana Ferreira\nEMAIL:ana.f@example.com",
    "ana2": "FN:Ana Kowalczyk\nEMAIL:ana.k@example.com",
    "sis": "FN:Leonie Vale\nRELATED;TYPE=sister;VALUE=text:me\nEMAIL:leonie@example.com",
    "doc": "FN:Dr. Ngozi Okafor\nTEL:+14155550104",
    "lars": "FN:Lars Østergård\nTEL:+14155550153",
    "kim1": "FN:Kim Lee\nORG:Books\nTEL:+14155550171",
    "kim2": "FN:Kim Lee\nORG:Baths\nTEL:+14155550172",
}


@pytest.fixture
def ctx(tmp_path: Path) -> ToolContext:
    context = make_context(tmp_path)
    context.folders.contacts.mkdir()
    for name, lines in CARDS.items():
        text = f"BEGIN:VCARD\nVERSION:3.0\n{lines}\nEND:VCARD\n".replace("\n", "\r\n")
        (context.folders.contacts / f"{name}.vcf").write_text(text, encoding="utf-8")
    return context


def email(ctx: ToolContext, name: str) -> str:
    return str(get_email_address.function(ctx, name=name).value)


def phone(ctx: ToolContext, name: str) -> str:
    return str(get_phone_number.function(ctx, name=name).value)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("Priya", "priya@example.com"),
        ("priya raman", "priya@example.com"),
        ("Priya's", "priya@example.com"),
        ("Pria", "priya@example.com"),
        ("jose", "jose@example.org"),
        ("Nunez", "jose@example.org"),
        ("Pepe", "jose@example.org"),
        ("my sister", "leonie@example.com"),
        ("my sis", "leonie@example.com"),
        ("Ana Ferreira", "ana.f@example.com"),
        ("someone@example.net", "someone@example.net"),
    ],
)
def test_people_are_found_as_they_are_called(ctx: ToolContext, asked: str, found: str) -> None:
    assert email(ctx, asked) == found


def test_numbers_are_normal_and_the_mobile_comes_first(ctx: ToolContext) -> None:
    assert phone(ctx, "Priya") == "+14155550132"
    assert phone(ctx, "doctor okafor") == "+14155550104"
    assert phone(ctx, "Ostergard") == "+14155550153"


def test_several_matches_are_a_question_and_every_choice_means_one(ctx: ToolContext) -> None:
    with pytest.raises(Ambiguous) as caught:
        email(ctx, "Ana")
    assert caught.value.argument == "name"
    assert [email(ctx, choice) for choice in caught.value.choices] == [
        "ana.f@example.com",
        "ana.k@example.com",
    ]
    with pytest.raises(Ambiguous) as caught:
        phone(ctx, "Kim Lee")
    assert {phone(ctx, choice) for choice in caught.value.choices} == {"+14155550171", "+14155550172"}


def test_nobody_is_an_error_that_names_the_nearest(ctx: ToolContext) -> None:
    with pytest.raises(NotFound) as caught:
        email(ctx, "Leona Valentine")
    assert "Leonie Vale" in caught.value.nearest
    with pytest.raises(NotFound, match="no phone number"):
        phone(ctx, "Leonie")


def test_a_damaged_card_hides_no_other(ctx: ToolContext) -> None:
    (ctx.folders.contacts / "broken.vcf").write_bytes(b"\xff\xfe not a card")
    assert email(ctx, "Priya") == "priya@example.com"


def test_a_new_contact_is_found_and_the_same_one_is_not_added_twice(ctx: ToolContext) -> None:
    args = {"name": "Hana Sato", "phone": "415 555 0190", "email": "hana@example.com"}
    create_contact.function(ctx, **args)
    assert phone(ctx, "Hana") == "+14155550190"
    count = len(list(ctx.folders.contacts.iterdir()))
    assert "already" in create_contact.function(ctx, **args).text
    assert len(list(ctx.folders.contacts.iterdir())) == count


@pytest.mark.parametrize(
    "args", [{"email": "not an address"}, {"phone": "12"}, {"email": "a@b.c\nBcc: x@y.z"}]
)
def test_what_is_no_address_or_number_is_refused(ctx: ToolContext, args: dict[str, str]) -> None:
    with pytest.raises(Refused):
        create_contact.function(ctx, name="X", **args)


@given(st.text(alphabet=st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=40))
def test_any_name_survives_the_card(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    context = make_context(tmp_path_factory.mktemp("contacts"))
    create_contact.function(context, name=name, phone="", email="x@example.org")
    (path,) = context.folders.contacts.iterdir()
    card = readOne(path.read_text(encoding="utf-8"))
    assert card.fn.value == name
