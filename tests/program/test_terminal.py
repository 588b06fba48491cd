"""The program on a terminal: what counts as a yes, Ctrl-C, the cursor, and bytes that are no text."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.model_server import Answer, canned, planning, serving, stream
from tests.program.conftest import Program, served
from tests.program.terminal import Terminal, terminal

pytestmark = pytest.mark.model
SMS = '1. get_phone_number("Priya")\n2. send_sms(["$1"], "hello")\n3. join()'
WHICH = '1. get_phone_number("Ana")\n2. join()'
SLOW = """1. create_note("Disk", "A note.", "Work")
2. open_and_get_file_path("roadmap.pdf")
3. summarize_pdf("$2")
4. join()"""
SLOW_REQUEST = "new note Disk in Work: A note. And summarize roadmap.pdf"
DEMO = ("--profile", "demo", "--now", "2026-03-12T09:30")


def outbox(program: Program) -> set[str]:
    return {name for name in program.files() if name.startswith("outbox/")}


@contextmanager
def typing_while_it_plans(program: Program, plan: str, keys: bytes) -> Iterator[Terminal]:
    """`ask` on a terminal on which keys are pressed before there is a plan."""
    running: list[Terminal] = []
    started = threading.Event()

    def answer(_: str) -> Answer:
        assert started.wait(60)
        running[0].type(keys)
        running[0].expect(keys.decode().replace("\n", "\r\n"))  # echoed: the terminal has it
        return 200, stream(plan)

    with serving(answer) as url:
        program.environment.update(served(url))
        with terminal(program, "ask", "text Priya hello, what is the number of Ana", *DEMO) as shown:
            running.append(shown)
            shown.expect("planning")  # its event was shown, so the server is asked at most now
            started.set()
            yield shown


def test_a_yes_that_was_typed_before_the_call_was_shown_confirms_nothing(program: Program) -> None:
    program.run("history", "--profile", "demo")
    before = outbox(program)
    with typing_while_it_plans(program, SMS, b"y\n") as shown:
        shown.expect("Run it? [y/N]")
        shown.type(b"\n")
        assert shown.end() == 3
    assert outbox(program) == before


def test_a_yes_to_the_call_on_the_screen_confirms_it(program: Program) -> None:
    program.run("history", "--profile", "demo")
    before = outbox(program)
    with typing_while_it_plans(program, SMS, b"n\n") as shown:
        shown.expect("Run it? [y/N]")
        shown.type(b"y\n")
        assert shown.end() == 0
    assert len(outbox(program) - before) == 1


def test_a_number_that_was_typed_before_the_question_chooses_nothing(program: Program) -> None:
    with typing_while_it_plans(program, WHICH, b"1\n") as shown:
        shown.expect("Number, or empty to leave it:")
        shown.type(b"2\n")
        shown.end()
    choices = [line for line in shown.shown.splitlines() if line.startswith("  ")]
    assert choices
    data = json.loads(program.run("history", "--last", "--json", "--profile", "demo").out)
    (name,) = {step["args"]["name"] for step in data["steps"] if step["state"] == "succeeded"}
    assert any(line.startswith("  2  ") and name in line for line in choices)


def test_a_pasted_second_line_is_no_yes_to_what_the_first_asks_for(program: Program) -> None:
    program.run("history", "--profile", "demo")
    before = outbox(program)
    with planning({"": SMS}) as url:
        program.environment.update(served(url))
        with terminal(program, "chat", *DEMO) as shown:
            shown.expect("› ")
            shown.type(b"text Priya hello\ny\n")
            shown.expect("Run it? [y/N]")
            shown.type(b"\n")
            shown.expect("› ")
            shown.type(b"\n")
            assert shown.end() == 0
    assert outbox(program) == before


def test_bytes_that_are_no_text_do_not_end_the_chat(program: Program) -> None:
    with planning({"": WHICH}) as url:
        program.environment.update(served(url))
        with terminal(program, "chat", *DEMO) as shown:
            shown.expect("› ")
            shown.type(b"caf\xe9\n")
            shown.expect("not valid UTF-8")
            shown.expect("› ")
            shown.type(b"\n")
            assert shown.end() == 0


def test_the_cursor_comes_back_when_the_model_is_not_there(program: Program, tmp_path: Path) -> None:
    program.environment["TINYAGENT_MODELS"] = str(tmp_path / "none")
    with terminal(program, "ask", "call Ana", "--model", "coder-1.5b", *DEMO) as shown:
        shown.expect("is not on this machine yet")
        assert shown.end() == 4
    assert shown.shown.rfind("\x1b[?25h") >= shown.shown.rfind("\x1b[?25l")


@contextmanager
def summarizing(program: Program) -> Iterator[None]:
    """A server that plans, and never gets done with the summary."""
    over = threading.Event()

    def answer(request: str) -> Answer:
        if SLOW_REQUEST not in request:
            over.wait()
        return 200, stream(SLOW)

    with serving(answer) as url:
        program.environment.update(served(url))
        try:
            yield
        finally:
            over.set()


def test_ctrl_c_says_what_was_done_and_how_to_take_it_back(program: Program) -> None:
    program.run("history", "--profile", "demo")
    before = program.files()
    with summarizing(program), terminal(program, "ask", SLOW_REQUEST, *DEMO) as shown:
        shown.expect("✓ 1. create_note")
        shown.interrupt()
        shown.expect("Stopped.")
        shown.expect("Disk")
        shown.expect("tinyagent undo 1 --profile demo")
        assert shown.end() == 130
    assert len(program.files()) == len(before) + 1
    assert program.run("undo", "1", "--profile", "demo").code == 0
    assert program.files() == before


def test_ctrl_c_before_anything_was_done_says_so(program: Program) -> None:
    asked, over = threading.Event(), threading.Event()

    def answer(_: str) -> Answer:
        asked.set()
        over.wait()
        return 500, ""

    with serving(answer) as url:
        program.environment.update(served(url))
        with terminal(program, "ask", "call Ana", *DEMO) as shown:
            assert asked.wait(60)
            shown.interrupt()
            shown.expect("Stopped.")
            shown.expect("Nothing was changed or sent.")
            assert shown.end() == 130
        over.set()


def test_ctrl_c_in_the_chat_stops_only_the_request(program: Program) -> None:
    program.run("history", "--profile", "demo")
    before = program.files()
    with summarizing(program), terminal(program, "chat", *DEMO) as shown:
        shown.expect("Ctrl-C stops a request")
        shown.expect("› ")
        shown.type(SLOW_REQUEST.encode() + b"\n")
        shown.expect("✓ 1. create_note")
        shown.interrupt()
        shown.expect("Stopped.")
        shown.expect("tinyagent undo 1 --profile demo")
        shown.expect("› ")
        shown.type(b"undo\n")
        shown.expect("removed")
        shown.expect("› ")
        shown.type(b"\n")
        assert shown.end() == 0
    assert program.files() == before


def in_the_chat(program: Program, plan: str, between: Callable[[], None]) -> str:
    """What the chat says to `undo`, after a request and something that happened since."""
    with planning({"": plan}) as url:
        program.environment.update(served(url))
        with terminal(program, "chat", *DEMO) as shown:
            shown.expect("› ")
            shown.type(b"new note Disk in Work: A note. And mail sid@example.org about lunch\n")
            if "compose" in plan:
                shown.expect("Run it? [y/N]")
                shown.type(b"y\n")
            shown.expect("› ")
            between()
            shown.type(b"undo\n")
            shown.expect("Request 1")
            shown.expect("› ")
            shown.type(b"\n")
            assert shown.end() == 0
    return shown.shown


def test_the_chats_undo_names_what_it_left_and_how_to_go_on(program: Program) -> None:
    def change() -> None:
        (note,) = program.data.rglob("Disk.md")
        note.write_text("mine\n")

    told = in_the_chat(program, '1. create_note("Disk", "A note.", "Work")\n2. join()', change)
    assert "changed since" in told
    assert "then run: tinyagent undo 1 --profile demo" in told
    assert "Nothing was changed" not in told


def test_the_chats_undo_says_that_a_mail_went_out(program: Program) -> None:
    program.environment["TINYAGENT_BACKENDS__SENDMAIL"] = '["true"]'
    mail = '1. compose_new_email(["sid@example.org"], [], "Lunch", "It moved.", [])\n2. join()'
    told = in_the_chat(program, mail, lambda: None)
    assert "was sent and can't be taken back" in told


def test_steps_that_failed_stay_on_the_screen_when_the_second_plan_is_empty(program: Program) -> None:
    plans = (200, stream('1. get_phone_number("Zebulon")\n2. join()')), (200, stream("1. join()"))
    with canned(*plans) as url:
        program.environment.update(served(url))
        with terminal(program, "ask", "number of Zebulon", *DEMO) as shown:
            shown.expect("no contact called Zebulon")
            assert shown.end() == 1
    assert shown.shown.rfind("✗ 1. get_phone_number") > shown.shown.rfind("planning")
