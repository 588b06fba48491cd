"""`tinyagent train data` and `train check`, run as programs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.training.seeds import repository_seeds
from training.data.split import is_development
from training.evaluation.cases import load_cases

ROOT = Path(__file__).parents[2]
CASES = ROOT / "tests" / "data" / "plans_tune.jsonl"


def tinyagent(*arguments: str, hash_seed: str = "0") -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONHASHSEED": hash_seed, "COLUMNS": "200"}
    command = [sys.executable, "-m", "tinyagent_app", *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, env=environment, cwd=ROOT, check=False, timeout=300
    )


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("data") / "one"
    done = tinyagent("train", "data", "--out", str(out), "--count", "300", "--exclude", str(CASES))
    assert done.returncode == 0, done.stderr
    assert "examples for training" in done.stdout
    return out


def test_the_same_seeds_and_numbers_make_the_same_bytes(made: Path) -> None:
    again = made.parent / "two"
    command = ("train", "data", "--out", str(again), "--count", "300", "--exclude", str(CASES))
    assert tinyagent(*command, hash_seed="77").returncode == 0
    files = {path.name: path.read_bytes() for path in sorted(made.iterdir())}
    assert {"train.jsonl", "dev.jsonl", "cases.jsonl", "dropped.jsonl", "card.md"} <= set(files)
    assert {path.name: path.read_bytes() for path in sorted(again.iterdir())} == files
    assert sorted(path.name for path in made.parent.iterdir()) == ["one", "two"]  # nothing half-made is left


def test_nothing_made_of_a_development_seed_is_in_training(made: Path) -> None:
    requests = {seed.place: seed.request for seed in repository_seeds()}
    training, development = lines(made / "train.jsonl"), lines(made / "dev.jsonl")
    assert len(training) > 200
    assert development
    assert not any(is_development(requests[place]) for line in training for place in line["origin"])
    assert all(is_development(requests[place]) for line in development for place in line["origin"])


def test_examples_have_the_fields_that_training_reads(made: Path) -> None:
    for line in lines(made / "train.jsonl"):
        assert list(line) == ["id", "recipe", "origin", "tools", "avoid", "request", "plan"]
        assert line["plan"].endswith("join()")


def test_development_seeds_are_cases_that_the_evaluation_reads(made: Path) -> None:
    found = load_cases(made / "cases.jsonl")
    assert len(found) > 50
    assert all(is_development(case.query) for case in found)
    assert any(step.depends_on for case in found for step in case.plans[0])


def test_the_card_says_what_is_in_the_data_and_how_it_was_made(made: Path) -> None:
    card = (made / "card.md").read_text(encoding="utf-8")
    assert "tinyagent train data --out FOLDER --count 300 --seed 0 --exclude plans_tune.jsonl" in card
    for heading in ("Recipes", "Calls in the plan", "Words in the request", "Tools", "Seed files", "Dropped"):
        assert f"## {heading}" in card
    assert "CC0" in card
    assert str(ROOT) not in card


def test_cases_that_are_none_are_a_mistake_in_the_command(tmp_path: Path) -> None:
    file = tmp_path / "cases.jsonl"
    file.write_text('{"id": "a"}\n', encoding="utf-8")
    done = tinyagent("train", "data", "--out", str(tmp_path / "out"), "--exclude", str(file))
    assert done.returncode == 2
    assert "cases.jsonl" in done.stderr
    assert not (tmp_path / "out").exists()


def test_checking_seeds_says_how_many_there_are_and_fails_with_a_problem(tmp_path: Path) -> None:
    file = tmp_path / "mine.txt"
    file.write_text('what is on tomorrow\n1. list_calendar_events("tomorrow")\n2. join()\n', encoding="utf-8")
    done = tinyagent("train", "check", str(file))
    assert (done.returncode, "1 seeds, 0 problems" in done.stdout) == (0, True)
    file.write_text('what is on\n1. list_calendar_events("tomorrow")\n2. join()\n', encoding="utf-8")
    assert tinyagent("train", "check", str(file)).returncode == 1
