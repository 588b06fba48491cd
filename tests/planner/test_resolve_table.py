"""Spoken dates against a table of expected values, and properties that hold for any text."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.plan import Argument, Step
from planner.resolve import (
    Impossible,
    Unresolved,
    Vague,
    resolve_duration,
    resolve_span,
    resolve_step,
    show,
)
from tools.registry import builtin_tools

NOW = datetime(2026, 3, 12, 9, 30)
DATA = Path(__file__).parent / "data"
LINES = (DATA / "dates.csv").read_text(encoding="utf-8").splitlines()[1:]
TABLE = [tuple(line.split(";")) for line in LINES if line]
REQUESTS = (DATA / "dates_in_requests.csv").read_text(encoding="utf-8").splitlines()[1:]
TOOLS = {tool.name: tool for tool in builtin_tools()}
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


def row(line: str) -> Step:
    """A step of the table of requests."""
    tool, _, start, end, _ = line.split(";")
    names = {"event": "create_calendar_event", "list": "list_calendar_events", "reminder": "create_reminder"}
    match tool:
        case "event" | "list":
            args: dict[str, Argument] = {"start_date": start, "end_date": end}
        case "reminder":
            args = {"due_date": start}
        case "zoom":
            args = {"start_time": start, "duration": ""}
        case _:
            args = {"duration_seconds": start}
    return Step(1, names.get(tool, "get_zoom_meeting_link" if tool == "zoom" else "set_timer"), args)


def step_value(step: Step, request: str, *earlier: Step) -> str:
    try:
        resolved = resolve_step(step, TOOLS[step.tool], request=request, now=NOW, earlier=earlier)
    except Unresolved:
        return "question"
    return "/".join(str(argument) for argument in resolved.args.values())


@pytest.mark.parametrize("line", REQUESTS)
def test_what_an_argument_lacks_is_taken_from_the_request(line: str) -> None:
    _, request, _, _, expected = line.split(";")
    assert step_value(row(line), request) == expected


def reminder(words: str) -> Step:
    return Step(2, "create_reminder", {"due_date": words})


def event(start: str, end: str = "") -> Step:
    return Step(1, "create_calendar_event", {"start_date": start, "end_date": end})


def listing(words: str, end: str = "") -> Step:
    return Step(2, "list_calendar_events", {"start_date": words, "end_date": end})


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("the day before at 6pm", "2026-03-16T18:00"),
        ("the evening before", "2026-03-16T18:00"),
        ("the day before", "2026-03-16"),
        ("an hour before", "2026-03-17T14:00"),
        ("two days before", "2026-03-15T15:00"),
        ("half an hour earlier", "2026-03-17T14:30"),
        ("the Monday after", "2026-03-23"),
        ("the Friday before that at 9", "2026-03-13T09:00"),
        ("the Saturday", "2026-03-21"),
        ("Thursday same time", "2026-03-19T15:00"),
    ],
)
def test_a_time_may_count_from_the_step_before(words: str, expected: str) -> None:
    dentist = event("2026-03-17T15:00", "2026-03-17T16:00")
    assert step_value(reminder(words), f"dentist, and remind me {words}", dentist) == expected


@pytest.mark.parametrize(
    "words", ["the day before", "the evening before", "an hour before", "the Monday after"]
)
def test_without_a_step_it_counts_from_the_date_before_it_or_is_a_question(words: str) -> None:
    dentist = event("2026-03-17T15:00", "2026-03-17T16:00")
    request = f"dentist on the 17th at 3, remind me {words}"
    assert step_value(reminder(words), request) == step_value(reminder(words), request, dentist)
    assert step_value(reminder(words), f"remind me {words}") == "question"


def test_the_one_after_a_weekend_is_the_next() -> None:
    request = "what's on this weekend and the one after"
    weekend = listing("2026-03-14", "2026-03-15")
    assert step_value(listing("the one after"), request, weekend) == "2026-03-21/2026-03-22"
    assert step_value(listing("the one after"), request, event("2026-03-14")) == "question"


def test_the_same_time_on_another_day_lasts_as_long() -> None:
    yoga = event("2026-03-17T10:00", "2026-03-17T11:30")
    again = event("Thursday same time")
    request = "Yoga, 10 to 11.30, Tuesday, and again Thursday same time"
    assert step_value(again, request, yoga) == "2026-03-19T10:00/2026-03-19T11:30"


def test_a_bare_time_after_one_in_the_evening_is_later_the_same_evening() -> None:
    request = "remind me at nine to phone and at ten to put the dishwasher on"
    first = Step(1, "create_reminder", {"due_date": "2026-03-12T21:00"})
    assert step_value(reminder("ten"), request, first) == "2026-03-12T22:00"


def test_a_length_that_was_left_out_is_that_of_the_range() -> None:
    call = Step(
        1, "get_zoom_meeting_link", {"start_time": "Thursday from 2 to quarter past 3", "duration": 60}
    )
    assert step_value(call, "a video call on Thursday from 2 to quarter past 3") == "2026-03-19T14:00/75"


def test_a_bare_number_of_a_timer_is_asked_about_with_two_choices() -> None:
    timer = Step(1, "set_timer", {"duration_seconds": "ten"})
    with pytest.raises(Unresolved) as question:
        resolve_step(timer, TOOLS["set_timer"], request="timer ten", now=NOW)
    assert question.value.choices == ("10 minutes", "10 seconds")
