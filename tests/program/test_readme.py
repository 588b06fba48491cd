"""Every command that README, CONTRIBUTING and docs/ show runs and ends well; what they name is there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tests.program.conftest import Program

pytestmark = pytest.mark.model
ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


def commands(document: Path) -> list[str]:
    """The lines of its shell blocks."""
    blocks = re.findall(r"```sh\n(.*?)```", document.read_text(encoding="utf-8"), re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.strip()]


def test_the_readme_shows_how_to_use_it() -> None:
    assert len(commands(ROOT / "README.md")) >= 8


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_the_commands_of_a_document_run_in_their_order_and_end_well(program: Program, document: Path) -> None:
    for command in commands(document):
        name, *arguments = shlex.split(command, comments=True)
        assert name == "tinyagent", command
        ran = program.run(*arguments)
        assert ran.code == 0, f"{command}: {ran.err or ran.out}"
        assert ran.out


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_make_targets_and_files_that_a_document_names_exist(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"^    make (\w+)|`make (\w+)`", text, re.MULTILINE):
        name = "".join(target)
        assert re.search(rf"^{name}:", makefile, re.MULTILINE), name
    for path in re.findall(r"\]\(([\w/.-]+)\)", text):
        assert (document.parent / path).exists(), path
