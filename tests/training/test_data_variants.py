"""Recipes: the same plan for another request, and it stays true."""

from __future__ import annotations

import random
import re

from hypothesis import given, settings
from hypothesis import strategies as st

from planner.request import Request
from tests.training.seeds import pool, repository_seeds, seed
from tools.spec import SPAN_KINDS
from training.data.dates import date_form, only_date
from training.data.seeds import Seed, _parsed, specs
from training.data.slots import Pool, parsed, slots, substituted, with_other_slots
from training.data.variants import CLOSINGS, dressed, joined, lowered, mistyped, unpunctuated

SEEDS = repository_seeds()
BUILT_IN = [s for s in SEEDS if not s.custom and 1 <= len(s.lines) <= 3]
any_seed = st.sampled_from(SEEDS)
number = st.integers(0, 2**32)
TEXT_ANA = seed("text ana lunch is at one", 'get_phone_number("ana")', 'send_sms(["$1"], "Lunch is at one.")')


def quoted(made: Seed) -> list[str]:
    """The arguments that must be words of the request."""
    found = []
    for step in parsed(made):
        for parameter in made.tools[step.tool].parameters:
            value = step.args[parameter.name]
            if parameter.kind in SPAN_KINDS and isinstance(value, str) and value:
                found.append(value)
    return found


def shape(made: Seed) -> list[tuple[str, tuple[int, ...]]]:
    return [(step.tool, step.depends_on) for step in parsed(made)]


@settings(max_examples=150, deadline=None)
@given(any_seed, number)
def test_other_slots_change_request_and_plan_alike(original: Seed, chance: int) -> None:
    changed = with_other_slots(original, pool(), random.Random(chance), 0.8)
    if changed is None:
        return
    assert changed.request != original.request
    assert shape(changed) == shape(original)
    assert all(text in changed.request for text in quoted(changed))


@settings(max_examples=40, deadline=None)
@given(any_seed, number)
def test_the_grammar_allows_plans_with_other_slots(original: Seed, chance: int) -> None:
    changed = with_other_slots(original, pool(), random.Random(chance), 0.8)
    if changed and Request.read(changed.request).text == changed.request:
        assert len(_parsed(changed, Request.read(changed.request))) == len(original.lines)


@settings(max_examples=150, deadline=None)
@given(any_seed, number)
def test_noise_keeps_what_the_plan_quotes_in_the_request(original: Seed, chance: int) -> None:
    for variant in (lowered, unpunctuated, mistyped, dressed):
        changed = variant(original, random.Random(chance))
        if changed is not None:
            assert changed.request != original.request
            assert shape(changed) == shape(original)
            assert all(text in changed.request for text in quoted(changed)), variant.__name__


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(BUILT_IN), min_size=2, max_size=3), number)
def test_joining_keeps_all_calls_and_renumbers_their_references(parts: list[Seed], chance: int) -> None:
    whole = joined(parts, random.Random(chance))
    expected, before = [], 0
    for part in parts:
        expected += [(tool, tuple(n + before for n in needs)) for tool, needs in shape(part)]
        before += len(part.lines)
    assert shape(whole) == expected
    assert [line.partition(". ")[0] for line in whole.lines] == [str(i + 1) for i in range(before)]
    assert whole.place == "+".join(part.place for part in parts)


def test_joined_requests_have_no_doubled_marks() -> None:
    choose = random.Random(1)
    parts = [seed("What is Ana's number?", 'get_phone_number("Ana")'), TEXT_ANA]
    for _ in range(200):
        assert not re.search(r"[.?!,;:] ?[,;:]", joined(parts, choose).request)


def test_free_text_takes_the_other_name_with_its_capital() -> None:
    lunch = seed("lunch with ana on friday", 'create_calendar_event("Lunch with Ana", "friday")')
    assert {slot.text for slot in slots(lunch)} == {
        "friday"
    }  # a title is no slot; a name that is looked up is
    call = seed(
        "call with ana on friday",
        'get_email_address("ana")',
        'create_calendar_event("Call with Ana", "friday", "", "", ["$1"])',
    )
    changed = substituted(call, {"ana": "noor", "friday": "monday"})
    assert changed is not None
    assert changed.request == "call with noor on monday"
    assert changed.lines[1] == '2. create_calendar_event("Call with Noor", "monday", "", "", ["$1"])'


def test_a_variant_whose_text_speaks_of_what_was_replaced_is_given_up() -> None:
    note = seed(
        "open Grandpa 1987 and text it to Ana",
        'open_note("Grandpa 1987")',
        'get_email_address("Ana")',
        'compose_new_email(["$2"], [], "Grandpa in 1987", "$1")',
    )
    assert substituted(note, {"Grandpa 1987": "Shopping"}) is None
    assert substituted(note, {"Ana": "Noor"}) is not None


def test_dates_that_hold_other_words_or_lean_on_another_date_are_no_slots() -> None:
    assert only_date("Tuesday the 3rd at half past nine")
    assert only_date("26/3 9:15-10:30")
    assert not only_date("Saturday it's Dashiell's, 3pm")
    assert not only_date("the evening before")
    assert date_form("friday at 3pm") == date_form("monday at 11am") != date_form("monday")


def test_what_is_asked_back_about_is_not_put_into_other_requests() -> None:
    impossible = seed(
        "remind me on 31 april to pay", 'create_reminder("pay", "31 april")', tags=("question",)
    )
    possible = seed("remind me on 12 may to pay", 'create_reminder("pay", "12 may")')
    only = Pool([impossible, possible])
    assert only.other(slots(impossible)[0], random.Random(0)) == "12 may"
    assert only.other(slots(possible)[0], random.Random(0)) is None


def test_typed_without_capitals_the_message_is_written_well_all_the_same() -> None:
    upper = seed("Text Ana that I am late", 'get_phone_number("Ana")', 'send_sms(["$1"], "I am late.")')
    changed = lowered(upper, random.Random(0))
    assert changed is not None
    assert changed.request == "text ana that i am late"
    assert changed.lines == ('1. get_phone_number("ana")', '2. send_sms(["$1"], "I am late.")')


def test_a_speech_recogniser_writes_times_apart_but_leaves_addresses_whole() -> None:
    typed = seed("Remind me at 9:15, please: see https://a.example/x", 'create_reminder("see", "9:15")')
    changed = unpunctuated(typed, random.Random(0))
    assert changed is not None
    assert changed.request == "remind me at 9 15 please see https://a.example/x"


def test_thanks_are_not_put_where_they_might_be_dictated_and_nobody_is_addressed_twice() -> None:
    for chance in range(60):
        changed = dressed(TEXT_ANA, random.Random(chance))
        assert changed is None or not changed.request.endswith(CLOSINGS)
        assert (
            dressed(seed("please thank Bo, thanks", 'get_phone_number("Bo")'), random.Random(chance)) is None
        )


def test_slips_spare_the_words_that_the_plan_quotes() -> None:
    for chance in range(60):
        changed = mistyped(TEXT_ANA, random.Random(chance))
        assert changed is None or "ana lunch is at one" in changed.request


def test_every_built_in_tool_has_slots_somewhere() -> None:
    with_slots = {step.tool for s in SEEDS[::3] if slots(s) for step in parsed(s)}
    assert with_slots >= set(specs())
