"""Fine-tuning: the schedule, the batches, exact resume, and the export that llama.cpp must read as PyTorch does."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import gguf
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import LlamaConfig, LlamaForCausalLM

from planner.runtime.network import Network
from tests.support import free_port
from tinyagent_app.models import Catalogue, ModelStore
from tinyagent_app.profiles import models_folder
from training.finetune.base import plan_losses, with_lora
from training.finetune.batches import TOKENS_PER_BATCH, Encoded, batches, load
from training.finetune.checkpoint import CHECKPOINT, read_step
from training.finetune.export import Shape, permuted, quantisation, tensor_name, write_adapter
from training.finetune.rounds import Rounds
from training.finetune.run import adapter_tensors
from training.finetune.train import Settings, Trainer, collate
from training.runs.logs import DEVELOPMENT, LOSS, Progress, read


@given(st.lists(st.integers(3, 640), min_size=1, max_size=60), st.integers(0, 5))
def test_an_epoch_holds_every_example_once_in_batches_of_bounded_size(lengths: list[int], epoch: int) -> None:
    examples = [Encoded(tuple(range(length)), 1) for length in lengths]
    made = batches(examples, range(len(examples)), f"0:{epoch}")
    assert sorted(index for batch in made for index in batch) == list(range(len(examples)))
    for batch in made:
        assert len(batch) == 1 or max(lengths[i] for i in batch) * len(batch) <= TOKENS_PER_BATCH
    assert made == batches(examples, range(len(examples)), f"0:{epoch}")


def rotated(vector: np.ndarray, angle: np.ndarray, *, halves: bool) -> np.ndarray:
    """Rotary embedding of one head: pairs are (i, i + d/2) in transformers, (2i, 2i + 1) in llama.cpp."""
    half = len(vector) // 2
    first, second = (vector[:half], vector[half:]) if halves else (vector[0::2], vector[1::2])
    turned = first * np.cos(angle) - second * np.sin(angle), first * np.sin(angle) + second * np.cos(angle)
    return np.concatenate(turned) if halves else np.stack(turned, 1).ravel()


def test_permuted_projections_attend_in_llama_cpp_as_they_do_in_transformers() -> None:
    random, heads, size = np.random.default_rng(0), 3, 8
    query, key = random.normal(size=(2, heads * size, 5)).astype(np.float32)
    angles, hidden = random.normal(size=(2, size // 2)), random.normal(size=(2, 5))
    for head in range(heads):
        rows = slice(head * size, (head + 1) * size)
        plain = [
            rotated(m[rows] @ h, a, halves=True) for m, h, a in zip((query, key), hidden, angles, strict=True)
        ]
        other = [
            rotated(permuted(m, heads)[rows] @ h, a, halves=False)
            for m, h, a in zip((query, key), hidden, angles, strict=True)
        ]
        assert plain[0] @ plain[1] == pytest.approx(other[0] @ other[1])


def test_tensors_are_named_as_llama_cpp_names_them() -> None:
    name = "base_model.model.model.layers.12.self_attn.q_proj.lora_A.default.weight"
    assert tensor_name(name) == "blk.12.attn_q.weight.lora_a"
    assert tensor_name(name.replace("self_attn.q_proj", "mlp.down_proj")).startswith("blk.12.ffn_down")


def model() -> torch.nn.Module:
    torch.manual_seed(3)
    config = LlamaConfig(
        vocab_size=64, hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=64,
    )  # fmt: skip
    adapted: torch.nn.Module = with_lora(LlamaForCausalLM(config), 4, 8)
    return adapted


def some(count: int) -> list[Encoded]:
    random = np.random.default_rng(1)
    lengths = random.integers(6, 20, count)
    return [Encoded(tuple(map(int, random.integers(1, 64, n))), int(n) // 2) for n in lengths]


def test_only_the_plan_counts_for_the_loss_and_padding_changes_nothing() -> None:
    net, (short, long) = model(), sorted(some(2), key=lambda e: len(e.tokens))
    alone = plan_losses(net, *collate([short]))
    assert alone.counts.tolist() == [len(short.tokens) - short.start]
    both, other = plan_losses(net, *collate([short, long])), plan_losses(net, *collate([long]))
    np.testing.assert_allclose(
        both.sums.detach(), [alone.sums.item(), other.sums.item()], rtol=1e-4, err_msg="sums"
    )
    assert both.counts.tolist() == [*alone.counts.tolist(), *other.counts.tolist()]
    assert both.wrong.tolist() == [*alone.wrong.tolist(), *other.wrong.tolist()]


def until(trainer: Trainer, step: int) -> Callable[[], bool]:
    return lambda: trainer.step >= step


def trained(folder: Path, stops: list[int], steps: int = 12) -> dict[str, np.ndarray]:
    """The adapter after `steps` steps, interrupted after each of `stops`."""
    for stop in [*stops, steps]:
        trainer = Trainer(model(), some(400), Settings(steps, rank=4, alpha=8, checkpoint_every=5), folder)
        trainer.run(lambda _: None, until(trainer, stop))
    return dict(adapter_tensors(folder / CHECKPOINT))


def test_a_run_that_was_stopped_twice_ends_with_the_same_adapter(tmp_path: Path) -> None:
    straight, broken = trained(tmp_path / "a", []), trained(tmp_path / "b", [3, 8])
    assert straight.keys() == broken.keys()
    for name, tensor in straight.items():
        np.testing.assert_allclose(broken[name], tensor, rtol=1e-5, atol=1e-7)
    with (tmp_path / "b" / "loss.csv").open() as file:
        assert [int(row["step"]) for row in csv.DictReader(file)] == list(range(1, 13))


def test_what_a_kill_loses_is_made_again_and_logged_once(tmp_path: Path) -> None:
    settings = Settings(12, rank=4, alpha=8)
    for stop in (5, 8, 12):
        trainer = Trainer(model(), some(400), settings, tmp_path)
        trainer.run(lambda _: None, until(trainer, stop))
        if stop == 5:
            early = (tmp_path / CHECKPOINT).read_bytes()
        if stop == 8:  # killed: the last checkpoint is that of step 5
            (tmp_path / CHECKPOINT).write_bytes(early)
    with (tmp_path / "loss.csv").open() as file:
        assert [int(row["step"]) for row in csv.DictReader(file)] == list(range(1, 13))


def test_a_share_of_the_data_is_a_share_of_its_seeds(tmp_path: Path) -> None:
    network = Network(
        ModelStore(models_folder(), Catalogue.load()).path("smollm2-135m"), context=64, threads=1
    )
    line = {"tools": [], "request": "hi", "plan": "1. join()", "avoid": ""}
    origins = [[f"a.txt:{n}"] for n in range(300)] + [["a.txt:1", f"a.txt:{n}"] for n in range(2, 90)]
    path = tmp_path / "train.jsonl"
    path.write_text("".join(json.dumps(line | {"origin": o}) + "\n" for o in origins), encoding="utf-8")
    assert len(load(path, network)) == len(origins)
    assert 40 < len(load(path, network, 4)) < 130


def test_training_lowers_the_loss(tmp_path: Path) -> None:
    seen: list[Progress] = []
    same = some(1) * 40  # one text, to be learnt by heart
    Trainer(model(), same, Settings(60, learning_rate=2e-2, rank=4, alpha=8), tmp_path).run(seen.append)
    assert seen[-1].loss < 0.9 * seen[0].loss


def test_the_second_round_takes_the_half_that_was_hard() -> None:
    examples = some(100)
    rounds = Rounds(examples, 0)
    left = rounds.batches(0)
    first: list[int] = []
    while len(first) < len(examples):
        batch = next(left)
        first += batch
        rounds.note(batch, [20.0 if index % 2 else 0.0 for index in batch])  # every second plan is unknown
    assert sorted(first) == list(range(100))
    second: list[int] = []
    while len(second) < 50:
        second += next(left)
    assert sorted(second) == list(range(1, 100, 2))


def test_a_run_does_not_go_on_with_other_examples_or_settings(tmp_path: Path) -> None:
    settings = Settings(4, rank=4, alpha=8)
    Trainer(model(), some(40), settings, tmp_path).run(lambda _: None)
    with pytest.raises(ValueError, match="data it began with"):
        Trainer(model(), some(41), settings, tmp_path).run(lambda _: None)
    with pytest.raises(ValueError, match="begun with seed 0, not 7"):
        Trainer(model(), some(40), replace(settings, seed=7), tmp_path)
    Trainer(model(), some(40), replace(settings, steps=6), tmp_path).run(lambda _: None)  # longer is right
    assert read_step(tmp_path / CHECKPOINT) == 6


def test_a_run_of_another_version_is_refused(tmp_path: Path) -> None:
    settings = Settings(2, rank=4, alpha=8)
    Trainer(model(), some(40), settings, tmp_path).run(lambda _: None)
    (tmp_path / "settings.json").write_text('{"steps": 2, "forgotten": 1}')
    with pytest.raises(ValueError, match=r"settings\.json was not written by this version"):
        Trainer(model(), some(40), settings, tmp_path)


def test_development_examples_are_looked_at_and_never_learnt(tmp_path: Path) -> None:
    settings = Settings(4, rank=4, alpha=8, measure_every=2)
    for folder, development in (("with", some(9)), ("without", [])):
        Trainer(model(), some(40), settings, tmp_path / folder, development).run(lambda _: None)
    with_them, without = (adapter_tensors(tmp_path / name / CHECKPOINT) for name in ("with", "without"))
    for name, tensor in with_them.items():
        np.testing.assert_array_equal(without[name], tensor)
    rows = read(tmp_path / "with" / DEVELOPMENT)
    assert [row["step"] for row in rows] == [2, 4]
    assert all(0 <= row["exact"] <= 1 for row in rows)


def in_processes(folder: Path) -> None:
    """What each of the processes does that train together."""
    Trainer(model(), some(400), Settings(6, rank=4, alpha=8, batches=2), folder).run(lambda _: None)


def test_two_processes_train_as_one_does(tmp_path: Path) -> None:
    in_processes(tmp_path / "one")
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc_per_node", "2"]
    command += ["--master_port", str(free_port()), "-m", "tests.training.together", str(tmp_path / "two")]
    environment = os.environ | {"ACCELERATE_USE_CPU": "true", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    one, two = (adapter_tensors(tmp_path / name / CHECKPOINT) for name in ("one", "two"))
    for name, tensor in one.items():
        np.testing.assert_allclose(two[name], tensor, rtol=1e-3, atol=1e-5)
    assert len(read(tmp_path / "two" / LOSS)) == 6


@pytest.mark.parametrize(
    ("parameters", "kind"),
    [(9_800_000, gguf.GGMLQuantizationType.Q8_0), (17_600_000, gguf.GGMLQuantizationType.Q4_0)],
)
def test_a_large_adapter_is_rounded_more_coarsely_to_stay_below_twelve_megabytes(
    parameters: int, kind: gguf.GGMLQuantizationType
) -> None:
    assert quantisation(parameters) == kind
    block, size = gguf.GGML_QUANT_SIZES[kind]
    assert parameters / block * size < 12e6


def test_an_adapter_of_a_qwen_model_keeps_the_rows_that_a_llama_model_gets_permuted(tmp_path: Path) -> None:
    rows = np.linspace(-10, 10, 64 * 32, dtype=np.float32).reshape(64, 32)
    name = "base_model.model.model.layers.0.self_attn.q_proj.lora_B.default.weight"
    for architecture, stored in (("qwen2", rows), ("llama", permuted(rows, 4))):
        path = tmp_path / f"{architecture}.gguf"
        write_adapter({name: rows}, Shape(architecture, 4, 2, 8.0), path)
        (tensor,) = gguf.GGUFReader(path).tensors
        np.testing.assert_allclose(
            gguf.dequantize(tensor.data, tensor.tensor_type), stored, rtol=0.02, atol=0.1
        )
