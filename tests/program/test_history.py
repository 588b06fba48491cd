"""What `history` and `undo` tell is true: also of what could not be taken back."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.model_server import planning
from tests.program.conftest import Program, served
from tests.tinyagent_app.journals import journaled

pytestmark = pytest.mark.model
DEMO = ("--profile", "demo")
MAIL = '1. compose_new_email(["sid@example.org"], [], "Lunch", "It moved.", [])\n2. join()'


@pytest.fixture
def note(program: Program) -> Path:
    """A note that request 1 made."""
    program.run("history", *DEMO)
    path = program.data / "notes" / "new.md"
    assert journaled(program.data, lambda changes: changes.create(path, b"x\n")) == 1
    return path


def test_an_undo_with_a_conflict_is_partial_and_says_how_to_go_on(program: Program, note: Path) -> None:
    note.write_text("mine\n")
    ran = program.run("undo", *DEMO)
    assert ran.code == 1
    assert "then run: tinyagent undo 1 --profile demo" in ran.out
    assert "partly undone" in program.run("history", *DEMO).out
    assert "partly undone" in program.run("history", "1", *DEMO).out
    note.write_text("x\n")
    assert program.run("undo", "1", *DEMO).code == 0
    assert not note.exists()
    assert "partly" not in program.run("history", *DEMO).out


def test_an_undo_of_one_step_names_that_step_in_the_command_to_go_on(program: Program, note: Path) -> None:
    note.write_text("mine\n")
    ran = program.run("undo", "1", "--step", "1", *DEMO)
    assert ran.code == 1
    assert "tinyagent undo 1 --step 1 --profile demo" in ran.out


def test_a_request_that_sent_a_mail_is_never_listed_as_undone(program: Program) -> None:
    program.environment["TINYAGENT_BACKENDS__SENDMAIL"] = '["true"]'
    with planning({"": MAIL}) as url:
        program.environment.update(served(url))
        asked = program.run("ask", "mail sid@example.org that lunch moved", *DEMO, "--yes")
    assert asked.code == 0, asked.err
    ran = program.run("undo", *DEMO)
    assert ran.code == 0
    assert "was sent and can't be taken back" in ran.out
    assert "partly undone" in program.run("history", *DEMO).out


def test_a_step_that_a_request_does_not_have_is_named(program: Program, note: Path) -> None:
    ran = program.run("undo", "1", "--step", "99", *DEMO)
    assert ran.code == 1
    assert "no step 99" in ran.err
    assert note.exists()
