"""The 135M model through llama.cpp's C interface, and the evaluated prompts kept on disk."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import llama_cpp
import numpy as np
import pytest

from planner.runtime.engine import Engine
from planner.runtime.network import Network, NetworkError
from tinyagent_app.models import Catalogue, ModelStore
from tinyagent_app.profiles import models_folder

pytestmark = pytest.mark.model
GRAMMAR = '%llguidance {}\nstart: "the " ("cat" | "dog") " sat on the mat"\n'


@pytest.fixture(scope="module")
def path() -> Path:
    return ModelStore(models_folder(), Catalogue.load()).path("smollm2-135m")


@pytest.fixture(scope="module")
def network(path: Path) -> Network:
    return Network(path, context=512, threads=2)


@pytest.mark.parametrize("text", ["", "hello world", "naïve  tabs\t", "日本語 🙂", "<|im_start|>"])
def test_tokens_of_a_text_spell_it(network: Network, text: str) -> None:
    for special in (False, True):
        tokens = network.tokenize(text, special=special)
        assert b"".join(map(network.piece, tokens)).decode() == text


def test_control_tokens_are_recognised_only_where_they_are_meant(network: Network) -> None:
    assert len(network.tokenize("<|im_end|>", special=True)) == 1
    assert network.is_end(network.tokenize("<|im_end|>", special=True)[0])
    assert len(network.tokenize("<|im_end|>")) > 1


def test_a_truncated_text_goes_on_as_if_the_rest_had_never_been(network: Network) -> None:
    head, tail = network.tokenize("The capital of"), network.tokenize(" France is")
    network.truncate(0)
    network.decode(head)
    direct = network.decode(tail).copy()
    network.decode(network.tokenize(" not known at all"))
    network.truncate(len(head))
    assert np.allclose(network.decode(tail), direct, atol=1e-3)


def test_a_file_that_is_no_model_is_an_error(tmp_path: Path) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF" + bytes(4096))
    with pytest.raises(NetworkError, match=r"broken\.gguf"):
        Network(broken, context=512, threads=1)


def test_a_build_with_crashing_kernels_does_without_repacked_weights(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bool] = []
    load: Callable[..., llama_cpp.llama_model_p] = llama_cpp.llama_model_load_from_file
    monkeypatch.setattr(llama_cpp, "llama_print_system_info", lambda: b"CPU : AVX2 = 1 | AMX_INT8 = 1 | ")

    def spy(name: bytes, parameters: llama_cpp.llama_model_params) -> llama_cpp.llama_model_p:
        asked.append(parameters.use_extra_bufts)
        return load(name, parameters)

    monkeypatch.setattr(llama_cpp, "llama_model_load_from_file", spy)
    network = Network(path, context=512, threads=2)
    assert asked == [False]
    assert network.decode(network.tokenize("hello")).shape == (network.vocabulary_size,)


def engine(path: Path, states: Path) -> Engine:
    return Engine.load(path, context=512, threads=2, state_folder=states)


def written(made: Engine, static: str, dynamic: str) -> str:
    made.begin(made.network.tokenize(static), made.network.tokenize(dynamic))
    return b"".join(made.generate(GRAMMAR, 40)).decode()


def test_an_evaluated_prompt_is_taken_from_the_disk_by_the_next_process(path: Path, tmp_path: Path) -> None:
    static, dynamic = "Once upon a time there was an animal. " * 4, "It was said that"
    first = engine(path, tmp_path)
    text = written(first, static, dynamic)
    assert first.counts.prompt_passes > 1
    second = engine(path, tmp_path)
    assert written(second, static, dynamic) == text
    assert second.counts.prompt_passes == 1
    assert second.counts.cached == len(second.network.tokenize(static))


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty"])
def test_a_damaged_state_is_thrown_away_and_made_anew(path: Path, tmp_path: Path, damage: str) -> None:
    static, dynamic = "Once upon a time there was an animal. " * 4, "It was said that"
    text = written(engine(path, tmp_path), static, dynamic)
    (kept,) = tmp_path.glob("*.kv")
    data = kept.read_bytes()
    middle = len(data) // 2
    flipped = data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]
    kept.write_bytes({"cut": data[:middle], "flipped": flipped, "empty": b""}[damage])
    again = engine(path, tmp_path)
    assert written(again, static, dynamic) == text
    assert again.counts.prompt_passes > 1
    assert kept.read_bytes() == data


def test_forced_text_is_written_without_sampling_it(path: Path, tmp_path: Path) -> None:
    made = engine(path, tmp_path)
    text = written(made, "", "Tell me about animals.")
    assert text in {"the cat sat on the mat", "the dog sat on the mat"}
    assert 0 < made.counts.forward_passes < made.counts.generated
    assert made.counts.forced >= made.counts.generated - 2


def test_a_prompt_that_does_not_fit_is_an_error_that_names_both_sizes(path: Path, tmp_path: Path) -> None:
    with pytest.raises(NetworkError, match="512"):
        written(engine(path, tmp_path), "", "word " * 600)


def test_the_least_used_states_make_room(path: Path, tmp_path: Path) -> None:
    made = engine(path, tmp_path)
    for number in range(6):
        written(made, f"Story number {number} begins here and goes on.", "The end")
    assert len(list(tmp_path.glob("*.kv"))) == 4
    assert not list(tmp_path.glob("*.tmp"))


def test_a_folder_of_states_that_can_not_be_written_is_still_read(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    static, dynamic = "Once upon a time there was an animal. " * 4, "It was said that"
    text = written(engine(path, tmp_path), static, dynamic)

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    # Permissions don't stop the superuser, as whom tests may run; so the system's answer is made up.
    for owner, name in ((os, "utime"), (Path, "unlink"), (Path, "replace"), (Path, "mkdir")):
        monkeypatch.setattr(owner, name, refuse)
    again = engine(path, tmp_path)
    assert written(again, static, dynamic) == text
    assert again.counts.prompt_passes == 1
    (kept,) = tmp_path.glob("*.kv")
    kept.write_bytes(b"damaged")
    anew = engine(path, tmp_path)
    assert written(anew, static, dynamic) == text
    assert anew.counts.prompt_passes > 1
