"""Meetings: links to rooms that only the invited know."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from tests.support import make_context
from tools.context import Services, ToolContext
from tools.errors import ToolError
from tools.meetings import get_zoom_meeting_link
from tools.spec import Effect, Result


@pytest.fixture
def ctx(tmp_path: Path) -> ToolContext:
    return make_context(tmp_path)


def link(ctx: ToolContext, topic: str, **more: object) -> Result:
    arguments = {"start_time": "", "meeting_invitees": [], **more}
    result = get_zoom_meeting_link.function(ctx, topic=topic, **arguments)
    assert isinstance(result, Result)
    return result


@pytest.mark.parametrize(
    ("topic", "slug"),
    [("Sprint Demo!", "sprint-demo"), ("Bürgermeister: Łódź", "burgermeister-lodz"), ("会議", "meeting")],
)
def test_a_room_is_named_after_the_topic_and_unguessable(ctx: ToolContext, topic: str, slug: str) -> None:
    url = str(link(ctx, topic).value)
    assert re.fullmatch(rf"https://meet\.jit\.si/{slug}-[a-z0-9]{{12}}", url)
    assert link(ctx, topic).value != url


def test_long_topics_make_short_rooms(ctx: ToolContext) -> None:
    assert len(str(link(ctx, "quarterly " * 50).value)) < 80


def test_the_personal_room_is_used_when_there_is_one(ctx: ToolContext) -> None:
    own = dataclasses.replace(ctx, services=Services(zoom_url="https://zoom.us/j/123"))
    assert link(own, "Demo").value == "https://zoom.us/j/123"


def test_the_server_of_the_settings_is_used(ctx: ToolContext) -> None:
    own = dataclasses.replace(ctx, services=Services(meeting_url="https://meet.example.org/"))
    assert str(link(own, "Demo").value).startswith("https://meet.example.org/demo-")


def test_the_text_says_when_and_that_nobody_was_invited(ctx: ToolContext) -> None:
    result = link(
        ctx, "Demo", start_time="2026-03-13T15:00", duration=30, meeting_invitees=["ana@example.org"]
    )
    about = "Friday 13 March 2026, 15:00, 30 minutes, with ana@example.org, not invited yet"
    assert result.text == f"Link for Demo ({about}): {result.value}"


def test_an_hour_is_the_default(ctx: ToolContext) -> None:
    assert "(60 minutes)" in link(ctx, "Demo").text


def test_impossible_times_are_told(ctx: ToolContext) -> None:
    with pytest.raises(ToolError, match="'soon' is not a date"):
        link(ctx, "Demo", start_time="soon")
    with pytest.raises(ToolError, match="at least a minute"):
        link(ctx, "Demo", duration=0)


def test_making_a_link_needs_no_confirmation() -> None:
    assert get_zoom_meeting_link.effect is Effect.READ
