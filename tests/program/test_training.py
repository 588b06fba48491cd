"""`tinyagent train planner --smoke`: data, training, export, parity; and what is said when something lacks."""

from __future__ import annotations

import pytest

from tests.program.conftest import Program

pytestmark = pytest.mark.model


def test_the_whole_way_of_training_fits_together(program: Program) -> None:
    ran = program.run("train", "planner", "--smoke")
    assert ran.code == 0, ran.err + ran.out
    assert "correlate" in ran.out


def test_data_that_is_not_there_is_named_with_the_command_that_makes_it(program: Program) -> None:
    ran = program.run("train", "planner", "--data", "nowhere/train.jsonl")
    assert ran.code == 2
    assert "tinyagent train data" in ran.err
