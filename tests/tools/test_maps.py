"""Maps: links that the map's website understands, shown but never sent."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.support import make_context
from tools.context import Services, ToolContext
from tools.errors import Refused, ToolError
from tools.maps import maps_open_location, maps_show_directions


class Desktop:
    """A launcher that remembers what it was asked to show."""

    def __init__(self) -> None:
        self.opened: list[str] = []

    def open(self, target: str) -> bool:
        self.opened.append(target)
        return True


@pytest.fixture
def ctx(tmp_path: Path) -> ToolContext:
    return make_context(tmp_path)


def directions(ctx: ToolContext, start: str, end: str, transport: str = "d") -> dict[str, list[str]]:
    result = maps_show_directions.function(ctx, start_location=start, end_location=end, transport=transport)
    parts = urlsplit(result.value)
    assert (parts.netloc, parts.path) == ("www.openstreetmap.org", "/directions")
    return parse_qs(parts.query)


def test_a_place_is_searched_on_the_map_and_shown(ctx: ToolContext) -> None:
    desktop = Desktop()
    result = maps_open_location.function(
        dataclasses.replace(ctx, launcher=desktop), location="Café Łódź & Söhne"
    )
    assert result.value == (
        "https://www.openstreetmap.org/search?query=Caf%C3%A9%20%C5%81%C3%B3d%C5%BA%20%26%20S%C3%B6hne"
    )
    assert result.text == f"Showing Café Łódź & Söhne: {result.value}"
    assert desktop.opened == [result.value]


def test_without_a_desktop_there_is_the_link(ctx: ToolContext) -> None:
    assert maps_open_location.function(ctx, location="Ocala").text.startswith("Link for Ocala: https://")


@pytest.mark.parametrize(
    ("transport", "engine"),
    [("d", "fossgis_osrm_car"), ("w", "fossgis_osrm_foot"), ("b", "fossgis_osrm_bike")],
)
def test_directions_name_both_ends_and_the_means(ctx: ToolContext, transport: str, engine: str) -> None:
    assert directions(ctx, "Hotel Okura", "teamLab", transport) == {
        "engine": [engine],
        "from": ["Hotel Okura"],
        "to": ["teamLab"],
    }


def test_driving_is_the_default_and_no_start_is_where_the_user_is(ctx: ToolContext) -> None:
    result = maps_show_directions.function(ctx, start_location="", end_location="Livingstone")
    assert parse_qs(urlsplit(result.value).query) == {"engine": ["fossgis_osrm_car"], "to": ["Livingstone"]}
    assert "enter where you start" in result.text


def test_for_public_transport_the_text_says_what_the_map_cannot_do(ctx: ToolContext) -> None:
    result = maps_show_directions.function(ctx, start_location="Wien", end_location="Kraków", transport="r")
    assert "no trains and buses; for connections see https://transitous.org" in result.text


def test_the_map_of_the_settings_is_used(ctx: ToolContext) -> None:
    own = dataclasses.replace(ctx, services=Services(map_url="https://map.example.org/"))
    assert (
        maps_open_location.function(own, location="Ulm").value == "https://map.example.org/search?query=Ulm"
    )


def test_a_map_link_of_an_earlier_step_stands_for_its_place(ctx: ToolContext) -> None:
    link = maps_open_location.function(ctx, location="Trinity College").value
    assert maps_open_location.function(ctx, location=link).value == link
    assert directions(ctx, "", link)["to"] == ["Trinity College"]
    with pytest.raises(Refused, match="a link, not a place"):
        maps_open_location.function(ctx, location="https://meet.jit.si/room")


def test_missing_places_and_unknown_means_are_told(ctx: ToolContext) -> None:
    with pytest.raises(ToolError, match="No place"):
        maps_open_location.function(ctx, location=" ")
    with pytest.raises(ToolError, match="No destination"):
        maps_show_directions.function(ctx, start_location="Ulm", end_location="")
    with pytest.raises(ToolError, match="'x' is no means of transport"):
        maps_show_directions.function(ctx, start_location="Ulm", end_location="Bonn", transport="x")


@given(st.text(min_size=1, max_size=30))
@settings(max_examples=150, deadline=None)
def test_every_place_survives_the_link(tmp_path_factory: pytest.TempPathFactory, place: str) -> None:
    expected = " ".join(place.split())
    assume(expected and not place.lower().startswith(("http://", "https://")))  # links are no places
    result = maps_open_location.function(make_context(tmp_path_factory.getbasetemp()), location=place)
    assert result.value.isascii()
    assert parse_qs(urlsplit(result.value).query, keep_blank_values=True) == {"query": [expected]}
