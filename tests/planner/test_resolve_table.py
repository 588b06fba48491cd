"""Spoken dates against a table of expected values, and properties that hold for any text."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.resolve import Impossible, Vague, resolve_duration, resolve_span, show

NOW = datetime(2026, 3, 12, 9, 30)
LINES = (Path(__file__).parent / "data" / "dates.csv").read_text(encoding="utf-8").splitlines()[1:]
TABLE = [tuple(line.split(";")) for line in LINES if line]
DEFINITE = [row for row in TABLE if row[1][:2] == "20"]


def value(text: str) -> str:
    try:
        span = resolve_span(text, NOW)
    except (Impossible, Vague):
        return "question"
    if span is None:
        return "nothing"
    return show(span.start) + (f"/{show(span.end)}" if span.end is not None else "")


def test_the_table_is_large_enough_to_mean_something() -> None:
    assert len({expression for expression, _ in TABLE}) >= 150


@pytest.mark.parametrize(("expression", "expected"), TABLE)
def test_an_expression_has_the_expected_value(expression: str, expected: str) -> None:
    assert value(expression) == expected


@pytest.mark.parametrize(("expression", "expected"), TABLE)
def test_capitals_and_blanks_change_nothing(expression: str, expected: str) -> None:
    assert value(f"  {expression.upper().replace(' ', '  ')} ") == expected


@given(st.text(max_size=60))
def test_no_text_is_too_strange(text: str) -> None:
    result = value(text)
    assert result in {"question", "nothing"} or datetime.fromisoformat(result.split("/")[0])


@given(st.sampled_from(DEFINITE), st.sampled_from(["lunch", "a call with Ana", "the budget review"]))
def test_words_around_an_expression_change_nothing(row: tuple[str, str], other: str) -> None:
    assert value(f"{row[0]} {other}") == row[1]


@pytest.mark.parametrize(
    ("text", "unit", "expected"),
    [
        ("half an hour", "minutes", 30),
        ("an hour and a half", "minutes", 90),
        ("two and a half hours", "minutes", 150),
        ("1h30", "minutes", 90),
        ("1:15 h", "minutes", 75),
        ("three quarters of an hour", "minutes", 45),
        ("45", "minutes", 45),
        ("45s", "seconds", 45),
        ("twelve minutes", "seconds", 720),
        ("a minute and a half", "seconds", 90),
        ("1 hour 20 minutes", "minutes", 80),
        ("ninety seconds", "seconds", 90),
        ("25 minute", "seconds", 1500),
        ("soon", "minutes", None),
        ("999999 days", "minutes", None),
        ("an hour and a quarter", "minutes", 75),
        ("an hour and ten", "minutes", 70),
        ("an hour twenty", "minutes", 80),
        ("1 hour 15", "minutes", 75),
        ("1 hour, 15 minutes", "minutes", 75),
        ("three-quarters of an hour", "minutes", 45),
        ("one hundred and twenty minutes", "minutes", 120),
        ("a hundred minutes", "minutes", 100),
        ("1 min 30", "seconds", 90),
        ("a minute thirty", "seconds", 90),
        ("2 minutes 30", "seconds", 150),
        ("1h30m", "minutes", 90),
        ("1h5m", "seconds", 3900),
        ("1m30s", "seconds", 90),
        ("2 1/2 hours", "minutes", 150),
        ("1/2 hour", "minutes", 30),
        ("½ hour", "minutes", 30),
        ("hour", "minutes", 60),
        ("hour and a half", "minutes", 90),
        ("1:30", "minutes", 90),
        ("1:30", "seconds", 90),
        ("1:30:00", "seconds", 5400),
        ("20 minutes, and an hour later", "minutes", 20),
    ],
)
def test_a_duration_has_the_expected_value(text: str, unit: str, expected: int | None) -> None:
    assert resolve_duration(text, unit) == expected
