"""Bad input to the whole program: a clear answer each, nothing lost, nothing done that was not confirmed."""

from __future__ import annotations

import pytest

from tests.program.conftest import Program

pytestmark = pytest.mark.model


def test_an_empty_request_says_what_to_do(program: Program) -> None:
    ran = program.run("ask", "-", "--profile", "demo")
    assert ran.code == 2
    assert "empty" in ran.err


def test_a_request_of_100000_characters_is_refused_with_its_length(program: Program) -> None:
    ran = program.run("ask", "-", "--profile", "demo", stdin=b"a " * 50_000)
    assert ran.code == 2
    assert "characters" in ran.err


def test_invalid_utf8_on_standard_input_is_named(program: Program) -> None:
    ran = program.run("ask", "-", "--profile", "demo", stdin=b"text Ana \xff\xfe")
    assert ran.code == 2
    assert "UTF-8" in ran.err


def test_errors_are_data_when_data_is_asked_for(program: Program) -> None:
    ran = program.run("plan", "   ", "--profile", "demo", "--json")
    assert ran.code == 2
    assert ran.data["error"]["exit_code"] == 2


def test_control_characters_and_another_language_still_give_a_plan(program: Program) -> None:
    for request in ("\x1b[31mremind\x07 me\x00 to call", "Wie ist die Nummer von José? 電話番号"):
        ran = program.run("plan", "-", "--profile", "demo", "--json", stdin=request.encode())
        assert ran.code == 0, ran.err
        assert "steps" in ran.data


def test_a_wrong_clock_a_wrong_profile_and_an_unknown_model_are_explained(program: Program) -> None:
    assert program.run("plan", "hi", "--now", "yesterday").code == 2
    assert program.run("plan", "hi", "--profile", "../evil").code == 2
    ran = program.run("plan", "hi", "--profile", "demo", "--model", "gpt-9")
    assert ran.code == 4
    assert "coder-1.5b" in ran.err


def test_a_line_that_is_no_case_is_named(program: Program) -> None:
    ran = program.run("plan", "--jsonl", "-", "--profile", "demo", stdin=b'{"id": 1}\n')
    assert ran.code == 2
    assert "line 1" in ran.err


def test_settings_with_an_unknown_key_name_the_nearest(program: Program) -> None:
    file = program.home / "config" / "profiles" / "demo.toml"
    file.parent.mkdir(parents=True)
    file.write_text('modle = "x"\n')
    ran = program.run("history", "--profile", "demo")
    assert ran.code == 2
    assert "model" in ran.err
