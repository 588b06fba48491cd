"""Every command in the README runs; and what it says about files is true."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tests.program.conftest import Program

pytestmark = pytest.mark.model
ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
COMMANDS = [line for block in BLOCKS for line in block.splitlines() if line.strip()]


def test_the_commands_of_the_readme_run_in_their_order(program: Program) -> None:
    assert len(COMMANDS) >= 7
    program.environment["TINYAGENT_PERSON__NAME"] = "Robin"
    for command in COMMANDS:
        name, *arguments = shlex.split(command)
        assert name == "tinyagent"
        ran = program.run(*arguments)
        # What the untrained 135M model plans may fail as a step, and then there is nothing to undo.
        assert ran.code in {0, 1, 3, 4}, f"{command}: {ran.err}"
        assert "Traceback" not in ran.err


def test_make_targets_and_files_that_the_readme_names_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"^    make (\w+)", README, re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
    for path in re.findall(r"\]\((docs/[^)]+)\)", README):
        assert (ROOT / path).exists(), path
