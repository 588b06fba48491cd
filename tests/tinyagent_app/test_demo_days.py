"""Days said relative to the day of filling, and texts with places for them."""

from __future__ import annotations

from datetime import date

import pytest

from tinyagent_app.demo.days import day_of, with_days

THURSDAY = date(2026, 3, 12)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("+0", "2026-03-12"),
        ("-13", "2026-02-27"),
        ("+2", "2026-03-14"),
        ("+2 work", "2026-03-16"),
        ("+3 work", "2026-03-16"),
        ("+4 work", "2026-03-16"),
        ("+1 work", "2026-03-13"),
        ("w+0 mon", "2026-03-09"),
        ("w+1 sat", "2026-03-21"),
        ("w-1 sun", "2026-03-08"),
    ],
)
def test_a_day_counts_from_today_or_from_this_week(text: str, expected: str) -> None:
    assert day_of(text, THURSDAY).isoformat() == expected


@pytest.mark.parametrize("text", ["", "3", "tomorrow", "w+1", "w+1 sat work", "+1work"])
def test_anything_else_is_no_day(text: str) -> None:
    with pytest.raises(ValueError, match="no day"):
        day_of(text, THURSDAY)


def test_places_in_texts_are_filled() -> None:
    text = "On {day w+1 sat}, a {weekday w+1 sat}: {iso +1}. {not one} {day}"
    assert with_days(text, THURSDAY) == "On Saturday 21 March, a Saturday: 2026-03-13. {not one} {day}"
