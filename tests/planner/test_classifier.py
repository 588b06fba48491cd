"""The trained choice of tools: the shipped weights, tools they never saw, and what calls can't do without."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.classifier import TrainedRetriever
from planner.errors import RequestRejected
from planner.features import BUCKETS, features
from planner.request import Request
from tools.registry import builtin_tools
from training.tool_lines import read_tool

TOOLS = builtin_tools()


def in_play(text: str, *strangers: str) -> list[str]:
    tools = (*TOOLS, *map(read_tool, strangers))
    return [tool.name for tool in TrainedRetriever(tools).select(Request.read(text))]


@pytest.mark.parametrize(
    ("text", "needed"),
    [
        ("text Imani that I found her scarf", {"get_phone_number", "send_sms"}),
        ("mail budget.xlsx to Oren", {"get_email_address", "open_and_get_file_path", "compose_new_email"}),
        ("what is on my calendar on Friday", {"list_calendar_events"}),
        ("set a timer for nine minutes", {"set_timer"}),
    ],
)
def test_what_a_request_needs_is_in_play_and_little_else(text: str, needed: set[str]) -> None:
    found = in_play(text)
    assert needed <= set(found)
    assert len(found) <= 9


def test_the_order_is_that_of_the_tool_set() -> None:
    order = [tool.name for tool in TOOLS]
    found = in_play("mail Ana my agenda for tomorrow, text Bo the link, and open the note Trip")
    assert found == sorted(found, key=order.index)


SONG = "play_song(title: query) -> status: Play a song."
LIGHT = "zq_lights(room: place) -> status: Switch the lights of a room on or off."
PARCEL = "parcel_track(number: label) -> text: Tell where a parcel is."
WEATHER = "weather(place: place) -> text: Forecast for a town."


def test_of_many_tools_that_were_never_trained_those_are_found_whose_description_fits() -> None:
    found = in_play("switch the lights in the kitchen off", LIGHT, SONG, PARCEL, WEATHER)
    assert "zq_lights" in found
    assert "play_song" not in found


def test_a_few_tools_that_were_never_trained_are_in_play_whatever_people_call_them() -> None:
    assert {"zq_lights", "play_song"} <= set(in_play("make it dark in here", LIGHT, SONG))


@given(st.text(min_size=1, max_size=200))
def test_any_text_has_a_few_tools_in_play(text: str) -> None:
    try:
        request = Request.read(text)
    except RequestRejected:
        return
    assert 2 <= len(TrainedRetriever(TOOLS).select(request)) <= len(TOOLS)
    found = features(request.text)
    assert found == sorted(set(found))
    assert all(0 <= bucket < BUCKETS for bucket in found)
