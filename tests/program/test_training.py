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


RUN = """
steps = 6
keep = [4]
[model]
width = 32
layers = 1
heads = 2
kv_heads = 2
hidden = 64
[data]
train = "build/corpus/train"
length = 32
batch = 4
micro_batch = 4
[schedule]
warmup = 1
"""


def test_a_model_is_trained_on_this_machine_s_text_and_decays_from_a_checkpoint(program: Program) -> None:
    build = program.home / "build"
    corpus, config = str(build / "corpus"), build / "run.toml"
    ran = program.run("train", "corpus", "--out", corpus, "--megabytes", "0.3", "--vocabulary", "512")
    assert ran.code == 0, ran.err
    assert "tokens for training" in ran.out
    config.write_text(RUN.replace("build/corpus", corpus), encoding="utf-8")
    ran = program.run("train", "run", str(config), "--out", str(build / "run"))
    assert ran.code == 0, ran.err
    assert "6 steps: loss" in ran.out
    decay = ("decay", str(build / "run"), "--from", "4", "--share", "0.2", "--out", str(build / "decayed"))
    ran = program.run("train", *decay)
    assert ran.code == 0, ran.err
    assert "5 steps: loss" in ran.out
    for name in ("optimizers", "lengths", "wind-tunnel"):
        ran = program.run(
            "train", "experiment", name, "--quick", "--data", corpus, "--out", str(build / name)
        )
        assert ran.code == 0, ran.err
        assert "| ---" in ran.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("run",), "name a file"),
        (("run", "nowhere.toml"), "nowhere.toml can't be read"),
        (("corpus", "--vocabulary", "500"), "a multiple of 64"),
        (("decay", "nowhere", "--from", "4", "--out", "x"), "has no checkpoint of step 4"),
        (("experiment", "lengths", "--data", "nowhere", "--quick"), "nowhere"),
    ],
)
def test_what_can_not_be_trained_is_a_mistake_of_the_command_line(
    program: Program, arguments: tuple[str, ...], message: str
) -> None:
    ran = program.run("train", *arguments)
    assert ran.code == 2, ran.out
    assert message in " ".join(ran.err.replace("│", " ").split())
