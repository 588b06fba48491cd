"""The registry: exactly the tools of the plan format, and third-party ones that can do no harm."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path

import pytest

from tests.support import make_context
from tools import registry
from tools.errors import Unavailable
from tools.notes import search_notes
from tools.registry import all_tools, builtin_tools
from tools.spec import Effect, Kind, Query, Result, TextResult, ToolSpec, tool

SIGNATURES = """
contacts get_phone_number(name) -> phone
contacts get_email_address(name) -> email
contacts create_contact(name, phone, email) -> status
mail compose_new_email(recipients: list, cc: list, subject, context, attachments: list) -> status
mail reply_to_email(cc: list, context, attachments: list) -> status
mail forward_email(recipients: list, cc: list, context, attachments: list) -> status
mail search_email(query, sender) -> text
messages send_sms(recipients: list, message) -> status
calendar create_calendar_event(title, start_date, end_date, location, invitees: list, notes, calendar) -> status
calendar list_calendar_events(start_date, end_date) -> text
reminders create_reminder(name, due_date, notes, list_name, priority, all_day) -> status
reminders list_reminders(list_name) -> text
reminders complete_reminder(name) -> status
notes open_note(name, folder) -> text
notes create_note(name, content, folder) -> status
notes append_note_content(name, content, folder) -> status
notes search_notes(query) -> text
files open_and_get_file_path(file_name) -> path
files find_files(query, folder) -> text
files summarize_pdf(pdf_path) -> text
maps maps_open_location(location) -> link
maps maps_show_directions(start_location, end_location, transport) -> link
meetings get_zoom_meeting_link(topic, start_time, duration, meeting_invitees: list) -> link
vision classify_image(image_path) -> text
vision count_people(image_path) -> text
audio transcribe_audio(audio_path) -> text
system set_timer(duration_seconds, label) -> status
system open_app(name) -> status
"""


@tool(group="extra", effect=Effect.READ)
def look_up(ctx: object, query: Query) -> TextResult:
    """Look a word up."""
    del ctx
    return Result(query, query)


tools_of_this_module = [look_up, search_notes]
one_tool = look_up
no_tool = "look_up"


def publish(monkeypatch: pytest.MonkeyPatch, **points: str) -> None:
    group = EntryPoints(EntryPoint(name, value, registry.ENTRY_POINT_GROUP) for name, value in points.items())

    def select(*, group: str) -> EntryPoints:
        assert group == "tinyagent.tools"
        return found

    found = group
    monkeypatch.setattr(registry, "entry_points", select)


def test_the_built_in_tools_are_those_of_the_plan_format_in_their_order() -> None:
    lines = [f"{spec.group} {spec.signature} -> {spec.result}" for spec in builtin_tools()]
    assert lines == SIGNATURES.strip().splitlines()


def test_every_tool_explains_itself_in_one_short_sentence() -> None:
    for spec in builtin_tools():
        assert spec.doc.endswith("."), spec.name
        assert len(spec.doc.split()) <= 14, spec.name


def test_what_leaves_the_machine_or_changes_it_is_declared() -> None:
    by_effect = {effect: {s.name for s in builtin_tools() if s.effect is effect} for effect in Effect}
    assert by_effect[Effect.OUTGOING] >= {"compose_new_email", "reply_to_email", "forward_email", "send_sms"}
    assert by_effect[Effect.LOCAL_WRITE] >= {"create_note", "append_note_content", "create_contact"}
    assert not {spec.name for spec in builtin_tools() if spec.result is Kind.STATUS} & by_effect[Effect.READ]


def test_third_party_tools_come_after_the_built_in_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    publish(monkeypatch, words=f"{__name__}:one_tool")
    found = all_tools()
    assert found.tools[:-1] == builtin_tools()
    assert (found.tools[-1].name, found.tools[-1].source) == ("look_up", "unknown")
    assert found.problems == ()


def test_a_third_party_tool_never_takes_the_place_of_another(monkeypatch: pytest.MonkeyPatch) -> None:
    publish(monkeypatch, words=f"{__name__}:tools_of_this_module", again=f"{__name__}:one_tool")
    found = all_tools()
    assert [spec.name for spec in found.tools].count("search_notes") == 1
    assert search_notes in found.tools
    assert {problem.message for problem in found.problems} == {
        "The tool search_notes is left out: built-in has one of this name.",
        "The tool look_up is left out: unknown has one of this name.",
    }


@pytest.mark.parametrize("value", ["no_such_module_here:tools", f"{__name__}:missing", f"{__name__}:no_tool"])
def test_a_broken_plug_in_is_reported_and_the_others_work(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    publish(monkeypatch, broken=value, words=f"{__name__}:one_tool")
    found = all_tools()
    assert found.tools[-1].name == "look_up"
    [problem] = found.problems
    assert problem.message.startswith("The plug-in broken can't be loaded (")


def test_an_installed_distribution_is_found_and_named(tmp_path: Path) -> None:
    (tmp_path / "dictionary_tool.py").write_text(
        "from tools.spec import *\n"
        "from tools.spec import tool\n"
        "@tool(group='extra', effect=Effect.READ)\n"
        "def define(ctx: object, query: Query) -> TextResult:\n"
        "    'Define a word.'\n"
    )
    info = tmp_path / "dictionary_tool-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: dictionary-tool\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[tinyagent.tools]\ndefine = dictionary_tool:define\n")
    code = (
        "from tools.registry import all_tools; t = all_tools(); print(t.tools[-1].name, t.tools[-1].source)"
    )
    path = os.pathsep.join([str(tmp_path), str(Path(registry.__file__).parents[1])])
    environment = {**os.environ, "PYTHONPATH": path}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout == "define dictionary-tool\n"


def test_pictures_and_recordings_say_what_is_missing(tmp_path: Path) -> None:
    specs: dict[str, ToolSpec] = {spec.name: spec for spec in builtin_tools()}
    for name, argument, extra in [
        ("classify_image", "image_path", "[vision]"),
        ("count_people", "image_path", "[vision]"),
        ("transcribe_audio", "audio_path", "[voice]"),
    ]:
        with pytest.raises(Unavailable, match="This version of TinyAgent can't") as caught:
            specs[name].function(make_context(tmp_path), **{argument: "/a"})
        assert extra in caught.value.hint
