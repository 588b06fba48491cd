"""A request from words to files, undone again, on the demo profile; the model's plan comes from a server.

The 135M model can't plan yet, so a canned server plays the model: everything else is real.
"""

from __future__ import annotations

import json
from pathlib import Path

from tests.model_server import canned, planning, stream
from tests.program.conftest import Program, served

PLAN = """1. get_phone_number("Priya")
2. get_phone_number("Marco")
3. send_sms(["$1", "$2"], "Lunch moved to one.")
4. create_calendar_event("Lunch", "tomorrow at one", "", "", [], "", "")
5. join()"""
REQUEST = "text Priya and Marco that lunch moved to one, and put it on my calendar for tomorrow at one"


def run(program: Program, plan: str, *arguments: str) -> tuple[int, dict[str, object]]:
    with planning({"": plan}) as url:
        program.environment.update(served(url))
        ran = program.run("ask", *arguments, "--profile", "demo", "--json", "--now", "2026-03-12T09:30")
    assert ran.out, ran.err
    return ran.code, json.loads(ran.out.splitlines()[-1])


def test_a_confirmed_request_changes_the_files_as_asked_and_undo_restores_them(program: Program) -> None:
    program.run("history", "--profile", "demo")  # fills the profile
    before = program.files()
    code, data = run(program, PLAN, REQUEST, "--yes")
    assert code == 0, data
    new = {name: text for name, text in program.files().items() if name not in before}
    (message,) = [json.loads(text) for name, text in new.items() if name.startswith("outbox/")]
    assert message["to"] == ["+14155550132", "+14155550147"]
    (event,) = [text.decode() for name, text in new.items() if name.startswith("calendars/")]
    assert "20260313T130000" in event
    assert program.run("undo", "--profile", "demo").code == 0
    assert program.files() == before


def test_without_a_yes_only_local_steps_run_and_the_exit_code_says_so(program: Program) -> None:
    program.run("history", "--profile", "demo")
    before = program.files()
    code, data = run(program, PLAN, REQUEST)
    assert code == 3
    assert not [name for name in program.files() if name.startswith("outbox/") and name not in before]
    assert "did not" in str(data["answer"])


def test_an_unknown_contact_and_an_ambiguous_one_are_answered_and_stop_what_needs_them(
    program: Program,
) -> None:
    for name, words in (("Zebulon", "no contact called Zebulon"), ("Ana", "Which Ana")):
        plan = f'1. get_phone_number("{name}")\n2. send_sms(["$1"], "hi")\n3. join()'
        code, data = run(program, plan, f"text {name} hi", "--yes")
        assert code in {1, 3}
        assert words in str(data["answer"])


def test_an_impossible_date_is_a_question_and_nothing_is_done(program: Program) -> None:
    plan = '1. create_reminder("pay rent", "February 30", "", "", "", false)\n2. join()'
    code, data = run(program, plan, "remind me to pay rent on February 30", "--yes")
    assert code == 3
    assert "February 30" in str(data["error"])


def test_a_file_outside_the_roots_is_refused(program: Program) -> None:
    plan = '1. open_and_get_file_path("/etc/passwd")\n2. join()'
    code, data = run(program, plan, "open /etc/passwd", "--yes")
    assert code in {1, 3}
    assert "not in one of the folders" in str(data["answer"])


def test_a_note_of_ten_megabytes_is_shown_short_and_kept_whole(program: Program) -> None:
    program.run("history", "--profile", "demo")
    note = program.data / "notes" / "Huge.md"
    note.write_text("long words " * 1_000_000)
    code, data = run(program, '1. open_note("Huge", "")\n2. join()', "open my note Huge", "--yes")
    assert code == 0
    assert len(str(data["answer"])) < 20_000
    assert note.stat().st_size == 11_000_000


def test_a_second_plan_that_is_empty_leaves_the_first_ones_failure_as_the_result(program: Program) -> None:
    with canned(
        (200, stream('1. get_phone_number("Zebulon")\n2. join()')), (200, stream("1. join()"))
    ) as url:
        program.environment.update(served(url))
        ran = program.run("ask", "number of Zebulon", "--profile", "demo", "--json")
    assert ran.code == 1
    assert ran.data["exit_code"] == 1
    assert [result["state"] for result in ran.data["results"]] == ["failed"]
    assert [step["tool"] for step in ran.data["steps"]] == ["get_phone_number"]
    assert "no contact called Zebulon" in ran.data["answer"]
    told = program.run("history", "--last", "--json", "--profile", "demo").data
    assert told["run"]["outcome"] == "failed"
    assert [step["tool"] for step in told["plan"]] == ["get_phone_number"]


def test_the_demo_profile_keeps_to_its_own_folder_whatever_the_settings_say(
    program: Program, tmp_path: Path
) -> None:
    own = tmp_path / "own"
    for name in ("CONTACTS", "CALENDARS", "REMINDERS", "MAIL", "NOTES", "OUTBOX"):
        program.environment[f"TINYAGENT_FOLDERS__{name}"] = str(own / name)
    program.environment["TINYAGENT_FOLDERS__ROOTS"] = json.dumps([str(own)])
    own.mkdir()
    code, _ = run(program, PLAN, REQUEST, "--yes")
    assert code == 0
    assert not list(own.iterdir())
    assert [name for name in program.files() if name.startswith("outbox/")]
