"""Pre-training: exact continuation, branches that decay, refusals, two processes, what a run leaves behind."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file

from tests.support import free_port
from tests.training.pretraining import END, VOCABULARY, config, corpus, trained
from training.pretrain import checkpoint, shards
from training.pretrain.branch import decayed
from training.pretrain.config import Optimizer, RunConfig, example, read
from training.pretrain.model import build, count
from training.pretrain.run import FAILED, Diverged, Pretraining
from training.pretrain.shards import ABOUT, TOKENS, Shard, ShardError, Windows, write
from training.pretrain.summary import LOSS, SUMMARY, VALID
from training.runs.logs import read as rows
from training.runs.refused import RunRefused


@pytest.fixture(scope="module")
def train(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return corpus(tmp_path_factory.mktemp("corpus"))


def weights(folder: Path, name: str = checkpoint.LAST) -> dict[str, torch.Tensor]:
    return load_file(folder / name)


def assert_same(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> None:
    assert first.keys() == second.keys()
    for name, value in first.items():
        assert torch.equal(value, second[name]), name


OPTIMIZERS = [
    {"name": "adamw"},
    {"name": "lora"},
    {"name": "galore", "bits": 8},
    {"name": "natural-galore"},
    {"name": "natural-galore", "bits": 8, "side": "both", "on_change": "rotate"},
]


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda o: "-".join(map(str, o.values())))
def test_a_run_that_was_stopped_goes_on_to_the_bit(
    train: Path, tmp_path: Path, optimizer: dict[str, Any]
) -> None:
    wanted = config(train, optimizer=optimizer)
    losses = [step.loss for step in trained(wanted, tmp_path / "whole")]
    first = [step.loss for step in trained(wanted, tmp_path / "parts", stop=5)]
    second = [step.loss for step in trained(wanted, tmp_path / "parts")]
    assert first + second == losses
    assert losses[-1] < losses[0]
    assert_same(weights(tmp_path / "parts"), weights(tmp_path / "whole"))
    for name in (LOSS, VALID):
        kept = [[row["step"], row["loss"]] for row in rows(tmp_path / "parts" / name)]
        assert kept == [[row["step"], row["loss"]] for row in rows(tmp_path / "whole" / name)]


def test_a_kill_between_two_checkpoints_loses_only_the_steps_after_the_last(
    train: Path, tmp_path: Path
) -> None:
    wanted = config(train, keep=(3,))
    trained(wanted, tmp_path / "whole")
    trained(wanted, tmp_path / "killed", stop=5)
    (tmp_path / "killed" / checkpoint.name_at(3)).replace(
        tmp_path / "killed" / checkpoint.LAST
    )  # as after a kill
    trained(wanted, tmp_path / "killed")
    assert_same(weights(tmp_path / "killed"), weights(tmp_path / "whole"))
    assert [row["step"] for row in rows(tmp_path / "killed" / LOSS)] == list(range(1, 9))


def test_a_branch_that_decays_equals_a_run_that_had_decayed_there(train: Path, tmp_path: Path) -> None:
    stable = config(train, steps=100, keep=(6,), schedule={"decay": 0.1})
    trained(stable, tmp_path / "stable", stop=7)
    branch = decayed(tmp_path / "stable", 6, 0.25, tmp_path / "branch")
    assert branch.steps == 8
    trained(branch, tmp_path / "branch")
    trained(config(train, steps=8, schedule={"decay": 0.25}), tmp_path / "direct")
    assert_same(weights(tmp_path / "branch"), weights(tmp_path / "direct"))


def test_what_has_no_stable_checkpoint_can_not_decay(train: Path, tmp_path: Path) -> None:
    trained(config(train, keep=(4, 8)), tmp_path / "run")
    with pytest.raises(RunRefused, match="no checkpoint of step 5"):
        decayed(tmp_path / "run", 5, 0.1, tmp_path / "a")
    with pytest.raises(RunRefused, match="not in the stable phase"):
        decayed(tmp_path / "run", 8, 0.1, tmp_path / "b")
    decayed(tmp_path / "run", 4, 0.5, tmp_path / "c")
    trained(config(train, keep=(4,), schedule={"name": "cosine"}), tmp_path / "cosine")
    with pytest.raises(RunRefused, match="not in the stable phase"):
        decayed(tmp_path / "cosine", 4, 0.1, tmp_path / "d")
    with pytest.raises(RunRefused, match="holds a run already"):
        decayed(tmp_path / "run", 4, 0.1, tmp_path / "cosine")


def test_a_run_that_diverges_stops_before_its_weights_are_spoilt(train: Path, tmp_path: Path) -> None:
    wanted = config(train, optimizer={"learning_rate": 1e30, "clip": 0.0})
    with pytest.raises(Diverged, match=r"at step 2\. The weights before it"):
        trained(wanted, tmp_path)
    assert json.loads((tmp_path / FAILED).read_text())["step"] == 2
    assert checkpoint.read_header(tmp_path / checkpoint.LAST)["step"] == 1
    assert all(torch.isfinite(value.float()).all() for value in weights(tmp_path).values())


def test_a_folder_with_another_run_is_refused_by_what_differs(train: Path, tmp_path: Path) -> None:
    trained(config(train), tmp_path, stop=1)
    with pytest.raises(RunRefused, match="another model, seed"):
        Pretraining(config(train, seed=1, model={"layers": 1}), VOCABULARY, tmp_path)
    assert [step.step for step in trained(config(train, steps=9), tmp_path)] == list(range(2, 10))


def test_two_processes_train_as_one_does(train: Path, tmp_path: Path) -> None:
    trained(config(train), tmp_path / "one")
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc_per_node", "2", "--master_port"]
    command += [str(free_port()), "-m", "tests.training.pretraining", str(train), str(tmp_path / "two")]
    environment = os.environ | {"ACCELERATE_USE_CPU": "true", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    one, two = weights(tmp_path / "one"), weights(tmp_path / "two")
    for name, value in one.items():
        torch.testing.assert_close(two[name], value, rtol=1e-3, atol=1e-4)
    assert len(rows(tmp_path / "two" / LOSS)) == 8


def test_processes_that_can_not_share_a_step_are_refused(
    train: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.runs.workers.Workers.count", 3, raising=False)
    monkeypatch.setattr("training.runs.workers.Workers.__init__", lambda self: None)
    with pytest.raises(RunRefused, match="3 processes can't share 2 micro-batches"):
        Pretraining(config(train), VOCABULARY, tmp_path)


def test_a_finished_run_says_its_size_memory_and_losses(train: Path, tmp_path: Path) -> None:
    trained(config(train, optimizer={"name": "galore"}), tmp_path)
    facts = json.loads((tmp_path / SUMMARY).read_text())
    assert facts["step"] == 8
    assert facts["valid_perplexity"] == pytest.approx(math.exp(facts["valid_loss"]))
    state = [v for n, v in weights(tmp_path).items() if n.startswith("optimizer.") and v.ndim]
    assert facts["optimizer_bytes"] == sum(v.numel() * v.element_size() for v in state)
    assert facts["peak_memory_bytes"] > facts["optimizer_bytes"]


def test_the_loss_a_byte_is_that_of_a_token_over_its_bytes(train: Path, tmp_path: Path) -> None:
    trained(config(train), tmp_path)
    (_, last) = rows(tmp_path / VALID)
    assert last["per_byte"] == pytest.approx(
        last["loss"] / Shard.open(train.with_name("valid")).bytes_per_token
    )


@given(
    st.lists(
        st.text(st.characters(codec="ascii", exclude_characters="\x00"), max_size=30), min_size=1, max_size=9
    )
)
def test_a_shard_holds_all_texts_with_an_end_after_each(texts: list[str]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        about = write(texts, lambda text: list(text.encode()), END, "t", folder)
        shard = Shard.open(folder)
        assert bytes(shard.tokens.astype(np.uint8)).split(b"\x00")[:-1] == [t.encode() for t in texts]
        assert (about.documents, about.bytes) == (len(texts), sum(map(len, texts)))


@given(st.integers(1, 400), st.integers(0, 10_000))
def test_an_epoch_has_every_window_once_in_an_order_of_its_own(count: int, seed: int) -> None:
    orders = [[shards.permuted(i, count, f"{seed}:{epoch}") for i in range(count)] for epoch in range(2)]
    assert sorted(orders[0]) == sorted(orders[1]) == list(range(count))
    assert count < 20 or orders[0] != orders[1]


def test_targets_are_the_tokens_that_follow(train: Path) -> None:
    shard = Shard.open(train)
    windows = Windows(shard, 16, 4, 0)
    seen = torch.cat([windows.at(number) for number in range(windows.count // 4)])
    starts = {tuple(shard.tokens[i * 16 : i * 16 + 17].tolist()) for i in range(windows.count)}
    assert all(tuple(row.tolist()) in starts for row in seen)
    assert torch.equal(windows.at(3), Windows(shard, 16, 4, 0).at(3))
    assert not torch.equal(windows.at(3), Windows(shard, 16, 4, 1).at(3))


def test_a_shard_that_is_not_whole_is_refused(train: Path, tmp_path: Path) -> None:
    with pytest.raises(ShardError, match="holds no tokens"):
        Shard.open(tmp_path)
    for name in (ABOUT, TOKENS):
        (tmp_path / name).write_bytes((train / name).read_bytes())
    (tmp_path / TOKENS).write_bytes((train / TOKENS).read_bytes()[:-2])
    with pytest.raises(ShardError, match="should hold"):
        Shard.open(tmp_path)
    with pytest.raises(ValueError, match="does not fit into 16 bits"):
        write(["a"], lambda _: [70_000], END, "t", tmp_path)


def test_the_example_of_a_configuration_is_all_defaults() -> None:
    assert RunConfig.model_validate(tomllib.loads(example())) == RunConfig()  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("steps = 0", "steps: Input should be greater than or equal to 1"),
        ("[model]\nwidth = 30\nheads = 4", "model: Value error, width must be an even multiple of heads"),
        ("[model]\nheads = 4\nkv_heads = 3", "kv_heads must divide heads"),
        ("[data]\nbatch = 5\nmicro_batch = 2", "micro_batch must divide batch"),
        ("[optimizer]\nname = 'sgd'", "optimizer.name: Input should be"),
        ("speed = 3", "speed: Extra inputs are not permitted"),
        ("steps = ", "can't be read"),
    ],
)
def test_a_value_that_is_wrong_is_named(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "run.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RunRefused) as caught:
        read(path)
    assert message in str(caught.value)


def test_with_mup_wider_models_begin_with_activations_of_the_same_size() -> None:
    sizes = []
    for width in (64, 256):
        shape = config(
            Path(), model={"mup": True, "width": width, "heads": 4, "hidden": width * 5 // 2, "init": 0.1}
        ).model
        model = build(shape, 64, 16, 0)
        with torch.no_grad():
            found = model(input_ids=torch.arange(16)[None], output_hidden_states=True)
        sizes.append([h.square().mean().sqrt().item() for h in found.hidden_states])
    assert sizes[0] == pytest.approx(sizes[1], rel=0.5)


def test_parameters_are_counted_once_and_without_the_ends() -> None:
    shape = config(Path()).model
    everything, inner = count(build(shape, 50, 16, 0))
    block = 16 * 16 * 2 + 16 * 8 * 2 + 3 * 16 * 24 + 2 * 16
    assert (everything, inner) == (2 * block + 16 + 50 * 16, 2 * block + 16)


@pytest.mark.parametrize("name", list(Optimizer))
def test_every_optimizer_trains_embeddings_norms_and_blocks(
    name: Optimizer, train: Path, tmp_path: Path
) -> None:
    run = Pretraining(config(train, optimizer={"name": name}), VOCABULARY, tmp_path)
    before = {n: p.detach().clone() for n, p in run.model.named_parameters()}
    run.run(lambda _: None)
    moved = {n for n, p in run.model.named_parameters() if not torch.equal(p, before[n])}
    frozen = {n for n in before if "base_layer" in n}
    assert moved == before.keys() - frozen
    assert bool(frozen) == (name is Optimizer.LORA)
