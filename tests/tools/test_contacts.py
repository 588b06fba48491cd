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
from tools.stores.matching import fold

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


def write(ctx: ToolContext, **cards: str) -> None:
    """Put cards, given by their lines, into files of the keywords' names."""
    ctx.folders.contacts.mkdir(exist_ok=True)
    for name, lines in cards.items():
        text = f"BEGIN:VCARD\nVERSION:3.0\n{lines}\nEND:VCARD\n".replace("\n", "\r\n")
        (ctx.folders.contacts / f"{name}.vcf").write_text(text, encoding="utf-8")


@pytest.fixture
def ctx(tmp_path: Path) -> ToolContext:
    context = make_context(tmp_path)
    write(context, **CARDS)
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


@pytest.mark.parametrize(("asked", "known"), [("Pria", "Priya Raman"), ("Leonia Vale", "Leonie Vale")])
def test_a_name_that_is_only_spelled_alike_is_a_question(ctx: ToolContext, asked: str, known: str) -> None:
    with pytest.raises(Ambiguous) as caught:
        email(ctx, asked)
    assert caught.value.choices == (known,)
    assert email(ctx, known) == email(ctx, known.split(maxsplit=1)[0])


def test_a_name_with_another_first_name_in_it_is_nobody(ctx: ToolContext) -> None:
    write(ctx, tom="FN:Tom Lopez\nEMAIL:tom@example.org")
    with pytest.raises(NotFound):
        email(ctx, "Tim Lopez")


def test_nobody_is_an_error_that_names_the_nearest(ctx: ToolContext) -> None:
    with pytest.raises(NotFound) as caught:
        email(ctx, "Leona Valentine")
    assert "Leonie Vale" in caught.value.nearest
    with pytest.raises(NotFound, match="no phone number"):
        phone(ctx, "Leonie")


def test_a_damaged_card_hides_no_other(ctx: ToolContext) -> None:
    (ctx.folders.contacts / "broken.vcf").write_bytes(b"\xff\xfe not a card")
    assert email(ctx, "Priya") == "priya@example.com"


def test_a_card_that_is_cut_off_hides_no_other_of_its_file_and_is_mentioned(ctx: ToolContext) -> None:
    good = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Bo Good\r\nEMAIL:bo@example.org\r\nEND:VCARD\r\n"
    cut = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Cy Cut\r\nEMAIL:cy@exa"
    (ctx.folders.contacts / "all.vcf").write_text(good + cut + "\r\n" + good.replace("Bo", "Flo"))
    assert email(ctx, "Bo Good") == "bo@example.org"
    assert email(ctx, "Flo Good") == "bo@example.org"
    with pytest.raises(NotFound) as caught:
        email(ctx, "Cy Cut")
    assert "Could not be read: all.vcf." in caught.value.hint
    assert "already" in create_contact.function(ctx, name="Bo Good", phone="", email="bo@example.org").text
    assert "all.vcf" in create_contact.function(ctx, name="Cy Cut", phone="", email="cy@example.org").text


def test_an_address_book_with_photos_is_read_to_its_end(ctx: ToolContext) -> None:
    photo = "PHOTO;ENCODING=b;TYPE=JPEG:" + "QUJD" * 750_000
    cards = [
        f"BEGIN:VCARD\nVERSION:3.0\nFN:Number {n}\n{photo}\nTEL:+1415555010{n}\nEND:VCARD\n" for n in "12"
    ]
    (ctx.folders.contacts / "all.vcf").write_text("".join(cards))
    assert phone(ctx, "Number 2") == "+14155550102"


def test_the_preferred_number_and_address_come_first(ctx: ToolContext) -> None:
    numbers = "TEL;PREF=2;VALUE=uri:tel:+1-415-555-0101\nTEL;TYPE=cell:+14155550103\nTEL;PREF=1;VALUE=uri:tel:+1-415-555-0102"
    write(ctx, zoe=f"FN:Zoe Quill\n{numbers}\nEMAIL;PREF=10:old@example.org\nEMAIL;PREF=9:new@example.org")
    assert phone(ctx, "Zoe") == "+14155550102"
    assert email(ctx, "Zoe") == "new@example.org"


@pytest.mark.parametrize(
    ("lines", "asked"),
    [
        ("RELATED;TYPE=spouse;VALUE=text:me", "my wife"),
        ("RELATED;TYPE=spouse;VALUE=text:me", "my husband"),
        ("RELATED;TYPE=spouse;VALUE=text:me", "my partner"),
        ("RELATED;TYPE=parent;VALUE=text:me", "my mother"),
        ("RELATED;TYPE=parent;VALUE=text:me", "my mom"),
        ("RELATED;TYPE=child;VALUE=text:me", "my daughter"),
        ("RELATED;TYPE=sibling;VALUE=text:me", "my bro"),
        ("NICKNAME:Dad", "my father"),
        ("NICKNAME:Dad", "papa"),
    ],
)
def test_relatives_are_found_by_what_they_are_to_the_user(tmp_path: Path, lines: str, asked: str) -> None:
    ctx = make_context(tmp_path)
    write(ctx, kin=f"FN:Kim Vale\n{lines}\nEMAIL:kim@example.org", other="FN:Bo Hill\nEMAIL:bo@example.org")
    assert email(ctx, asked) == "kim@example.org"


def test_the_card_of_the_user_tells_who_the_relatives_are(tmp_path: Path) -> None:
    ctx = make_context(tmp_path)
    apple = "item1.X-ABRELATEDNAMES:Tom Vale\nitem1.X-ABLabel:_$!<Brother>!$_"
    related = "RELATED;TYPE=sibling;VALUE=text:Leonie Vale\nRELATED;TYPE=parent;VALUE=text:Helen Vale"
    write(
        ctx,
        me=f"FN:Robin Vale\nX-ME:yes\n{related}\n{apple}",
        a="FN:Leonie Vale\nEMAIL:leonie@example.org",
        b="FN:Tom Vale\nEMAIL:tom@example.org",
        c="FN:Helen Vale\nEMAIL:helen@example.org",
    )
    assert email(ctx, "my sister") == "leonie@example.org"
    assert email(ctx, "my mum") == "helen@example.org"
    assert email(ctx, "my brother") == "tom@example.org"  # who is called so comes before a sibling


def test_looking_up_one_of_many_contacts_folds_each_name_a_few_times(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ctx = make_context(tmp_path)
    cards = [
        f"BEGIN:VCARD\nVERSION:3.0\nFN:Person Number{n}\nEMAIL:p{n}@example.org\nEND:VCARD\n"
        for n in range(300)
    ]
    ctx.folders.contacts.mkdir()
    (ctx.folders.contacts / "all.vcf").write_text("".join(cards))
    folded: list[str] = []

    def counted(text: str) -> str:
        folded.append(text)
        return fold(text)

    for module in ("tools.stores.contacts", "tools.stores.matching"):
        monkeypatch.setattr(f"{module}.fold", counted)
    assert email(ctx, "Number7") == "p7@example.org"
    assert len(folded) < 10 * len(cards)


def test_a_new_contact_is_found_and_the_same_one_is_not_added_twice(ctx: ToolContext) -> None:
    args = {"name": "Hana Sato", "phone": "415 555 0190", "email": "hana@example.com"}
    create_contact.function(ctx, **args)
    assert phone(ctx, "Hana") == "+14155550190"
    count = len(list(ctx.folders.contacts.iterdir()))
    assert "already" in create_contact.function(ctx, **args).text
    assert "already" in create_contact.function(ctx, **args | {"email": "Hana@Example.com"}).text
    assert len(list(ctx.folders.contacts.iterdir())) == count


@pytest.mark.parametrize(
    "args",
    [
        {"email": "not an address"},
        {"phone": "12"},
        {"email": "a@b.c\nBcc: x@y.z"},
        {"email": "josé@example.org"},
    ],
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
