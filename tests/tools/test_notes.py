"""Notes: naming, reading, writing and searching Markdown files through the tools."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import make_context
from tools.context import ToolContext
from tools.errors import Ambiguous, NotFound, Refused, ToolError
from tools.notes import append_note_content, create_note, open_note, search_notes
from tools.spec import Result
from tools.stores.notes import appended, safe_name


class Desktop:
    """A launcher that remembers what it was asked to show."""

    def __init__(self) -> None:
        self.opened: list[str] = []

    def open(self, target: str) -> bool:
        self.opened.append(target)
        return True


@pytest.fixture
def ctx(tmp_path: Path) -> ToolContext:
    return make_context(tmp_path)


def write(ctx: ToolContext, relative: str, data: str | bytes) -> Path:
    path = ctx.folders.notes / relative
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def opened(ctx: ToolContext, name: str, folder: str = "") -> Result:
    result = open_note.function(ctx, name=name, folder=folder)
    assert isinstance(result, Result)
    return result


def test_a_note_is_read_and_shown(ctx: ToolContext) -> None:
    desktop = Desktop()
    path = write(ctx, "Garden.md", "roses\n")
    result = opened(dataclasses.replace(ctx, launcher=desktop), "Garden")
    assert result.value == "roses\n"
    assert result.text == "Garden:\nroses\n"
    assert desktop.opened == [str(path)]


@pytest.mark.parametrize(
    "asked",
    ["kimchi", "KIMCHI", "my kimchi note", "Kimchi temps", "kimchi-temps", "kimchitemps", "kimchi temp"],
)
def test_names_are_matched_as_people_say_them(ctx: ToolContext, asked: str) -> None:
    write(ctx, "Kimchi temps.md", "18 degrees")
    write(ctx, "Taxes.md", "pay")
    assert opened(ctx, asked).value == "18 degrees"


def test_diacritics_do_not_matter(ctx: ToolContext) -> None:
    write(ctx, "Łódź café.md", "yes")
    assert opened(ctx, "lodz cafe").value == "yes"


def test_an_exact_name_beats_a_longer_one(ctx: ToolContext) -> None:
    write(ctx, "Ideas.md", "short")
    write(ctx, "Ideas 2025.md", "long")
    assert opened(ctx, "ideas").value == "short"


def test_another_number_is_another_note(ctx: ToolContext) -> None:
    write(ctx, "Case report 4417.md", "x")
    with pytest.raises(NotFound) as caught:
        opened(ctx, "case report 4418")
    assert caught.value.nearest == ("Case report 4417",)


def test_notes_of_one_name_are_a_question_and_every_choice_means_one_note(ctx: ToolContext) -> None:
    write(ctx, "Ideas.md", "top")
    write(ctx, "Work/Ideas.md", "work")
    write(ctx, "Home/Ideas.md", "home")
    write(ctx, "Home/Ideas.txt", "home text")
    with pytest.raises(Ambiguous) as caught:
        opened(ctx, "ideas")
    assert caught.value.argument == "name"
    assert "Work/Ideas" in caught.value.choices
    texts = {opened(ctx, choice).value for choice in caught.value.choices}
    assert texts == {"top", "work", "home", "home text"}


def test_the_folder_narrows_the_search(ctx: ToolContext) -> None:
    write(ctx, "Work/Ideas.md", "work")
    write(ctx, "Home/2025/Ideas.md", "home")
    assert opened(ctx, "ideas", "my home folder").value == "home"
    with pytest.raises(NotFound, match="no notes folder called Garage"):
        opened(ctx, "ideas", "Garage")
    with pytest.raises(NotFound, match="in the folder Work"):
        opened(ctx, "groceries", "Work")


def test_an_unknown_note_names_the_nearest(ctx: ToolContext) -> None:
    write(ctx, "Groceries.md", "")
    with pytest.raises(NotFound) as caught:
        opened(ctx, "grotto")
    assert caught.value.nearest == ("Groceries",)


def test_without_a_notes_folder_nothing_is_found(ctx: ToolContext) -> None:
    with pytest.raises(NotFound):
        opened(ctx, "anything")
    with pytest.raises(ToolError, match="No note was named"):
        opened(ctx, " ")


def test_hidden_files_and_links_out_of_the_folder_are_no_notes(ctx: ToolContext, tmp_path: Path) -> None:
    write(ctx, ".trash/Secret.md", "x")
    (tmp_path / "Outside.md").write_text("x")
    (ctx.folders.notes / "Outside.md").symlink_to(tmp_path / "Outside.md")
    for name in ("Secret", "Outside"):
        with pytest.raises(NotFound):
            opened(ctx, name)


def test_a_huge_note_is_given_whole_and_shown_shortened(ctx: ToolContext) -> None:
    write(ctx, "Log.md", "x" * 10_000_000)
    result = opened(ctx, "Log")
    assert len(str(result.value)) == 10_000_000
    assert len(result.text) < 2_100
    assert result.text.endswith("... (10,000,000 characters in all)")


def test_a_new_note_is_a_markdown_file_named_after_its_title(ctx: ToolContext) -> None:
    result = create_note.function(ctx, name="Case 4417", content="The text.", folder="")
    assert (ctx.folders.notes / "Case 4417.md").read_bytes() == b"The text.\n"
    assert result.text == "Created the note Case 4417."


def test_a_taken_title_gets_a_number_and_the_old_note_stays(ctx: ToolContext) -> None:
    write(ctx, "shopping.md", "old")
    result = create_note.function(ctx, name="Shopping", content="new")
    assert "Shopping 2" in result.text
    assert opened(ctx, "shopping").value == "old"
    assert opened(ctx, "shopping 2").value == "new\n"


def test_a_new_note_goes_into_the_existing_folder_of_that_name(ctx: ToolContext) -> None:
    write(ctx, "Choir/2026/Plan.md", "")
    create_note.function(ctx, name="Warmups", content="la", folder="choir")
    create_note.function(ctx, name="Dates", content="may", folder="2026")
    create_note.function(ctx, name="Roof", content="r", folder="House/Repairs")
    found = {path.relative_to(ctx.folders.notes).as_posix() for path in ctx.folders.notes.rglob("*.md")}
    assert found == {"Choir/2026/Plan.md", "Choir/Warmups.md", "Choir/2026/Dates.md", "House/Repairs/Roof.md"}


def test_titles_and_folders_cannot_lead_out_of_the_notes(ctx: ToolContext, tmp_path: Path) -> None:
    create_note.function(ctx, name="../../evil", content="x", folder="../..")
    create_note.function(ctx, name="/etc/passwd", content="x", folder="/srv/out")
    outside = [path for path in tmp_path.rglob("*.md") if not path.is_relative_to(ctx.folders.notes)]
    assert outside == []
    assert (ctx.folders.notes / "evil.md").read_text() == "# ../../evil\n\nx\n"


def test_a_folder_that_is_a_link_to_the_outside_is_refused(ctx: ToolContext, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    ctx.folders.notes.mkdir()
    (ctx.folders.notes / "Link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Refused):
        create_note.function(ctx, name="a", content="x", folder="Link")


@given(st.text(max_size=300))
@settings(max_examples=200, deadline=None)
def test_every_title_becomes_a_file_name_for_every_file_system(title: str) -> None:
    name = safe_name(title)
    assert name
    assert not name.startswith(".")
    assert not name.endswith((".", " "))
    assert not set(name) & set('<>:"/\\|?*\x00\n\t')
    assert len(f"{name} 999.md".encode()) <= 255
    assert name.casefold() not in {"con", "nul", "aux", "com1"}
    assert safe_name(name) == name


@pytest.mark.parametrize("title", ["CON", "nul", "com1", "Aux.txt"])
def test_device_names_are_avoided(title: str) -> None:
    assert safe_name(title) == f"{title}_"


@pytest.mark.parametrize(
    ("old", "content", "new"),
    [
        (b"", "milk", b"milk\n"),
        (b"eggs", "milk", b"eggs\nmilk\n"),
        (b"eggs\n", "milk\n", b"eggs\nmilk\n"),
        (b"eggs\n\n", "milk", b"eggs\n\nmilk\n"),
        (b"---\ntags: [a]\n---\nbody\n", "more", b"---\ntags: [a]\n---\nbody\nmore\n"),
        (b"a\r\nb", "c\nd", b"a\r\nb\r\nc\r\nd\r\n"),
        (b"caf\xe9\n", "milk", b"caf\xe9\nmilk\n"),
        (b"\xef\xbb\xbfa", "b", b"\xef\xbb\xbfa\nb\n"),
        (b"\xff\xfea\x00\r\x00\n\x00", "b", b"\xff\xfea\x00\r\x00\n\x00b\x00\r\x00\n\x00"),
    ],
)
def test_appending_keeps_what_was_there(ctx: ToolContext, old: bytes, content: str, new: bytes) -> None:
    path = write(ctx, "Groceries.md", old)
    append_note_content.function(ctx, name="groceries note", content=content)
    assert path.read_bytes() == new


@given(st.binary(max_size=80), st.text(max_size=40))
@settings(max_examples=150, deadline=None)
def test_appending_never_changes_a_byte_before_it(old: bytes, content: str) -> None:
    assert appended(old, content).startswith(old)


def test_appending_to_an_unknown_note_is_not_creating_it(ctx: ToolContext) -> None:
    with pytest.raises(NotFound):
        append_note_content.function(ctx, name="Trip log", content="x")
    assert not ctx.folders.notes.exists()


def test_text_in_an_unknown_encoding_is_read_with_replacements(ctx: ToolContext) -> None:
    path = write(ctx, "Old.txt", b"caf\xe9\r\nbar")
    assert opened(ctx, "Old").value == "caf\ufffd\nbar"
    assert path.read_bytes() == b"caf\xe9\r\nbar"


def test_search_gives_titles_and_lines_best_first(ctx: ToolContext) -> None:
    write(ctx, "House/Kitchen.md", "paint: white\nThe grout mix ratio is 3:1.\n")
    write(ctx, "Grout mix ratio.md", "see kitchen")
    write(ctx, "Cooking.md", "mix the flour")
    text = search_notes.function(ctx, query="the grout mix ratio").text
    assert text.splitlines() == [
        "Grout mix ratio",
        "Kitchen in House:",
        "  The grout mix ratio is 3:1.",
    ]


def test_search_falls_back_to_notes_with_some_of_the_words(ctx: ToolContext) -> None:
    write(ctx, "House.md", "dishwasher 4711\n")
    write(ctx, "Other.md", "nothing\n")
    text = search_notes.function(ctx, query="serial number of the dishwasher").value
    assert text == "House:\n  dishwasher 4711"


def test_search_is_bounded(ctx: ToolContext) -> None:
    for number in range(14):
        write(ctx, f"n{number}.md", "budget\n" * 20 + "budget" * 500)
    text = search_notes.function(ctx, query="budget").text
    assert text.endswith("and 4 more notes")
    assert len(text) < 10_000


def test_search_without_a_hit_says_so(ctx: ToolContext) -> None:
    write(ctx, "House.md", "dishwasher\n")
    with pytest.raises(NotFound, match="No note mentions zeppelin"):
        search_notes.function(ctx, query="zeppelin")


def test_a_note_that_is_only_spelled_alike_is_a_question_before_it_is_changed(ctx: ToolContext) -> None:
    path = write(ctx, "Shopping.md", "milk\n")
    with pytest.raises(Ambiguous) as caught:
        append_note_content.function(ctx, name="Shipping", content="boxes")
    assert path.read_text() == "milk\n"
    (choice,) = caught.value.choices
    append_note_content.function(ctx, name=choice, content="bread")
    assert path.read_text() == "milk\nbread\n"


def test_a_note_that_can_not_be_read_is_left_out_of_the_search_and_named(
    ctx: ToolContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(ctx, "Shopping.md", "milk")
    locked = write(ctx, "Locked.md", "milk")
    real = Path.open

    def denied(
        self: Path, *args: Any, **options: Any
    ) -> Any:  # root, as whom tests may run, reads everything
        if self == locked:
            raise PermissionError(13, "Permission denied")
        return real(self, *args, **options)

    monkeypatch.setattr(Path, "open", denied)
    found = search_notes.function(ctx, query="milk")
    assert found.value == "Shopping:\n  milk"
    assert found.text.endswith("Could not be read: Locked.md.")
    with pytest.raises(NotFound) as caught:
        search_notes.function(ctx, query="honey")
    assert "Locked.md" in caught.value.hint
