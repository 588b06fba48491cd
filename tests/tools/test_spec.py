"""The tool decorator: one typed, documented function is the whole declaration."""

from __future__ import annotations

from typing import Annotated

import pytest

from tools.context import ToolContext
from tools.spec import (
    Arg,
    Effect,
    Email,
    EmailResult,
    Kind,
    MaybeEmail,
    Minutes,
    Name,
    Parameter,
    Result,
    Text,
    ToolSpec,
    tool,
)

Mood = Annotated[str, Arg(Kind.CHOICE, choices=("good", "bad"))]


@tool(group="examples", effect=Effect.OUTGOING)
def greet(
    ctx: ToolContext,
    name: Name,
    to: list[Email],
    cc: list[MaybeEmail],
    *,
    mood: Mood = "good",
    length: Minutes = 5,
) -> EmailResult:
    """Greet somebody.

    More for people.
    """
    del ctx, cc, mood
    return Result(to[0], f"Greeted {name} for {length} minutes.")


def test_a_function_becomes_a_declaration() -> None:
    assert isinstance(greet, ToolSpec)
    assert (greet.name, greet.group, greet.effect, greet.source) == (
        "greet",
        "examples",
        Effect.OUTGOING,
        "built-in",
    )
    assert greet.result is Kind.EMAIL


def test_the_model_reads_the_first_line_of_the_docstring() -> None:
    assert greet.doc == "Greet somebody."


def test_the_signature_leaves_out_the_context_and_marks_lists() -> None:
    assert greet.signature == "greet(name, to: list, cc: list, mood, length)"


def test_parameters_tell_kind_default_and_choices() -> None:
    assert greet.parameter("name") == Parameter("name", Kind.NAME)
    assert greet.parameter("to") == Parameter("to", Kind.EMAIL, many=True)
    assert greet.parameter("mood") == Parameter(
        "mood", Kind.CHOICE, choices=("good", "bad"), default="good", optional=True
    )
    assert greet.parameter("length") == Parameter(
        "length", Kind.DURATION, unit="minutes", default=5, optional=True
    )
    with pytest.raises(KeyError):
        greet.parameter("colour")


def test_parameters_that_may_be_empty_say_so() -> None:
    assert [p.name for p in greet.parameters if p.optional] == ["cc", "mood", "length"]


def test_the_function_runs_with_a_context_and_named_arguments() -> None:
    result = greet.function(None, name="Ana", to=["ana@example.org"], cc=[])
    assert result == Result("ana@example.org", "Greeted Ana for 5 minutes.")


def test_only_outgoing_and_destructive_tools_need_a_confirmation() -> None:
    assert [effect for effect in Effect if effect.needs_confirmation] == [Effect.OUTGOING, Effect.DESTRUCTIVE]


def test_a_tool_without_a_docstring_is_an_error() -> None:
    def silent(ctx: ToolContext, text: Text) -> EmailResult:
        raise NotImplementedError(ctx, text)

    with pytest.raises(TypeError, match="silent needs a docstring"):
        tool(group="examples", effect=Effect.READ)(silent)


def test_a_parameter_without_a_kind_is_an_error() -> None:
    def plain(ctx: ToolContext, text: str) -> EmailResult:
        """Do something."""
        raise NotImplementedError(ctx, text)

    with pytest.raises(TypeError, match="'text' needs one of the annotated types"):
        tool(group="examples", effect=Effect.READ)(plain)


def test_a_result_without_a_kind_is_an_error() -> None:
    def plain(ctx: ToolContext, text: Text) -> Result:
        """Do something."""
        raise NotImplementedError(ctx, text)

    with pytest.raises(TypeError, match="'return' needs one of the annotated types"):
        tool(group="examples", effect=Effect.READ)(plain)
