"""The tool classifier is trained on examples, through the command that trains the shipped one."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from planner.classifier import TrainedRetriever, Weights
from planner.request import Request
from tools.registry import builtin_tools

WORDS = ("eggs", "tea", "rice", "the oven", "laundry", "bread", "pasta", "my break", "soup", "the kettle")
SHAPES = (
    ("set a timer of {} minutes for {}", '1. set_timer("{0} minutes", "{1}")\n2. join()'),
    ("start {1} please, version {0}", '1. open_app("{1}")\n2. join()'),
)


def write_examples(path: Path) -> None:
    """The same two things said of ten others, six times each; each thing is a seed of its own."""
    lines = [
        {
            "recipe": "seed",
            "origin": [f"toy.txt:{10 * number + place}"],
            "request": request.format(number, word),
            "plan": plan.format(number, word),
        }
        for number in range(2, 8)
        for place, word in enumerate(WORDS)
        for request, plan in SHAPES
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def test_the_classifier_finds_the_tools_of_requests_that_it_was_not_trained_on(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    data, out = tmp_path / "train.jsonl", tmp_path / "out"
    write_examples(data)
    command = [sys.executable, "-m", "tinyagent_app", "train", "retrieval", "--data", str(data)]
    done = subprocess.run([*command, "--out", str(out)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Trained on 120 requests" in done.stdout
    retriever = TrainedRetriever(builtin_tools(), Weights.load(out))
    for text, needed in (
        ("set a timer of 9 minutes for a nap", "set_timer"),
        ("start blender please", "open_app"),
    ):
        assert needed in {tool.name for tool in retriever.select(Request.read(text))}
