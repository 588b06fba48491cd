"""Timers, and starting programs from real `.desktop` files."""

from __future__ import annotations

import dataclasses
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from icalendar import Calendar

from tests.support import make_context
from tools.context import ToolContext
from tools.errors import Ambiguous, NotFound, ToolError, Unavailable
from tools.reminders import list_reminders
from tools.stores.desktop_entries import desktop_entries, parse_exec
from tools.system import open_app, set_timer


class Desktop:
    """A desktop that shows nothing."""

    def open(self, target: str) -> bool:
        return True


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG", "XDG_CURRENT_DESKTOP", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TZ", "Europe/Berlin")
    monkeypatch.setenv("DISPLAY", ":99")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_DATA_DIRS", f"{tmp_path / 'system'}:relative:{tmp_path / 'missing'}")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def ctx(tmp_path: Path) -> ToolContext:
    return dataclasses.replace(make_context(tmp_path / "profile"), launcher=Desktop())


def entry(base: Path, file_name: str, name: str, *lines: str, command: str = "true") -> Path:
    path = base / "applications" / file_name
    path.parent.mkdir(parents=True, exist_ok=True)
    text = ["[Desktop Entry]", "Type=Application", f"Name={name}", f"Exec={command}", *lines, ""]
    path.write_text("\n".join(text), encoding="utf-8")
    return path


def names(tmp_path: Path) -> list[str]:
    return [entry.name for entry in desktop_entries(os.environ)]


def timer(ctx: ToolContext, seconds: int, label: str = "") -> str:
    return str(set_timer.function(ctx, duration_seconds=seconds, label=label).text)


@pytest.mark.parametrize(
    ("seconds", "label", "text"),
    [
        (35 * 60, "tea", "Timer 'tea' is set for 10:05."),
        (90, "", "The timer is set for 09:31:30."),
        (20 * 3600, "", "The timer is set for Fri 13 Mar 2026, 05:30."),
    ],
)
def test_the_answer_says_when_the_timer_ends(ctx: ToolContext, seconds: int, label: str, text: str) -> None:
    assert timer(ctx, seconds, label) == text


def test_a_timer_is_a_reminder_with_an_alarm_to_the_second(ctx: ToolContext) -> None:
    timer(ctx, 61, "tea")
    (path,) = (ctx.folders.reminders / "Timers").iterdir()
    (todo,) = Calendar.from_ical(path.read_bytes()).walk("VTODO")
    assert todo["DUE"].to_ical() == b"20260312T093101"
    assert len(todo.walk("VALARM")) == 1
    assert list_reminders.function(ctx).value == "tea, due Thu 12 Mar 2026, 09:31:01 (Timers)"


def test_a_timer_that_has_run_out_is_no_open_reminder(ctx: ToolContext, tmp_path: Path) -> None:
    timer(ctx, 60)
    later = make_context(tmp_path / "profile", "2026-03-12T09:31")
    assert list_reminders.function(later).value == "No open reminders."


def test_timers_keep_to_their_own_list(ctx: ToolContext) -> None:
    (ctx.folders.reminders / "Egg timers").mkdir(parents=True)
    set_timer.function(ctx, duration_seconds=60)
    (path,) = ctx.folders.reminders.rglob("*.ics")
    assert path.parent.name == "Timers"


def test_a_timer_counts_real_time_when_the_clocks_change(tmp_path: Path) -> None:
    night = make_context(tmp_path, "2026-03-29T01:50")
    assert timer(night, 1800) == "The timer is set for 03:20."


@pytest.mark.parametrize("seconds", [0, -5, 10**12])
def test_a_timer_runs_between_a_second_and_a_year(ctx: ToolContext, seconds: int) -> None:
    with pytest.raises(ToolError, match="between a second and a year"):
        timer(ctx, seconds)
    assert not ctx.folders.reminders.exists()


def test_a_program_is_started_with_exactly_its_arguments(ctx: ToolContext, tmp_path: Path) -> None:
    fifo = tmp_path / "out"
    os.mkfifo(fifo)
    script = tmp_path / "my program.py"
    script.write_text("import sys, os, pathlib\npathlib.Path(sys.argv[1]).write_text(repr(sys.argv[2:]))\n")
    command = f'"{sys.executable}" "{script}" {fifo} %U --flag "$(touch x); \\\\$HOME `id`" 100%% %c'
    entry(tmp_path / "home", "probe.desktop", "Probe Program", command=command)
    result = open_app.function(ctx, name="the probe program")
    assert result.text == "Started Probe Program."
    with fifo.open() as pipe:  # waits until the program has opened its end
        assert pipe.read() == repr(["--flag", "$(touch x); $HOME `id`", "100%", "Probe Program"])


@pytest.mark.parametrize(
    ("command", "argv"),
    [
        ("firefox %u", ("firefox",)),
        ('"/opt/my app/run" -n %f --x=%d', ("/opt/my app/run", "-n", "--x=")),
        ("app %i %c %k", ("app", "--icon", "pic", "My App", "/a/b.desktop")),
        ('sh -c "echo \\"a b\\" \\\\ \\$X \\`y\\`"', ("sh", "-c", 'echo "a b" \\ $X `y`')),
        ("env 'a b' c\\ d", ("env", "a b", "c d")),
    ],
)
def test_commands_are_split_as_the_specification_says(command: str, argv: tuple[str, ...]) -> None:
    assert parse_exec(command, name="My App", icon="pic", path=Path("/a/b.desktop")) == argv


@pytest.mark.parametrize("command", ["", "%u", 'app "unfinished', "VAR=1 app"])
def test_entries_with_malformed_commands_are_left_out(tmp_path: Path, command: str) -> None:
    entry(tmp_path / "home", "bad.desktop", "Bad", command=command)
    entry(tmp_path / "home", "good.desktop", "Good")
    assert names(tmp_path) == ["Good"]


def test_hidden_and_foreign_entries_are_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    system, home = tmp_path / "system", tmp_path / "home"
    entry(system, "a.desktop", "No display", "NoDisplay=true")
    entry(system, "b.desktop", "Deleted by the user")
    entry(home, "b.desktop", "x", "Hidden=true")
    entry(system, "c.desktop", "Only KDE", "OnlyShowIn=KDE;")
    entry(system, "d.desktop", "Not GNOME", "NotShowIn=GNOME;")
    entry(system, "e.desktop", "Not installed", "TryExec=/no/such/program")
    entry(system, "f.desktop", "System version")
    entry(home, "f.desktop", "My version")
    entry(system, "sub/g.desktop", "In a folder")
    entry(system, "h.desktop", "Doc", "Type=Link")
    (system / "applications" / "i.desktop").write_bytes(b"\xff\xfe not [a desktop file")
    assert names(tmp_path) == ["In a folder", "My version", "Not GNOME"]
    monkeypatch.setenv("XDG_CURRENT_DESKTOP", "ubuntu:GNOME")
    assert names(tmp_path) == ["In a folder", "My version"]
    monkeypatch.setenv("XDG_CURRENT_DESKTOP", "KDE")
    assert "Only KDE" in names(tmp_path)


@pytest.mark.parametrize("asked", ["Rechner", "calculator", "gnome-calculator", "Taschenrechner", "rechne"])
def test_programs_are_found_by_all_their_names(
    ctx: ToolContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: str
) -> None:
    monkeypatch.setenv("LANG", "de_AT.UTF-8")
    program = tmp_path / "gnome-calculator"
    program.symlink_to("/bin/true")
    local = ("Name[de]=Rechner", "GenericName[de]=Taschenrechner")
    entry(tmp_path / "system", "calc.desktop", "Calculator", *local, command=str(program))
    entry(tmp_path / "system", "files.desktop", "Files", "Name[de]=Dateien")
    assert open_app.function(ctx, name=asked).text == "Started Rechner."


def test_an_unknown_program_names_the_nearest(ctx: ToolContext, tmp_path: Path) -> None:
    entry(tmp_path / "system", "a.desktop", "Calculator")
    with pytest.raises(NotFound) as caught:
        open_app.function(ctx, name="calendar")
    assert caught.value.nearest == ("Calculator",)
    with pytest.raises(ToolError, match="No program was named"):
        open_app.function(ctx, name=" ")


def test_programs_of_one_name_are_a_question_and_every_choice_means_one(
    ctx: ToolContext, tmp_path: Path
) -> None:
    entry(tmp_path / "system", "org.a.desktop", "Editor")
    entry(tmp_path / "system", "org.b.desktop", "Editor")
    with pytest.raises(Ambiguous) as caught:
        open_app.function(ctx, name="editor")
    assert caught.value.choices == ("Editor (org.a)", "Editor (org.b)")
    for choice in caught.value.choices:
        assert open_app.function(ctx, name=choice).text == "Started Editor."


def test_a_program_that_can_not_run_is_an_error(ctx: ToolContext, tmp_path: Path) -> None:
    entry(tmp_path / "home", "gone.desktop", "Gone", command="/no/such/program")
    with pytest.raises(Unavailable, match="Gone can't be started: No such file"):
        open_app.function(ctx, name="gone")


def test_without_a_desktop_nothing_is_started(
    ctx: ToolContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry(tmp_path / "home", "a.desktop", "Editor")
    with pytest.raises(Unavailable, match="no desktop"):
        open_app.function(dataclasses.replace(ctx, launcher=None), name="editor")
    monkeypatch.delenv("DISPLAY")
    with pytest.raises(Unavailable, match="no desktop"):
        open_app.function(ctx, name="editor")


def test_a_terminal_program_runs_in_a_terminal(
    ctx: ToolContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry(tmp_path / "home", "top.desktop", "Top", "Terminal=true", command="top -d 5")
    programs = tmp_path / "bin"
    programs.mkdir()
    monkeypatch.setenv("PATH", str(programs))
    with pytest.raises(Unavailable, match="needs a terminal"):
        open_app.function(ctx, name="top")
    fifo = tmp_path / "out"
    os.mkfifo(fifo)
    terminal = programs / "x-terminal-emulator"
    terminal.write_text(f'#!/bin/sh\necho "$@" > "{fifo}"\n')
    terminal.chmod(0o755)
    open_app.function(ctx, name="top")
    with fifo.open() as pipe:
        assert pipe.read() == "-e top -d 5\n"
