"""kill -9 at any moment: no half-written file, and everything can be taken back."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.tinyagent_app import kill_target
from tests.tinyagent_app.trees import Tree, is_whole, tree
from tinyagent_app.journal import Journal

ROOT = Path(__file__).parents[2]
KILLED = -9


class Target:
    """The server that forks what is killed."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def run(
        self,
        base: Path,
        *,
        do: str = "work",
        seed: int | None = None,
        at: int | None = None,
        exact: bool = True,
    ) -> dict[str, int]:
        job = {"base": str(base), "do": do, "seed": seed, "crash_at": at, "exact": exact}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        answer: dict[str, int] = json.loads(self._process.stdout.readline())
        assert answer["code"] in {0, KILLED}, answer
        return answer


def start(*arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.tinyagent_app.kill_target", *arguments]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


@pytest.fixture(scope="module")
def target() -> Iterator[Target]:
    with start() as process:
        yield Target(process)
        assert process.stdin is not None
        process.stdin.close()


def fresh(base: Path) -> Tree:
    base.mkdir()
    kill_target.fill(base)
    return tree(base / "profile")


def assert_nothing_is_half_written(base: Path) -> None:
    for path in (base / "profile").rglob("*.md"):
        if path.is_file():
            assert is_whole(path.read_bytes()), path


def assert_journal_and_files_agree(base: Path) -> None:
    journal = Journal.open(base / "journal")
    journal.recover()
    again = journal.recover()
    assert not again.runs
    assert not again.settled
    newest: dict[str, Any] = {}
    for run in reversed(journal.history(limit=1000)):
        assert run.outcome in {"done", "interrupted"}
        detail = journal.show(run.id)
        assert not any(step.state == "started" for step in detail.steps)
        newest |= {change.path: change for change in detail.changes if change.state == "applied"}
    for path, change in newest.items():
        assert (change.action != "deleted") == Path(path).exists(), change
    states = {c.state for run in journal.history(limit=1000) for c in journal.show(run.id).changes}
    assert states <= {"applied", "void", "undone"}
    assert not list(base.rglob("*.tmp"))
    journal.close()


def assert_undo_restores(base: Path, original: Tree) -> None:
    kill_target.undo(base)
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
        assert_journal_and_files_agree(base)
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
        assert_journal_and_files_agree(base)
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
        assert_journal_and_files_agree(base)
        assert_undo_restores(base, original)
    assert kills >= 100
