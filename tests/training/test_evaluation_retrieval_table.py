"""Ways to choose tools side by side, through the commands: by embeddings, and tools that were never seen."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from planner.classifier import Weights
from tools.registry import builtin_tools
from training.evaluation.unseen import without

CASES = [
    ("a1", "set a timer for ten minutes", ["set_timer"]),
    ("a2", "count the people in the picture crowd.png", ["open_and_get_file_path", "count_people"]),
    ("a3", "tell me a joke", []),
]


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    path = tmp_path / "toy.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for name, query, tools in CASES:
            plan = [{"tool": tool, "args": {}} for tool in tools]
            line = {"id": name, "now": "2026-03-12T09:30", "query": query, "plans": [plan]}
            file.write(json.dumps(line) + "\n")
    return path


@pytest.fixture
def embeddings(tmp_path: Path) -> Path:
    """A folder with a direction for each of a few words, and none for others."""
    numpy = pytest.importorskip("numpy")
    numpy_files = pytest.importorskip("safetensors.numpy")
    tokenizers = pytest.importorskip("tokenizers")
    words = ["[UNK]", "timer", "people", "picture", "file"]
    table = numpy.eye(len(words), dtype="float32")
    table[0] = 0
    model = tokenizers.models.WordLevel({word: row for row, word in enumerate(words)}, unk_token="[UNK]")
    tokenizer = tokenizers.Tokenizer(model)
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    folder = tmp_path / "embeddings"
    folder.mkdir()
    tokenizer.save(str(folder / "tokenizer.json"))
    numpy_files.save_file({"embeddings": table}, folder / "model.safetensors")
    return folder


def run(home: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"TINYAGENT_HOME": str(home)}
    command = [sys.executable, "-m", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)


def test_tools_whose_words_are_near_the_request_are_in_play_with_their_suppliers(
    cases: Path, embeddings: Path
) -> None:
    arguments = ("tinyagent_app", "eval", "tools", cases, "--retriever", "embedding")
    ran = run(cases.parent, *arguments, "--embeddings", embeddings, "--json")
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    assert (found["recall"]["successes"], found["recall"]["n"]) == (3, 3)
    assert found["mean_tools"] < len(builtin_tools()) / 2


def test_without_embeddings_the_command_says_what_to_give(cases: Path, tmp_path: Path) -> None:
    arguments = ("tinyagent_app", "eval", "tools", cases, "--retriever", "embedding")
    ran = run(tmp_path, *arguments)
    assert ran.returncode != 0
    assert "--embeddings" in ran.stderr
    pytest.importorskip("tokenizers")
    ran = run(tmp_path, *arguments, "--embeddings", tmp_path)
    assert ran.returncode != 0
    assert "model.safetensors" in ran.stderr


def test_the_table_has_every_way_and_tools_that_were_never_seen(cases: Path, embeddings: Path) -> None:
    ran = run(cases.parent, "training.evaluation.retrieval_table", "--embeddings", embeddings, cases)
    assert ran.returncode == 0, ran.stderr
    table = {row["retriever"]: row for row in csv.DictReader(io.StringIO(ran.stdout))}
    assert {"all", "lexical", "lexical, 4 best", "embedding", "trained"} <= set(table)
    assert (table["all"]["found"], table["all"]["needed"], table["all"]["mean_tools"]) == ("3", "3", "28.0")
    one = table["trained, one tool unseen"]
    assert (one["found"], one["needed"], one["asking"]) == ("3", "3", "3")  # few strangers are always in play
    assert float(table["trained, all tools unseen"]["mean_tools"]) < 6


def test_tools_taken_out_of_the_weights_leave_the_evidence_for_the_others_as_it_was() -> None:
    weights = Weights.load()
    fewer = without(weights, {"set_timer", "get_phone_number"})
    assert len(fewer.names) == len(weights.names) - 2
    text = "text Ana that the timer rang"
    before = dict(zip(weights.names, weights.logits(text), strict=True))
    assert dict(zip(fewer.names, fewer.logits(text), strict=True)) == {
        name: before[name] for name in fewer.names
    }
