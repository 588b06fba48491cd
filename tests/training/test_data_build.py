"""Built examples: what is in play, under which names, and that the grammar would allow each plan."""

from __future__ import annotations

import random
from dataclasses import replace
from functools import cache

import pytest

from planner.errors import PlanSyntaxError
from tests.training.seeds import passes_the_grammar, repository_seeds, seed, shown_tools
from training.data.build import Builder, Example
from training.data.in_play import keep_lines, remaining, renamed, without_tool
from training.data.seeds import Seed, specs
from training.data.slots import parsed

ADDRESS = 'get_email_address("Ana")'
SUMMARY = seed(
    "mail Ana a summary of lease.pdf and remind me on friday to sign",
    ADDRESS,
    'open_and_get_file_path("lease.pdf")',
    'summarize_pdf("$2")',
    'compose_new_email(["$1"], [], "Lease", "$3")',
    'create_reminder("sign", "friday")',
)
FORWARD = seed(
    "forward the mail from Bo to Ana and open the camera",
    'search_email("", "Bo")',
    ADDRESS,
    'forward_email(["$2"])',
    'open_app("camera")',
)


@cache
def built() -> tuple[Example, ...]:
    return tuple(Builder(repository_seeds(), 11).examples(900))


def called(made: Example) -> set[str]:
    return {line.partition(". ")[2].partition("(")[0] for line in made.plan.split("\n")[:-1]}


def without(original: Seed, tool: str) -> list[str]:
    """The tools of the plan that is left when one is missing."""
    gone = {step.id for step in parsed(original) if step.tool == tool}
    return [step.tool for step in remaining(parsed(original), gone)]


def test_the_grammar_allows_the_plans_of_three_hundred_examples() -> None:
    for made in random.Random(5).sample(built(), 300):
        passes_the_grammar(made)


def test_a_plan_that_the_request_does_not_give_is_refused_by_the_same_check() -> None:
    made = next(e for e in built() if e.recipe == "seed" and "get_phone_number" in called(e))
    for plan, problem in (("get_phone_number", "not in the request"), ("no_such_tool", "no tool")):
        wrong = replace(made, plan=f'1. {plan}("Zzyzx")\n2. join()')
        with pytest.raises(PlanSyntaxError, match=problem):
            passes_the_grammar(wrong)


def test_every_called_tool_is_in_play_and_often_others_are() -> None:
    assert all(called(e) <= {tool.name for tool in shown_tools(e)} for e in built())
    more = [e for e in built() if len(e.tools) > len(called(e))]
    assert len(more) > len(built()) / 2


def test_all_recipes_are_there_and_plain_requests_are_unique() -> None:
    recipes = {e.recipe for e in built()}
    assert recipes == {"seed", "slots", "joined", "noise", "renamed", "missing", "avoid"}
    plain = [e.request.casefold() for e in built() if e.recipe in {"seed", "slots", "joined", "noise"}]
    assert len(plain) == len(set(plain))


def test_a_few_seeds_make_fewer_examples_than_asked_for_and_come_to_an_end() -> None:
    assert 1 <= len(list(Builder([SUMMARY], 0).examples(50))) <= 50


def test_renamed_tools_have_their_new_names_in_the_plan_and_among_the_tools() -> None:
    tools = [specs()[step.tool] for step in parsed(SUMMARY)]
    seen = set()
    for chance in range(30):
        changed, shown = renamed(SUMMARY, tools, random.Random(chance))
        names = {tool.name for tool in shown}
        calls = [line.partition(". ")[2].partition("(")[0] for line in changed.lines]
        assert set(calls) == names
        assert [line.partition("(")[2] for line in changed.lines] == [
            line.partition("(")[2] for line in SUMMARY.lines
        ]
        assert all(tool.doc and tool.source == "plug-in" for tool in shown if tool.name not in specs())
        seen |= names - set(specs())
    assert len(seen) > 5


def test_without_a_tool_what_needs_it_falls_away_with_the_lookups_for_it_alone() -> None:
    assert without(SUMMARY, "compose_new_email") == ["create_reminder"]
    assert without(SUMMARY, "summarize_pdf") == ["create_reminder"]
    assert without(SUMMARY, "create_reminder") == [step.tool for step in parsed(SUMMARY)][:4]


def test_a_mail_that_is_not_found_is_neither_forwarded_nor_answered() -> None:
    assert without(FORWARD, "search_email") == ["open_app"]
    assert without(FORWARD, "forward_email") == ["search_email", "open_app"]


def test_the_remaining_calls_are_numbered_from_one_and_refer_to_each_other() -> None:
    steps = [step for step in parsed(SUMMARY) if step.id != 1]
    lines = keep_lines([step for step in steps if step.id in {2, 3}], SUMMARY)
    assert lines == ('1. open_and_get_file_path("lease.pdf")', '2. summarize_pdf("$1")')


def test_a_missing_tool_is_not_in_play() -> None:
    tools = [specs()[step.tool] for step in parsed(FORWARD)]
    for chance in range(10):
        changed, shown = without_tool(FORWARD, tools, random.Random(chance))
        assert len(shown) == len(tools) - 1
        assert {line.partition(". ")[2].partition("(")[0] for line in changed.lines} <= {
            t.name for t in shown
        }


def test_only_what_looks_something_up_is_told_to_have_found_nothing() -> None:
    avoiding = [e for e in built() if e.recipe == "avoid"]
    assert avoiding
    for made in avoiding:
        tool = made.avoid.partition(". ")[2].partition("(")[0]
        assert tool not in specs() or specs()[tool].effect.name == "READ"
        assert made.avoid.partition(". ")[2] not in made.plan
