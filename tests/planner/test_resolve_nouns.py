"""The names of things that are passed to tools of plug-ins, of which the model may quote the end only."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.plan import Step
from planner.resolve import resolve_step
from tools.registry import builtin_tools
from tools.spec import Effect, Kind, Parameter, ToolSpec

NOW = datetime(2026, 3, 12, 9, 30)
DRAIN = ToolSpec(
    "drain",
    "yard",
    (Parameter("pond", Kind.LABEL),),
    Kind.STATUS,
    Effect.READ,
    "Drain a pond.",
    print,
    "plug-in",
)


def resolved(words: str, request: str, spec: ToolSpec = DRAIN) -> object:
    (parameter, *_) = spec.parameters
    step = Step(1, spec.name, {parameter.name: words})
    return resolve_step(step, spec, request=request, now=NOW).args[parameter.name]


@pytest.mark.parametrize(
    ("words", "request_text", "expected"),
    [
        ("pond", "kindly drain the carp pond", "carp pond"),
        ("pond", "can u drain teh upper carp pond plz", "upper carp pond"),
        ("carp", "drain the carp pond for me", "carp pond"),
        ("Upper carp", "Upper carp pond is full, drain it", "Upper carp pond"),
        ("carp", "drain the upper carp ponds", "upper carp ponds"),
        ("twine", "Where is my garden twine?", "garden twine"),
        ("tank", "an old rain-water tank has to be drained", "old rain-water tank"),
    ],
)
def test_the_end_of_a_thing_s_name_stands_for_all_of_it(words: str, request_text: str, expected: str) -> None:
    assert resolved(words, request_text) == expected


@pytest.mark.parametrize(
    ("words", "request_text"),
    [
        ("carp pond", "drain the carp pond"),
        ("pond", "drain carp pond"),  # no article: "drain" could be part of it
        ("Brickfield", "drain the pond Brickfield"),  # a name after what it is the name of
        ("tank 4", "the level in tank 4"),
        ("cold-archive", "the pond called cold-archive"),
        ("rubble", "a skip for rubble"),
        ("lagom", "the Swedish word lagom"),
        ("pond", "the fish are in the pond, drain the carp pond"),  # which one is quoted?
        ("pond", "the lovely big old carp pond"),  # too far to be sure
        ("pump", "the pump, pond and tank"),
        ("carp", "the carp, pond and all"),
        ("swamp", "drain the carp pond"),
    ],
)
def test_words_that_may_be_the_whole_name_stay(words: str, request_text: str) -> None:
    assert resolved(words, request_text) == words


def test_built_in_tools_are_known_well_enough_to_be_quoted_in_full() -> None:
    (search,) = [tool for tool in builtin_tools() if tool.name == "search_notes"]
    assert resolved("boiler", "find the old boiler in my notes", search) == "boiler"
    brought = replace(search, source="plug-in")
    assert resolved("boiler", "find the old boiler in my notes", brought) == "old boiler"


@given(st.text(max_size=40), st.text(max_size=10))
def test_what_is_returned_stands_in_the_request(request_text: str, words: str) -> None:
    quoted = str(resolved(words, request_text))
    assert quoted == str(resolved(words, "")) or quoted in request_text
