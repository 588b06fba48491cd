"""Every tool there is: the built-in ones in a fixed order, and those of third parties.

A third party publishes tools through the entry-point group `tinyagent.tools`; each entry point
names a `ToolSpec` or a list of them. What goes wrong there is reported, never raised.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from importlib.metadata import EntryPoint, entry_points

from tools import (
    audio,
    contacts,
    events,
    files,
    mail,
    maps,
    meetings,
    messages,
    notes,
    reminders,
    system,
    vision,
)
from tools.spec import ToolSpec

ENTRY_POINT_GROUP = "tinyagent.tools"

_BUILT_IN: tuple[ToolSpec, ...] = (
    contacts.get_phone_number,
    contacts.get_email_address,
    contacts.create_contact,
    mail.compose_new_email,
    mail.reply_to_email,
    mail.forward_email,
    mail.search_email,
    messages.send_sms,
    events.create_calendar_event,
    events.list_calendar_events,
    reminders.create_reminder,
    reminders.list_reminders,
    reminders.complete_reminder,
    notes.open_note,
    notes.create_note,
    notes.append_note_content,
    notes.search_notes,
    files.open_and_get_file_path,
    files.find_files,
    files.summarize_pdf,
    maps.maps_open_location,
    maps.maps_show_directions,
    meetings.get_zoom_meeting_link,
    vision.classify_image,
    vision.count_people,
    audio.transcribe_audio,
    system.set_timer,
    system.open_app,
)


@dataclasses.dataclass(frozen=True, slots=True)
class PluginProblem:
    """A third-party tool that is left out; `message` is a sentence for the user."""

    source: str  # distribution that published it
    message: str


@dataclasses.dataclass(frozen=True, slots=True)
class ToolSet:
    """The tools that can be used, and what was left out."""

    tools: tuple[ToolSpec, ...]
    problems: tuple[PluginProblem, ...]


def builtin_tools() -> tuple[ToolSpec, ...]:
    """The tools of this package, always in the same order (prompts are cached by it)."""
    return _BUILT_IN


def all_tools() -> ToolSet:
    """The built-in tools, then those of third parties by distribution and name.

    A third-party tool never takes the place of another one.
    """
    tools = {spec.name: spec for spec in _BUILT_IN}
    problems: list[PluginProblem] = []
    for point in sorted(
        entry_points(group=ENTRY_POINT_GROUP), key=lambda point: (_source(point), point.name)
    ):
        source = _source(point)
        try:
            specs = _load(point)
        except Exception as error:  # other people's code: anything may happen
            message = f"The plug-in {point.name} can't be loaded ({type(error).__name__}: {error})."
            problems.append(PluginProblem(source, message))
            continue
        for spec in specs:
            if (other := tools.get(spec.name)) is not None:
                message = f"The tool {spec.name} is left out: {other.source} has one of this name."
                problems.append(PluginProblem(source, message))
                continue
            tools[spec.name] = dataclasses.replace(spec, source=source)
    return ToolSet(tuple(tools.values()), tuple(problems))


def _load(point: EntryPoint) -> list[ToolSpec]:
    loaded = point.load()
    specs = list(loaded) if isinstance(loaded, Iterable) else [loaded]
    for spec in specs:
        if not isinstance(spec, ToolSpec):
            raise TypeError(f"{point.value} holds {type(spec).__name__}, not a tool declared with @tool")
    return specs


def _source(point: EntryPoint) -> str:
    return point.dist.name if point.dist is not None else "unknown"
