"""What commands write: every character arrives, every mistake is a sentence or data, narrow screens are heeded."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.model_server import planning
from tests.program.conftest import Program, served
from tests.tinyagent_app.journals import journaled

pytestmark = pytest.mark.model
NOTE = '1. create_note("Café", "Größe “zwei” 🙂", "Work")\n2. join()'
ASK = ("ask", "new note Café in Work: Größe “zwei” 🙂", "--profile", "demo", "--yes")


def shell(program: Program, line: str) -> subprocess.CompletedProcess[str]:
    """A line of shell in which `$T` is the program."""
    environment = program.environment | {"T": f"{sys.executable} -m tinyagent_app"}
    return subprocess.run(
        ["sh", "-c", line],
        capture_output=True, text=True, env=environment, stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip


def test_an_answer_with_characters_that_the_terminal_does_not_know_is_written_after_the_work(
    program: Program,
) -> None:
    program.environment["PYTHONIOENCODING"] = "latin-1"
    with planning({"": NOTE}) as url:
        program.environment.update(served(url))
        environment = program.environment
        done = subprocess.run(
            [sys.executable, "-m", "tinyagent_app", *ASK],
            capture_output=True, env=environment, stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert "Café".encode("latin-1") in done.stdout
        data = subprocess.run(
            [sys.executable, "-m", "tinyagent_app", "history", "--last", "--json", "--profile", "demo"],
            capture_output=True, env=environment, stdin=subprocess.DEVNULL, check=True,
        )  # fmt: skip
    assert "🙂" in json.loads(data.stdout.decode("latin-1"))["run"]["request"]


def test_a_file_name_that_is_no_text_is_told_as_data_and_taken_back(program: Program) -> None:
    program.environment["PYTHONIOENCODING"] = "utf-8:strict"
    program.run("history", "--profile", "demo")
    path = program.data / "notes" / os.fsdecode(b"caf\xe9.md")
    journaled(program.data, lambda changes: changes.create(path, b"x"))
    (change,) = program.run("history", "--last", "--json", "--profile", "demo").data["changes"]
    assert os.fsencode(change["path"]) == os.fsencode(path)
    assert program.run("undo", "--json", "--profile", "demo").data["removed"] == [str(path)]
    assert not path.exists()


def test_escape_sequences_of_file_names_never_reach_the_terminal(program: Program) -> None:
    program.run("history", "--profile", "demo")
    path = program.data / "notes" / "\x1b]0;x\x07.md"
    journaled(program.data, lambda changes: changes.create(path, b"x"))
    path.unlink()
    path.mkdir()
    shown = program.run("undo", "--profile", "demo")
    assert shown.code == 1
    assert "left" in shown.out
    told = shown.out + shown.err + program.run("history", "--last", "--profile", "demo").out
    assert "\x1b" not in told
    assert "\x07" not in told


def test_escape_sequences_in_log_messages_never_reach_the_terminal(program: Program) -> None:
    program.run("history", "--profile", "demo")
    path = program.data / "notes" / "\x1b]0;x\x07.md"
    journaled(program.data, lambda changes: changes.create(path, b"x"))
    with sqlite3.connect(program.data / "journal" / "journal.sqlite3") as database:
        database.execute("UPDATE changes SET state = 'intended'")  # as a crash would have left it
    database.close()
    path.write_bytes(b"somebody else's")
    ran = program.run("history", "--profile", "demo")
    assert "changed after an interrupted request" in ran.err
    assert "\x1b" not in ran.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["plan"],
        ["plan", "hi", "--now", "foo"],
        ["plan", "hi", "--now", "0001-01-01T00:00+10:00"],
        ["plan", "hi", "--nosuch"],
        ["history", "abc"],
        ["history", "99999999999999999999999"],
        ["history", "-n", "99999999999999999999999"],
        ["undo", "99999999999999999999999"],
        ["nosuch"],
    ],
)
def test_a_wrong_command_line_is_a_usage_error_in_words_and_as_data(
    program: Program, arguments: list[str]
) -> None:
    ran = program.run(*arguments)
    assert ran.code == 2
    assert "Usage:" in ran.err
    ran = program.run(*arguments, "--json")
    assert ran.code == 2
    assert ran.data["error"]["exit_code"] == 2
    assert ran.data["error"]["message"]


@pytest.mark.parametrize(
    ("variable", "value", "arguments", "code", "words"),
    [
        ("TINYAGENT_HOME", "~nosuchuser/x", ["history"], 2, "TINYAGENT_HOME"),
        ("TINYAGENT_MODELS", "~nosuchuser/x", ["models", "list"], 2, "TINYAGENT_MODELS"),
        ("TINYAGENT_FOLDERS__NOTES", "~nosuchuser/x", ["history"], 2, "folders.notes"),
        ("TINYAGENT_MODEL", "~nosuchuser/x.gguf", ["plan", "call Ana"], 4, "~nosuchuser/x.gguf"),
        ("TINYAGENT_SERVER__URL", "http://[::1/v1", ["plan", "call Ana"], 4, "server.url"),
        ("TINYAGENT_SERVER__URL", "http://localhost:99999/v1", ["plan", "call Ana"], 4, "server.url"),
        ("TINYAGENT_SERVER__URL", "localhost:80", ["ask", "call Ana"], 4, "server.url"),
        ("TINYAGENT_SERVER__API_KEY", "schlüssel", ["plan", "call Ana"], 4, "server.api_key"),
        ("ALL_PROXY", "socks5://127.0.0.1:9", ["plan", "call Ana"], 4, "ALL_PROXY"),
        ("ALL_PROXY", "socks5://127.0.0.1:9", ["models", "pull", "smollm2-135m"], 4, "ALL_PROXY"),
    ],
)
def test_a_wrong_setting_is_named_with_its_exit_code(
    program: Program, tmp_path: Path, variable: str, value: str, arguments: list[str], code: int, words: str
) -> None:
    if "MODEL" not in variable:
        program.environment.update(served("http://127.0.0.1:9/v1"))
        program.environment["TINYAGENT_MODELS"] = str(tmp_path / "none")
    program.environment[variable] = value
    ran = program.run(*arguments)
    assert ran.code == code, ran.err
    assert words in ran.err
    assert "Traceback" not in ran.err
    assert "schlüssel" not in ran.err


def test_a_folder_that_can_be_none_is_named_with_the_file_that_says_so(program: Program) -> None:
    file = program.home / "config" / "profiles" / "work.toml"
    file.parent.mkdir(parents=True)
    file.write_text('[folders]\ncontacts = "a\\u0000b"\n')
    ran = program.run("history", "--profile", "work")
    assert ran.code == 2
    assert "folders.contacts" in ran.err
    assert "work.toml" in ran.err


def test_words_that_are_no_text_are_searched_for_and_nothing_found_is_said(program: Program) -> None:
    ran = program.run("history", "--search", os.fsdecode(b"\xff"), "--profile", "demo")
    assert ran.code == 0
    assert "Nothing was asked" not in ran.out
    assert "No request has these words" in ran.out
    assert "Nothing was asked yet" in program.run("history", "--profile", "demo").out


def test_closed_standard_streams_end_in_no_traceback(program: Program) -> None:
    with planning({"": '1. get_phone_number("Priya")\n2. join()'}) as url:
        program.environment.update(served(url))
        asked = shell(program, "$T ask 'number of Priya' --profile demo <&-")
        assert asked.returncode == 0, asked.stderr
        empty = shell(program, "$T ask - --profile demo <&-")
        assert empty.returncode == 2
        assert "empty" in empty.stderr
        silent = shell(program, "$T ask 'number of Priya' --profile demo <&- >&- 2>&-")
        assert silent.returncode == 0
    assert len(program.run("history", "--json", "--profile", "demo").data) == 2


def test_output_that_can_not_be_written_is_said_on_the_other_stream(program: Program) -> None:
    ran = shell(program, "$T tools --json > /dev/full")
    assert ran.returncode == 4
    assert "No space left" in ran.stderr
    assert "Traceback" not in ran.stderr
    assert shell(program, "$T tools > /dev/full 2> /dev/full").returncode == 4


def test_a_case_with_a_clock_of_another_zone_is_planned(program: Program) -> None:
    case = {"id": "a", "query": "number of Priya", "now": "2026-03-12T09:30+01:00"}
    with planning({"": '1. get_phone_number("Priya")\n2. join()'}) as url:
        program.environment.update(served(url))
        ran = program.run("plan", "--jsonl", "-", "--profile", "demo", stdin=json.dumps(case).encode())
    assert ran.code == 0, ran.err
    assert ran.data["steps"]
    wrong = json.dumps(case | {"now": "0001-01-01T00:00+10:00"}).encode()
    ran = program.run("plan", "--jsonl", "-", "--profile", "demo", stdin=wrong)
    assert ran.code == 2
    assert "line 1" in ran.err


@pytest.mark.parametrize(
    ("verbose", "shows"), [([], lambda err: "Traceback" not in err), (["-v"], lambda err: "Traceback" in err)]
)
def test_a_defect_is_one_sentence_and_its_place_is_shown_on_demand(
    program: Program, tmp_path: Path, verbose: list[str], shows: Callable[[str], bool]
) -> None:
    broken = "import tools.registry\n\ndef broken():\n    raise LookupError('gone')\n\ntools.registry.all_tools = broken\n"
    (tmp_path / "sitecustomize.py").write_text(broken)
    program.environment["PYTHONPATH"] = f"{tmp_path}{os.pathsep}{Path(__file__).parents[2]}"
    ran = program.run(*verbose, "tools")
    assert ran.code == 1
    assert "a defect of the program" in ran.err
    assert "LookupError: gone" in ran.err
    assert shows(ran.err)


def test_a_screen_of_forty_columns_shows_whole_names_and_requests(program: Program) -> None:
    program.run("history", "--profile", "demo")
    request = "text Ana that lunch moved to one and that I am looking forward to it"
    journaled(program.data, lambda changes: None, text=request)
    program.environment["COLUMNS"] = "40"
    listed = program.run("history", "--profile", "demo").out
    assert request in " ".join(listed.split())
    assert max(map(len, listed.splitlines())) <= 40
    models = program.run("models", "list").out
    for name in ("smollm2-135m", "coder-0.5b", "coder-1.5b"):
        assert name in models.split()
    assert max(map(len, models.splitlines())) <= 40


COMMANDS = ["", "ask", "plan", "chat", "tools", "history", "undo", "doctor", "models", "models list"]
COMMANDS += ["models show", "models pull", "models export", "models remove", "bench", "bench executor"]
COMMANDS += ["eval", "eval plans", "eval compare", "eval table", "eval tools", "eval bfcl", "eval tinyagent"]
COMMANDS += ["train", "train data", "train check"]


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_every_command_has_an_example(program: Program, command: str) -> None:
    ran = program.run(*command.split(), "--help")
    assert ran.code == 0
    assert "Example" in ran.out
    assert f"tinyagent {command}".strip() in ran.out


def test_the_doctor_asks_a_server_whether_it_is_there(program: Program) -> None:
    with planning({}) as url:
        program.environment.update(served(url))
        assert program.run("doctor", "--profile", "demo").code == 0
    ran = program.run("doctor", "--profile", "demo", "--json")
    assert ran.code == 1
    assert [check["name"] for check in ran.data if not check["ok"]] == ["model"]
    assert "does not answer" in json.dumps(ran.data)
