"""Each form that an expected argument can have, met and not met."""

from __future__ import annotations

from typing import Any

import pytest

from training.evaluation.cases import read_case
from training.evaluation.expected import read_expected
from training.evaluation.predictions import read_prediction
from training.evaluation.scoring import score_case

SOURCES = [{"tool": "search_notes", "args": {}}, {"tool": "get_email_address", "args": {}}]


def is_met(expected: Any, value: Any) -> bool:
    """Whether a third step's argument succeeds; steps 1 and 2 can be referred to."""
    plan = [*SOURCES, {"tool": "tool", "args": {"x": expected}}]
    case = read_case({"id": "a", "now": "2026-03-12T09:30", "query": "q", "tags": [], "plans": [plan]})
    steps = [{"id": n, **step} for n, step in enumerate(SOURCES, start=1)]
    steps.append({"id": 3, "tool": "tool", "args": {"x": value}})
    return score_case(case, read_prediction({"steps": steps})).full


MET = [
    ("Sid", "sid"),
    ("the Budget", "budget!"),
    ("O'Brien", "o’brien"),
    ("Café Zoé", "cafe\u0301 zoe\u0301"),
    ("check-in", "check in"),
    ("The A", "the a"),
    ("", ""),
    ("", None),
    ("", []),
    ("+44 7700 900123", "+447700900123"),
    ("12", 12),
    (5, 5),
    (5, "5"),
    (True, True),
    (True, "true"),
    (False, False),
    (False, ""),
    ({"oneof": ["Ms. Li", "Li"]}, "ms li"),
    ({"oneof": ["Ms. Li", "Li"]}, "Li"),
    ({"contains": ["budget", "friday"]}, "On FRIDAY we talk about the budget."),
    ({"contains": ["delay"]}, "it is delayed"),
    ({"contains": ["goal nets"]}, "spare goal nets"),
    ({"contains": ["3"]}, "at 3pm"),
    ({"contains": ["don't"]}, "please don’t"),
    ({"datetime": "2026-03-13T15:00"}, "2026-03-13T15:00"),
    ({"datetime": "2026-03-13T15:00"}, "2026-03-13T15:00:00"),
    ({"datetime": "2026-03-13T15:00"}, "2026-03-13 15:00:00"),
    ({"date": "2026-03-13"}, "2026-03-13"),
    ({"date": "2026-03-13"}, "2026-03-13T23:59:59"),
    ({"int": 30}, 30),
    ({"int": 30}, "30"),
    ({"int": 30}, 30.0),
    ({"oneof_int": [30, 60]}, 60),
    ({"any": True}, "whatever"),
    ({"any": True}, ""),
    ([], []),
    ([], None),
    (["a@b.example"], "a@b.example"),
    (["x", "y"], ["Y", "X"]),
    ([{"contains": ["x"]}, "x y"], ["x y", "x z"]),
    ("$1", "$1"),
    (["$1", "$2"], ["$2", "$1"]),
    (["$1", "a@b.example"], ["A@B.example", "$1"]),
    ({"ref_in": 1}, "$1"),
    ({"ref_in": 1}, "here: $1"),
    ({"ref_in": [1, 2]}, "$2 and $1"),
    ({"ref_in": 1, "contains": ["link"]}, "the link: $1"),
]

NOT_MET = [
    ("Sid", "Sidney"),
    ("Sid", ""),
    ("Sid", "$1"),
    ("Sid", "for $1 Sid"),
    ("", "x"),
    (5, 6),
    (True, False),
    (True, ""),
    (False, True),
    ({"oneof": ["Ms. Li", "Li"]}, "Lin"),
    ({"contains": ["budget", "friday"]}, "the budget"),
    ({"contains": ["art"]}, "start"),
    ({"contains": ["3"]}, "at 30"),
    ({"contains": ["x"]}, ""),
    ({"datetime": "2026-03-13T15:00"}, "2026-03-13T15:01"),
    ({"datetime": "2026-03-13T00:00"}, "2026-03-13"),
    ({"datetime": "2026-03-13T15:00"}, "tomorrow at 3"),
    ({"date": "2026-03-13"}, "2026-03-14"),
    ({"date": "2026-03-13"}, ""),
    ({"int": 30}, 31),
    ({"int": 30}, "30 minutes"),
    ({"int": 1}, True),
    ({"int": 30}, 30.5),
    ({"oneof_int": [30, 60]}, 45),
    ([], ["x"]),
    ([], "x"),
    (["x"], []),
    (["x", "y"], ["x", "x"]),
    (["x", "y"], ["x", "y", "y"]),
    ("$1", "$2"),
    ("$1", "see $1"),
    ("$1", ["$1"]),
    ({"ref_in": 1}, "1"),
    ({"ref_in": [1, 2]}, "$1"),
    ({"ref_in": 1, "contains": ["link"]}, "$1"),
]


@pytest.mark.parametrize(("expected", "value"), MET)
def test_an_argument_that_is_as_expected_succeeds(expected: Any, value: Any) -> None:
    assert is_met(expected, value)


@pytest.mark.parametrize(("expected", "value"), NOT_MET)
def test_an_argument_that_is_not_as_expected_fails(expected: Any, value: Any) -> None:
    assert not is_met(expected, value)


@pytest.mark.parametrize(
    "raw",
    [
        None,
        1.5,
        {},
        {"oneof": []},
        {"oneof": "x"},
        {"oneof": ["$1", "x"]},
        {"contains": [1]},
        {"datetime": "soon"},
        {"date": 3},
        {"int": "3"},
        {"int": True},
        {"oneof_int": []},
        {"any": False},
        {"ref_in": "$1"},
        {"ref_in": []},
        {"maybe": 1},
        [None],
    ],
)
def test_what_is_no_form_of_an_expected_argument_is_refused(raw: Any) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        read_expected(raw)
