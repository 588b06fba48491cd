"""Addresses and numbers that are said word by word."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.classifier import suppliers
from planner.request import Request
from training.data.seeds import Seed, specs
from training.data.variants import said


@pytest.mark.parametrize(
    ("request_text", "addresses"),
    [
        ("new contact rosalind at tulpenhof dot nl i have no number", ["rosalind@tulpenhof.nl"]),
        ("mail ana dot maria at uni dash kiel dot de the plan", ["ana.maria@uni-kiel.de"]),
        ("write to zoe underscore k at mail dot example dot org", ["zoe_k@mail.example.org"]),
        ("copy me at own dot box at post dot example", ["own.box@post.example"]),
        ("bo@post.example and ida at post dot example", ["bo@post.example", "ida@post.example"]),
        ("remind me to email rosa at tulp dot nl at noon", ["rosa@tulp.nl"]),
        ("tell bob at gmail.com and rosa@tulp dot nl", ["bob@gmail.com", "rosa@tulp.nl"]),
        ("mail ana plus office at tulp dot nl", ["office@tulp.nl"]),
        ("have a look at cam dot png", []),
        ("remind me to look at booking dot com", []),
        ("buy tickets at ticketmaster dot com and mail Ana", []),
        ("email Ana that we should have lunch at some point next week", []),
        ("meet me at noon dot", []),
        ("email j smith at gmail dot com", []),
        ("email bob one two at gmail dot com", []),
        ("email o'brien at tulp dot ie", []),
        ("the sale is at nine.five and at 10.30", []),
    ],
)
def test_an_address_that_is_said_is_written_out(request_text: str, addresses: list[str]) -> None:
    assert list(Request.read(request_text).addresses) == addresses


@pytest.mark.parametrize(
    ("request_text", "number"),
    [
        ("text five five five oh one nine nine i am late", "5550199"),
        ("call zero seven double seven zero nine", "077709"),
        ("text 07 double 7 double oh nine oh oh one two three", "077700900123"),
        ("text +44 seven seven oh oh, nine oh oh, one two three", "+447700900123"),
        ("it is plus four four two oh seven triple nine one", "+442079991"),
    ],
)
def test_a_number_that_is_said_digit_by_digit_is_written_out(request_text: str, number: str) -> None:
    assert number in Request.read(request_text).numbers


@pytest.mark.parametrize(
    "text",
    [
        "one two three go",
        "count down five four three two one",
        "at two thirty",
        "lunch for five",
        "remind me at 12 30",
        "book 10 30 one hour with Ana",
        "RX 4410 nine years ago",
        "oh seven seven oh nine twenty three forty",
        "call one eight hundred five five five oh one nine",
    ],
)
def test_counts_times_and_halves_of_numbers_are_no_numbers_to_call(text: str) -> None:
    assert Request.read(text).numbers == ()


@pytest.mark.parametrize("text", ["text 07700-900123 two tickets are left", "text 555-0132 one more time"])
def test_a_written_number_does_not_grow_by_the_words_behind_it(text: str) -> None:
    assert [n for n in Request.read(text).numbers if "-" not in n] == []


def test_a_spoken_address_does_not_take_the_look_up_away() -> None:
    request = Request.read("mail the plan to rosa at tulp dot nl")
    assert "get_email_address" in suppliers(list(specs().values()), {"compose_new_email"}, request)


WORD = st.from_regex(r"[a-z]{2,8}", fullmatch=True)
ADDRESS = st.builds("{}{}{}@{}.{}".format, WORD, st.sampled_from("._-"), WORD, WORD, st.just("example"))
NUMBER = st.from_regex(r"\+?[0-9]{7,12}", fullmatch=True)


@given(ADDRESS, NUMBER, st.randoms(use_true_random=False))
def test_what_the_data_says_word_by_word_the_program_reads(
    address: str, number: str, choose: random.Random
) -> None:
    line = f'1. create_contact("pia", "{number}", "{address}")'
    seed = Seed(f"pia has {number}, {address}", (line,), (), "")
    spoken = said(seed, choose)
    assert spoken is not None
    assert not re.search(r"[@0-9]", spoken.request)
    assert spoken.lines == seed.lines
    read = Request.read(spoken.request)
    assert address in read.addresses
    assert number in read.numbers
