"""The hand-written seeds: enough of them, of every tool, and right by the rules of writing them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.training.seeds import repository_seeds
from tools.registry import builtin_tools
from training.data import seeds as module
from training.data.seeds import main, problems, read_seeds
from training.data.slots import parsed

UNCLEAR_DATES = 5
"""So many seeds may have a date that code asks back about without saying so: what counts as unclear moves."""


def test_there_are_three_thousand_seeds_and_every_built_in_tool_is_called_in_sixty() -> None:
    seeds = repository_seeds()
    assert len(seeds) >= 3000
    calling = Counter(tool for seed in seeds for tool in {step.tool for step in parsed(seed)})
    rare = {tool.name: calling[tool.name] for tool in builtin_tools() if calling[tool.name] < 60}
    assert not rare


def test_many_requests_take_four_calls_or_more_and_some_take_none() -> None:
    lengths = Counter(len(seed.lines) for seed in repository_seeds())
    assert sum(n for length, n in lengths.items() if length >= 4) / lengths.total() >= 0.15
    assert 0.02 <= lengths[0] / lengths.total() <= 0.15


def test_no_two_seeds_have_the_same_request() -> None:
    requests = Counter(seed.request.casefold() for seed in repository_seeds())
    assert [request for request, n in requests.items() if n > 1] == []


def test_seeds_follow_the_rules_but_for_a_few_unclear_dates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_parsed", lambda seed, request: parsed(seed))  # the grammar takes a minute
    found = [(seed.place, problem) for seed in repository_seeds() for problem in problems(seed)]
    assert [item for item in found if not is_about_a_date(item[1])] == []
    assert len(found) <= UNCLEAR_DATES


def test_the_grammar_allows_the_plans_of_a_sample_of_seeds() -> None:
    found = [(seed.place, p) for seed in repository_seeds()[::25] for p in problems(seed)]
    assert [item for item in found if not is_about_a_date(item[1])] == []


def is_about_a_date(problem: str) -> bool:
    return problem.startswith("step ") and any(name in problem for name in ("date:", "time:", "duration"))


def test_the_check_names_the_place_and_what_must_be_mended(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "mine.txt"
    file.write_text(
        'what is on tomorrow\n1. list_calendar_events("tomorrow")\n2. join()\n\n\n'
        'text Ana hi\n1. get_phone_number("Anna")\n2. send_sms(["$1"], "Hi.")\n3. join()\n',
        encoding="utf-8",
    )
    assert main([str(file)]) == 1
    told = capsys.readouterr().out
    assert "mine.txt:6: text Ana hi" in told
    assert "'Anna' is not in the request" in told
    assert "2 seeds, 1 problems" in told


def test_a_plan_without_an_end_is_no_seed(tmp_path: Path) -> None:
    file = tmp_path / "mine.txt"
    file.write_text('text Ana hi\n1. get_phone_number("Ana")\n', encoding="utf-8")
    with pytest.raises(ValueError, match="does not end in"):
        read_seeds(file)
