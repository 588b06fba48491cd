"""kill -9 of the whole program, at two hundred moments of carrying out a request with six effects."""

from __future__ import annotations

import email
import email.policy
import json
import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import icalendar
import pytest
from vobject.base import readOne

from tests.model_server import planning
from tests.program.conftest import Program, served
from tests.tinyagent_app.agreement import assert_journal_and_files_agree, undo_everything
from tests.tinyagent_app.kill_server import KILLED, Target
from tests.tinyagent_app.trees import tree

KILLS = 200
PLAN = """1. get_phone_number("Priya")
2. create_calendar_event("Lunch", "tomorrow at one", "", "", [], "", "")
3. create_reminder("Water the plants", "tomorrow", "", "", "", false)
4. create_note("Lunch", "Moved to one.", "Work")
5. append_note_content("Lunch", "Tell Priya.", "Work")
6. compose_new_email(["sid@example.org"], [], "Lunch", "It moved to one.", [])
7. send_sms(["$1"], "Lunch moved to one.")
8. join()"""
REQUEST = (
    "lunch moved to one: put Lunch on my calendar for tomorrow at one, remind me to Water the plants tomorrow, "
    "note that in a new note Lunch in my Work folder and add Tell Priya. to it, mail sid@example.org and text Priya"
)
ASK = ["ask", REQUEST, "--profile", "demo", "--yes", "--now", "2026-03-12T09:30"]


@pytest.fixture(scope="module")
def target() -> Iterator[Target]:
    with Target.started() as running:
        yield running


def assert_whole(file: Path) -> None:
    """Whether a file is complete in the format of its folder."""
    data = file.read_bytes()
    match file.suffix:
        case ".ics":
            assert icalendar.Calendar.from_ical(data).errors == [], file
        case ".vcf":
            readOne(data.decode())
        case ".json":
            json.loads(data)
        case ".md":
            assert data.endswith(b"\n"), file
    if file.parent.name in {"cur", "new"}:
        assert email.message_from_bytes(data, policy=email.policy.default)["From"], file


def test_two_hundred_kills_of_the_program_leave_whole_files_and_can_be_undone(
    program: Program, tmp_path: Path, target: Target
) -> None:
    assert program.run("history", "--profile", "demo").code == 0  # fills the profile
    choose, kills = random.Random(20261124), 0
    with planning({"": PLAN}) as url:
        environment = {**program.environment, **served(url)}
        lines = 0
        for number in range(KILLS + 60):
            home = tmp_path / str(number)
            shutil.copytree(program.home, home, symlinks=True)
            data = home / "data" / "profiles" / "demo"
            journal, before = data / "journal", tree(data)
            at = choose.randrange(1, lines) if lines else None
            ended = target.ask(ASK, environment | {"TINYAGENT_HOME": str(home)}, at)
            lines = lines or ended["lines"]
            kills += ended["code"] == KILLED
            for file in filter(Path.is_file, data.rglob("*")):
                if not file.name.startswith(".tinyagent-"):  # hidden, and removed by the recovery
                    assert_whole(file)
            assert_journal_and_files_agree(journal, data)
            undo_everything(journal)
            assert without_journal(tree(data)) == without_journal(before)
            shutil.rmtree(home)
            if kills == KILLS:
                return
    pytest.fail(f"only {kills} of the runs were killed before they had ended")


def without_journal(found: dict[str, tuple[str, int, str]]) -> dict[str, tuple[str, int, str]]:
    return {name: entry for name, entry in found.items() if not name.startswith("journal")}
