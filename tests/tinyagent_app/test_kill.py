"""kill -9 at any moment: no half-written file, and everything can be taken back."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tinyagent_app import kill_target
from tests.tinyagent_app.agreement import assert_journal_and_files_agree, undo_everything
from tests.tinyagent_app.kill_server import KILLED, Target
from tests.tinyagent_app.trees import Tree, is_whole, tree


@pytest.fixture(scope="module")
def target() -> Iterator[Target]:
    with Target.started() as running:
        yield running


def fresh(base: Path) -> Tree:
    base.mkdir()
    kill_target.fill(base)
    return tree(base / "profile")


def assert_nothing_is_half_written(base: Path) -> None:
    for path in (base / "profile").rglob("*.md"):
        if path.is_file():
            assert is_whole(path.read_bytes()), path


def assert_undo_restores(base: Path, original: Tree) -> None:
    undo_everything(base / "journal")
    assert tree(base / "profile") == original


def test_kills_at_fifty_lines_of_the_journal_leave_whole_files_and_can_be_undone(
    tmp_path: Path, target: Target
) -> None:
    fresh(tmp_path / "whole")
    lines = target.run(tmp_path / "whole")["lines"]
    for at in random.Random(20260312).sample(range(1, lines + 1), 50):
        base = tmp_path / str(at)
        original = fresh(base)
        assert target.run(base, at=at)["code"] == KILLED
        assert_nothing_is_half_written(base)
        assert_journal_and_files_agree(base / "journal", base)
        assert_undo_restores(base, original)


def test_an_undo_killed_at_any_of_fifty_lines_can_be_repeated(tmp_path: Path, target: Target) -> None:
    fresh(tmp_path / "whole")
    target.run(tmp_path / "whole")
    lines = target.run(tmp_path / "whole", do="undo")["lines"]
    for at in random.Random(20260312).sample(range(1, lines + 1), 50):
        base = tmp_path / str(at)
        original = fresh(base)
        target.run(base)
        assert target.run(base, do="undo", at=at)["code"] == KILLED
        assert_nothing_is_half_written(base)
        assert_journal_and_files_agree(base / "journal", base)
        assert_undo_restores(base, original)


def test_a_hundred_kills_at_random_moments_of_concurrent_work_lose_nothing(
    tmp_path: Path, target: Target
) -> None:
    kills = 0
    choose = random.Random(20260312)
    fresh(tmp_path / "whole")
    lines = target.run(tmp_path / "whole", seed=0)["lines"]
    for seed in range(1, 101):
        base = tmp_path / str(seed)
        original = fresh(base)
        for _ in range(choose.choice([1, 2])):
            at = choose.randrange(1, lines)
            kills += target.run(base, seed=seed, at=at, exact=False)["code"] == KILLED
            assert_nothing_is_half_written(base)
        assert_journal_and_files_agree(base / "journal", base)
        assert_undo_restores(base, original)
    assert kills >= 100
