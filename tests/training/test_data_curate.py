"""Curation: near-duplicates, evaluation sets, contradictions and poor examples go, the rest stays."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.training.seeds import example, seed
from training.data.curate import (
    CONTRADICTED,
    LEAKED,
    NEAR,
    NEAR_DEVELOPMENT,
    POOR,
    contradictions,
    curate,
    unknown_to,
)
from training.data.leaks import Evaluation
from training.data.near import NEAR as LEAST_SHARED
from training.data.near import NearDuplicates, jaccard, signature
from training.data.quality import LEAST, score
from training.data.split import is_development, split
from training.data.tokens import masked, normalised, shingles, words_of

NOTHING = Evaluation(frozenset(), frozenset())
LONG = "please send the minutes of the meeting on the new boiler to everybody who was there last week"
words = st.lists(st.sampled_from(["text", "ana", "that", "the", "train", "is", "late", "again"]), min_size=1)


@pytest.fixture
def evaluation(tmp_path: Path) -> Evaluation:
    file = tmp_path / "cases.jsonl"
    call = {"tool": "get_phone_number", "args": {"name": {"oneof": ["Sid Vance", "Sid"]}}}
    query = "could you find out for me what Sid Vance's 2 numbers are"
    case = {"id": "a1", "now": "2026-03-12T09:30", "query": query, "tags": [], "plans": [[call]]}
    other = {**case, "id": "a2", "query": "What's on today?", "plans": [[]]}
    file.write_text(f"{json.dumps(case)}\n{json.dumps(other)}\n", encoding="utf-8")
    return Evaluation.read([file])


def test_a_request_is_near_one_that_differs_in_a_word_of_many_and_not_in_one_of_few() -> None:
    seen = NearDuplicates()
    seen.add(LONG)
    assert seen.knows(LONG.upper() + "!")
    assert seen.knows(LONG.replace("last week", "last month"))
    assert not seen.knows(LONG.replace("boiler", "roof").replace("minutes", "notes"))
    seen.add("text Ana hi")
    assert seen.knows("Text Ana: hi")
    assert not seen.knows("text Bo hi")


@given(words, words)
def test_near_means_that_most_3_grams_are_shared(first: list[str], second: list[str]) -> None:
    seen = NearDuplicates()
    seen.add(" ".join(first))
    shared = jaccard(shingles(first, 3), shingles(second, 3))
    assert seen.knows(" ".join(second)) == (shared >= LEAST_SHARED)


@given(words)
def test_the_signature_depends_on_the_grams_alone(some: list[str]) -> None:
    grams = shingles(some, 3)
    assert (signature(grams) == signature(frozenset(sorted(grams)[::-1]))).all()


def test_names_and_numbers_are_hidden_as_one_word_each() -> None:
    hidden = masked("Mail Sid Vance's 2 files to bo@x.example", ["Sid Vance"])
    assert hidden == ["mail", "_", "#", "files", "to", "bo", "x", "example"]


def test_requests_of_an_evaluation_set_are_known_with_other_names_too(evaluation: Evaluation) -> None:
    assert evaluation.knows("whats on today", ()) is False
    assert evaluation.knows("what's on today", ())
    leaked = "hey could you find out for me what Priya's 3 numbers are"
    assert evaluation.knows(leaked, ["Priya"])
    assert not evaluation.knows("could you find the numbers of Priya", ["Priya"])


def test_examples_and_seeds_that_an_evaluation_set_knows_are_dropped_and_listed(
    evaluation: Evaluation,
) -> None:
    curated = curate([example("What's on today"), example("What's on tomorrow", name="e2")], evaluation)
    assert [item.id for item in curated.kept] == ["e2"]
    assert [(item.reason, item.request) for item in curated.dropped] == [(LEAKED, "What's on today")]
    mine = seed("find out for me what Ana's 2 numbers are", 'get_phone_number("Ana")', place="mine.txt:7")
    kept, dropped = unknown_to(evaluation, [mine, seed("what is Ana's number", 'get_phone_number("Ana")')])
    assert [s.request for s in kept] == ["what is Ana's number"]
    assert [(item.reason, item.place) for item in dropped] == [(LEAKED, "mine.txt:7")]


def test_the_same_request_with_two_plans_is_dropped_both_times() -> None:
    one = example("open the notes", '1. open_app("notes")\n2. join()', name="e1")
    two = example("Open the notes!", '1. open_note("notes")\n2. join()', name="e2")
    same = example("OPEN the notes.", '1. open_app("notes")\n2. join()', name="e3")
    other = example("open the camera", '1. open_app("camera")\n2. join()', name="e4")
    assert contradictions([one, same, other]) == frozenset()
    curated = curate([one, two, same, other], NOTHING)
    assert [item.id for item in curated.kept] == ["e4"]
    assert curated.reasons == {CONTRADICTED: 3}


def test_another_plan_is_no_contradiction_where_another_tool_is_missing() -> None:
    one = replace(
        example("open the notes", '1. open_app("notes")\n2. join()', "missing"), tools=("open_app",)
    )
    two = replace(example("open the notes", "1. join()", "missing", "e2"), tools=("open_note",))
    plain = example("open the notes", '1. open_app("notes")\n2. join()', "seed", "e3")
    assert contradictions([one, two, plain]) == frozenset()
    assert curate([one, plain], NOTHING).reasons == {}


def test_the_later_of_two_near_examples_is_dropped_and_so_is_what_is_near_the_development_split() -> None:
    first, later = example(LONG), example(LONG.replace("last week", "last month"), name="e2")
    curated = curate([first, later], NOTHING)
    assert [item.id for item in curated.kept] == ["e1"]
    assert curated.reasons == {NEAR: 1}
    assert curate([later], NOTHING, [first]).reasons == {NEAR_DEVELOPMENT: 1}


def test_poor_examples_score_low() -> None:
    good = example(
        "text Ana I am late", '1. get_phone_number("Ana")\n2. send_sms(["$1"], "I am late.")\n3. join()'
    )
    assert score(good) == 1
    assert score(replace(good, names=("Bo",))) == 0
    assert score(replace(good, request="the the the text Ana I am late,, ok")) < 1
    long = example(" ".join(f"word{i}" for i in range(100)))
    riddle = example("ana bo", '1. open_app("ana")\n2. open_app("bo")\n3. join()')
    invented = example(
        "text her", '1. send_sms(["0155 730 2218"], "Dinner Saturday evening, bring champagne")\n2. join()'
    )
    for poor in (long, riddle, invented):
        assert score(poor) < LEAST
        assert curate([poor], NOTHING).reasons == {POOR: 1}


def test_the_split_depends_on_the_request_alone_and_takes_about_one_in_twenty_five() -> None:
    requests = [f"remind me to water plant number {i}" for i in range(4000)]
    held = [request for request in requests if is_development(request)]
    assert 100 <= len(held) <= 220
    assert is_development(held[0].upper() + "!")
    training, development = split([seed(request) for request in requests])
    assert (len(training), len(development)) == (4000 - len(held), len(held))


def test_normalised_requests_differ_in_words_only() -> None:
    assert normalised("Text Ana: “I'm late”!") == normalised("text ana I'm late") == "text ana i'm late"
    assert words_of("scan_01.pdf") == ["scan", "01", "pdf"]
