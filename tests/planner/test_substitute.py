"""References become values, once, by type; text stays text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.plan import Argument, Reference, Step, Template, Value
from planner.substitute import replace_argument, substitute
from tools.errors import ToolError
from tools.spec import Effect, Kind, Parameter, ToolSpec

PARAMETERS = (
    Parameter("to", Kind.EMAIL, many=True),
    Parameter("cc", Kind.EMAIL, many=True, optional=True),
    Parameter("text", Kind.TEXT),
    Parameter("texts", Kind.TEXT, many=True),
    Parameter("file", Kind.PATH),
    Parameter("phone", Kind.PHONE, default="", optional=True),
    Parameter("count", Kind.INTEGER),
)
SPEC = ToolSpec("send", "mail", PARAMETERS, Kind.STATUS, Effect.OUTGOING, "Send.", lambda ctx: "")
RESULTS: dict[int, Value] = {1: "a@b.org", 2: ["x", "y"], 3: 7, 4: "", 5: "costs $1, not $2", 6: True}


def value(name: str, argument: Argument) -> Value:
    """One argument, made concrete."""
    return substitute(Step(9, "send", {name: argument}), SPEC, RESULTS)[name]


@pytest.mark.parametrize(
    ("name", "argument", "expected"),
    [
        ("to", (Reference(1),), ["a@b.org"]),
        ("to", Reference(1), ["a@b.org"]),  # one value for a list
        ("to", (Reference(1), "c@d.org"), ["a@b.org", "c@d.org"]),
        ("texts", (Reference(2), "z"), ["x", "y", "z"]),  # a list in a list is spliced
        ("texts", Reference(2), ["x", "y"]),
        ("texts", (Template(("<", Reference(2), ">")),), ["<x\ny>"]),
        ("text", Reference(5), "costs $1, not $2"),  # a result's text is not searched again
        ("text", "costs $1", "costs $1"),  # nor is the user's
        ("text", Template(("see ", Reference(5), " and $3")), "see costs $1, not $2 and $3"),
        ("text", Template((Reference(3), "/", Reference(6))), "7/true"),
        ("text", Reference(2), "x\ny"),
        ("text", Reference(3), "7"),  # where text is wanted
        ("count", Reference(3), 7),  # where a number is wanted
        ("cc", (), []),
        ("phone", "", ""),
    ],
)
def test_references_become_values_of_the_right_type(name: str, argument: Argument, expected: Value) -> None:
    assert value(name, argument) == expected


@pytest.mark.parametrize(
    ("name", "argument", "sentence"),
    [
        ("to", (Reference(4),), "send needs an e-mail address for to, but step 4 gave back none."),
        ("to", (Reference(1), Reference(4)), "but steps 1, 4 gave back none."),
        ("to", (), "send needs an e-mail address for to, and none was given."),
        ("cc", (Reference(4),), "but step 4 gave back none."),
        ("file", Reference(4), "send needs a file for file, but step 4 gave back none."),
        ("file", Reference(2), "but step 2 gave back none."),
        ("file", Reference(3), "but step 3 gave back none."),
        ("file", "  ", "and none was given."),
        ("phone", Reference(4), "send needs a phone number for phone, but step 4 gave back none."),
        ("colour", "red", "send has no argument 'colour'."),
    ],
)
def test_a_value_that_must_be_there_is_missed_clearly(name: str, argument: Argument, sentence: str) -> None:
    with pytest.raises(ToolError) as caught:
        value(name, argument)
    assert sentence in str(caught.value)


def test_a_result_is_copied_for_each_step() -> None:
    first = value("texts", Reference(2))
    assert isinstance(first, list)
    first.append("spoilt")
    assert value("texts", Reference(2)) == ["x", "y"]


@given(text=st.text(), result=st.text())
def test_text_passes_through_whatever_it_contains(text: str, result: str) -> None:
    step = Step(2, "send", {"text": Template((text, Reference(1), text))})
    assert substitute(step, SPEC, {1: result}) == {"text": text + result + text}
    assert substitute(Step(2, "send", {"text": text}), SPEC, {1: result}) == {"text": text}


@pytest.mark.parametrize(
    ("args", "argument", "answer", "expected"),
    [
        ({"text": "a"}, "text", "b", {"text": "b"}),
        ({"to": ["a"], "text": "x"}, "to", "b", {"to": ["b"], "text": "x"}),
        ({"count": 3}, "count", "4", {"count": 4}),
    ],
)
def test_an_answer_takes_the_place_of_an_argument(
    args: dict[str, Value], argument: str, answer: str, expected: dict[str, Value]
) -> None:
    before = dict(args)
    assert replace_argument(SPEC, args, argument, answer) == expected
    assert args == before


@pytest.mark.parametrize(
    ("args", "argument", "answer"),
    [({"text": "a"}, "to", "b"), ({"to": ["a", "b"]}, "to", "c"), ({"count": 3}, "count", "four")],
)
def test_an_answer_that_fits_nowhere_is_refused(args: dict[str, Value], argument: str, answer: str) -> None:
    with pytest.raises(ToolError):
        replace_argument(SPEC, args, argument, answer)
