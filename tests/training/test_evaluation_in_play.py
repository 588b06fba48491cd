"""The tools in play against the tools of gold plans."""

from __future__ import annotations

import pytest

from tools.registry import builtin_tools
from training.evaluation.cases import Case, read_case
from training.evaluation.in_play import measure
from training.evaluation.retrievers import make_retriever

TOOLS = builtin_tools()


def case(name: str, query: str, *plans: list[str]) -> Case:
    steps = [[{"tool": tool, "args": {}} for tool in plan] for plan in plans]
    return read_case({"id": name, "now": "2026-03-12T09:30", "query": query, "plans": steps})


@pytest.mark.parametrize("retriever", ["trained", "lexical"])
def test_tools_that_a_request_names_are_in_play(retriever: str) -> None:
    cases = [
        case("a", "set a timer for ten minutes", ["set_timer"]),
        case("b", "what is Ana's phone number?", ["get_phone_number"]),
        case("c", "tell me a joke", []),
    ]
    found = measure(cases, make_retriever(retriever, TOOLS), retriever)
    assert (found.recall.successes, found.recall.n) == (2, 2)
    assert (found.complete.successes, found.complete.n) == (2, 2)
    assert 2 <= found.mean_tools <= len(TOOLS)
    assert found.median_ms > 0
    assert found.missed == ()


def test_missed_tools_are_named_and_the_best_covered_alternative_counts() -> None:
    cases = [
        case("a", "set a timer for ten minutes", ["no_such_tool", "set_timer"]),
        case("b", "set a timer for ten minutes", ["no_such_tool"], ["set_timer"]),
    ]
    found = measure(cases, make_retriever("lexical", TOOLS), "lexical")
    assert [(m.id, m.tools) for m in found.missed] == [("a", ("no_such_tool",))]
    assert (found.recall.successes, found.recall.n) == (2, 3)
    assert found.complete.successes == 1
    assert "a  no_such_tool" in found.text()
    assert found.json()["missed"] == [
        {"id": "a", "query": "set a timer for ten minutes", "tools": ["no_such_tool"]}
    ]
