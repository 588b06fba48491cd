"""Files: found by name below the roots only, opened, and listed."""

from __future__ import annotations

import contextlib
import dataclasses
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import make_context
from tools.context import ToolContext
from tools.errors import Ambiguous, NotFound, Refused, ToolError
from tools.files import find_files, open_and_get_file_path
from tools.stores import roots


class Desktop:
    """A launcher that remembers what it was asked to show; `present` is False without a desktop."""

    def __init__(self, present: bool = True) -> None:
        self.opened: list[str] = []
        self.present = present

    def open(self, target: str) -> bool:
        self.opened.append(target)
        return self.present


@pytest.fixture
def ctx(tmp_path: Path) -> ToolContext:
    return make_context(tmp_path)


def put(ctx: ToolContext, *relatives: str) -> None:
    for relative in relatives:
        path = ctx.folders.roots[0] / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(relative)


def found(ctx: ToolContext, asked: str) -> str:
    path = Path(open_and_get_file_path.function(ctx, file_name=asked).value)
    return path.relative_to(ctx.folders.roots[0].resolve()).as_posix()


def test_a_file_is_opened_and_its_absolute_path_is_the_value(ctx: ToolContext) -> None:
    put(ctx, "Work/roadmap.pdf")
    desktop = Desktop()
    result = open_and_get_file_path.function(
        dataclasses.replace(ctx, launcher=desktop), file_name="roadmap.pdf"
    )
    path = ctx.folders.roots[0].resolve() / "Work/roadmap.pdf"
    assert (result.value, result.text) == (str(path), "Opened roadmap.pdf.")
    assert desktop.opened == [str(path)]


def test_without_a_desktop_nothing_is_said_to_be_opened(ctx: ToolContext) -> None:
    put(ctx, "roadmap.pdf")
    without = dataclasses.replace(ctx, launcher=Desktop(present=False))
    for context in (ctx, without):
        assert open_and_get_file_path.function(context, file_name="roadmap").text == "Found roadmap.pdf."


def test_programs_are_found_but_not_started(ctx: ToolContext) -> None:
    put(ctx, "tool.desktop")
    desktop = Desktop()
    result = open_and_get_file_path.function(
        dataclasses.replace(ctx, launcher=desktop), file_name="tool.desktop"
    )
    assert result.text == "Found tool.desktop; programs are not opened."
    assert desktop.opened == []


@pytest.mark.parametrize(
    "asked",
    [
        "tender_bridge.pdf",
        "Tender Bridge.PDF",
        "tender-bridge",
        "tenderbridge.pdf",
        "the tender bridge file",
        "tender bridge pdf",
        "tendr_bridge.pdf",
        "ténder_bridge.pdf",
        "Work/tender_bridge.pdf",
    ],
)
def test_separators_case_and_small_slips_do_not_matter(ctx: ToolContext, asked: str) -> None:
    put(ctx, "Work/tender_bridge.pdf", "Work/tender_tunnel.pdf", "bridge.txt")
    assert found(ctx, asked) == "Work/tender_bridge.pdf"


def test_an_exact_name_beats_a_stem_and_a_stem_beats_a_similar_name(ctx: ToolContext) -> None:
    put(ctx, "report", "report.pdf", "report.final.pdf", "Report.pdf")
    assert found(ctx, "report") == "report"
    assert found(ctx, "report.pdf") == "report.pdf"
    assert found(ctx, "report final") == "report.final.pdf"


def test_composed_and_decomposed_names_are_the_same(ctx: ToolContext) -> None:
    put(ctx, "Vertrag_Mu\u0308ller.pdf")
    assert found(ctx, "Vertrag_M\u00fcller.pdf") == "Vertrag_Mu\u0308ller.pdf"


@pytest.mark.parametrize("asked", ["budget_2024.pdf", "budget_2025.docx", "IMG_2208.HEIC"])
def test_another_number_or_kind_is_another_file(ctx: ToolContext, asked: str) -> None:
    put(ctx, "budget_2025.pdf", "IMG_2207.HEIC")
    with pytest.raises(NotFound):
        found(ctx, asked)


def test_several_files_of_one_name_are_a_question_newest_first(ctx: ToolContext) -> None:
    put(ctx, "plan.pdf", "Old/plan.pdf", "New/plan.pdf")
    for age, folder in enumerate(("New", ".", "Old")):
        os.utime(ctx.folders.roots[0] / folder / "plan.pdf", (1000 - age, 1000 - age))
    with pytest.raises(Ambiguous) as caught:
        found(ctx, "plan.pdf")
    assert caught.value.argument == "file_name"
    assert caught.value.choices == ("New/plan.pdf", "./plan.pdf", "Old/plan.pdf")
    assert [found(ctx, choice) for choice in caught.value.choices] == [
        "New/plan.pdf",
        "plan.pdf",
        "Old/plan.pdf",
    ]


def test_choices_of_two_roots_stay_apart(ctx: ToolContext, tmp_path: Path) -> None:
    other = tmp_path / "other"
    (other / "Work").mkdir(parents=True)
    (other / "Work/plan.pdf").write_text("other")
    put(ctx, "Work/plan.pdf")
    both = dataclasses.replace(
        ctx, folders=dataclasses.replace(ctx.folders, roots=(*ctx.folders.roots, other))
    )
    with pytest.raises(Ambiguous) as caught:
        open_and_get_file_path.function(both, file_name="plan")
    values = [open_and_get_file_path.function(both, file_name=c).value for c in caught.value.choices]
    assert sorted(Path(value).read_text() for value in values) == ["Work/plan.pdf", "other"]


def test_an_unknown_file_names_the_nearest(ctx: ToolContext) -> None:
    put(ctx, "groceries.txt")
    with pytest.raises(NotFound) as caught:
        found(ctx, "grotto.txt")
    assert caught.value.nearest == ("groceries.txt",)
    with pytest.raises(ToolError, match="No file was named"):
        found(ctx, "  ")


@pytest.mark.parametrize(
    "asked", ["/etc/passwd", "../secret.txt", "~/secret.txt", "a/../../secret.txt", "/no\0pe"]
)
def test_paths_outside_the_roots_are_refused_whether_or_not_they_exist(
    ctx: ToolContext, tmp_path: Path, asked: str
) -> None:
    (tmp_path / "secret.txt").write_text("x")
    with pytest.raises(Refused):
        found(ctx, asked)


def test_an_absolute_path_below_a_root_is_taken(ctx: ToolContext) -> None:
    put(ctx, "Work/a.txt")
    assert found(ctx, str(ctx.folders.roots[0] / "Work" / "a.txt")) == "Work/a.txt"
    with pytest.raises(NotFound):
        found(ctx, str(ctx.folders.roots[0] / "b.txt"))


def test_links_that_leave_the_roots_do_not_count(ctx: ToolContext, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("x")
    (tmp_path / "private").mkdir()
    (tmp_path / "private/diary.txt").write_text("x")
    root = ctx.folders.roots[0]
    (root / "secret.txt").symlink_to(tmp_path / "secret.txt")
    (root / "folder").symlink_to(tmp_path / "private")
    for asked in ("secret.txt", "diary.txt", "folder/diary.txt"):
        with pytest.raises(NotFound):
            found(ctx, asked)
    for asked in (str(root / "secret.txt"), str(root / "folder/diary.txt")):
        with pytest.raises(Refused):
            found(ctx, asked)


def test_links_inside_the_roots_and_loops_are_harmless(ctx: ToolContext) -> None:
    put(ctx, "Work/report_v3.pdf")
    root = ctx.folders.roots[0]
    (root / "latest.pdf").symlink_to(root / "Work/report_v3.pdf")
    (root / "Work/loop").symlink_to(root)
    (root / "self").symlink_to(root / "self")
    assert found(ctx, "latest.pdf") == "Work/report_v3.pdf"
    assert found(ctx, "report v3") == "Work/report_v3.pdf"


@pytest.mark.parametrize("folder", [".hidden", "node_modules", ".git"])
def test_hidden_and_foreign_folders_are_passed_over(ctx: ToolContext, folder: str) -> None:
    put(ctx, f"{folder}/a.txt", ".env")
    for asked in ("a.txt", ".env", f"{folder}/a.txt"):
        with pytest.raises(NotFound):
            found(ctx, asked)
    with pytest.raises(Refused):
        found(ctx, str(ctx.folders.roots[0] / folder / "a.txt"))


def test_a_root_below_a_hidden_folder_is_a_root_nevertheless(tmp_path: Path) -> None:
    ctx = make_context(tmp_path / ".local" / "share")
    put(ctx, "a.txt")
    assert found(ctx, "a.txt") == "a.txt"


def test_names_that_are_not_unicode_are_left_out(ctx: ToolContext) -> None:
    put(ctx, "good.txt")
    with contextlib.suppress(OSError):  # a file system that takes Unicode names only has none to leave out
        Path(os.fsdecode(os.fsencode(ctx.folders.roots[0]) + b"/bad\xff.txt")).write_text("x")
    assert [file.name for file in roots.walk(ctx.folders.roots).files] == ["good.txt"]


def test_a_walk_stops_at_its_bound(ctx: ToolContext) -> None:
    put(ctx, *(f"f{number}" for number in range(20)), "deep/last")
    listing = roots.walk(ctx.folders.roots, max_entries=10)
    assert len(listing.files) + len(listing.folders) == 10
    assert not listing.complete
    assert roots.walk(ctx.folders.roots).complete


@given(st.lists(st.text("ab_ -.é", min_size=1, max_size=6), max_size=6), st.text("ab_ -./é", max_size=8))
@settings(max_examples=80, deadline=None)
def test_every_choice_offered_means_exactly_one_file(
    tmp_path_factory: pytest.TempPathFactory, names: list[str], asked: str
) -> None:
    ctx = make_context(tmp_path_factory.mktemp("files"))
    for number, name in enumerate(names):
        if name.strip("."):
            put(ctx, f"{number % 2}/{name}" if number % 3 else name)
    choices: tuple[str, ...] = ()
    try:
        open_and_get_file_path.function(ctx, file_name=asked)
    except Ambiguous as question:
        choices = question.choices
    except ToolError:
        pass
    values = {open_and_get_file_path.function(ctx, file_name=choice).value for choice in choices}
    assert len(values) == len(choices)


def listed(ctx: ToolContext, query: str, folder: str = "") -> list[str]:
    return str(find_files.function(ctx, query=query, folder=folder).value).splitlines()


def test_files_are_listed_by_words_and_kinds(ctx: ToolContext) -> None:
    put(
        ctx,
        "Insurance/barn_1.jpg",
        "Insurance/barn_plan.pdf",
        "Insurance/house.png",
        "Barn/roof.HEIC",
        "cows.xlsx",
    )
    assert listed(ctx, "pictures of the barn") == ["Barn/roof.HEIC", "Insurance/barn_1.jpg"]
    assert listed(ctx, "barn", "the insurance folder") == ["Insurance/barn_1.jpg", "Insurance/barn_plan.pdf"]
    assert listed(ctx, "all pdfs") == ["Insurance/barn_plan.pdf"]
    assert listed(ctx, "spreadsheets") == ["cows.xlsx"]
    assert listed(ctx, "*.png") == ["Insurance/house.png"]
    assert listed(ctx, "all my files", "Barn") == ["Barn/roof.HEIC"]


def test_a_list_of_files_is_bounded(ctx: ToolContext) -> None:
    put(ctx, *(f"slides{number:02}.pptx" for number in range(60)))
    lines = listed(ctx, "presentations")
    assert len(lines) == 51
    assert lines[-1] == "and 10 more"


def test_no_matching_file_is_said_with_the_nearest(ctx: ToolContext) -> None:
    put(ctx, "Teaching/syllabus.docx")
    with pytest.raises(NotFound) as caught:
        listed(ctx, "sillabus")
    assert caught.value.nearest == ("Teaching/syllabus.docx",)
    with pytest.raises(NotFound, match="no folder called Garage"):
        listed(ctx, "syllabus", "Garage")


def test_folders_of_one_name_are_a_question(ctx: ToolContext) -> None:
    put(ctx, "A/Tax/x.pdf", "B/Tax/y.pdf")
    with pytest.raises(Ambiguous) as caught:
        listed(ctx, "pdf", "tax")
    assert caught.value.argument == "folder"
    assert [listed(ctx, "pdf", choice) for choice in caught.value.choices] == [
        ["A/Tax/x.pdf"],
        ["B/Tax/y.pdf"],
    ]


def two_roots(ctx: ToolContext, tmp_path: Path) -> ToolContext:
    roots_ = (tmp_path / "Documents", tmp_path / "Downloads")
    for path in ("Documents/Work/plan.pdf", "Downloads/Work/scan.pdf", "Downloads/invoice.pdf"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("x")
    return dataclasses.replace(ctx, folders=dataclasses.replace(ctx.folders, roots=roots_))


@pytest.mark.parametrize("folder", ["Downloads", "my downloads folder", "./Downloads"])
def test_a_root_is_a_folder_that_can_be_named(ctx: ToolContext, tmp_path: Path, folder: str) -> None:
    assert listed(two_roots(ctx, tmp_path), "pdf", folder) == ["invoice.pdf", "Work/scan.pdf"]


def test_folders_of_one_name_in_two_roots_are_a_question_and_every_choice_means_one(
    ctx: ToolContext, tmp_path: Path
) -> None:
    ctx = two_roots(ctx, tmp_path)
    with pytest.raises(Ambiguous) as caught:
        listed(ctx, "pdf", "Work")
    assert [listed(ctx, "pdf", choice) for choice in caught.value.choices] == [
        ["Work/plan.pdf"],
        ["Work/scan.pdf"],
    ]
