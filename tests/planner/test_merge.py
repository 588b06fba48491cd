"""A model and its adapter as one file."""

from __future__ import annotations

import os
from pathlib import Path

import gguf
import numpy as np
import pytest

from planner.runtime.merge import merged
from planner.runtime.network import NetworkError

Q8_0, Q4_0 = gguf.GGMLQuantizationType.Q8_0, gguf.GGMLQuantizationType.Q4_0
WORDS = ["a", "b", "naïve"]


def normal(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def write(path: Path, tensors: dict[str, np.ndarray], *, alpha: float | None = None) -> Path:
    writer = gguf.GGUFWriter(path, "llama")
    if alpha is None:
        writer.add_token_list(WORDS)
        writer.add_context_length(2048)
        writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0)
    else:
        writer.add_float32(gguf.Keys.Adapter.LORA_ALPHA, alpha)
    for name, tensor in tensors.items():
        writer.add_tensor(name, gguf.quantize(tensor, Q8_0), raw_dtype=Q8_0)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


@pytest.fixture
def base(tmp_path: Path) -> Path:
    tensors = {"token_embd.weight": normal(0, 3, 32), "blk.0.attn_q.weight": normal(1, 64, 32)}
    return write(tmp_path / "tiny.gguf", tensors)


def adapter(path: Path, seed: int = 2, out: int = 64, weight: str = "blk.0.attn_q.weight") -> Path:
    sides = {f"{weight}.lora_a": normal(seed, 32, 32), f"{weight}.lora_b": normal(seed + 1, out, 32)}
    return write(path, sides, alpha=16.0)


def loaded(path: Path) -> dict[str, gguf.ReaderTensor]:
    return {tensor.name: tensor for tensor in gguf.GGUFReader(path).tensors}


def values(tensor: gguf.ReaderTensor) -> np.ndarray:
    return np.asarray(gguf.dequantize(tensor.data, tensor.tensor_type))


def test_weights_with_an_adapter_are_their_rounded_sum_and_all_others_are_as_before(
    base: Path, tmp_path: Path
) -> None:
    lora = adapter(tmp_path / "lora.gguf")
    made, before, sides = loaded(merged(base, lora, tmp_path / "m")), loaded(base), loaded(lora)
    name = "blk.0.attn_q.weight"
    change = 0.5 * values(sides[f"{name}.lora_b"]) @ values(sides[f"{name}.lora_a"])
    wanted = gguf.quantize(values(before[name]) + change, Q4_0)
    assert made[name].tensor_type == Q4_0
    np.testing.assert_array_equal(made[name].data, wanted)
    np.testing.assert_array_equal(made["token_embd.weight"].data, before["token_embd.weight"].data)
    assert made["token_embd.weight"].tensor_type == Q8_0


def test_the_facts_of_the_model_stay(base: Path, tmp_path: Path) -> None:
    fields = gguf.GGUFReader(merged(base, adapter(tmp_path / "lora.gguf"), tmp_path / "m")).fields
    assert fields["tokenizer.ggml.tokens"].contents() == WORDS
    assert fields["llama.context_length"].contents() == 2048
    assert fields["general.architecture"].contents() == "llama"
    assert fields["general.file_type"].contents() == gguf.LlamaFileType.MOSTLY_Q4_0


def test_it_is_made_once_and_anew_when_the_adapter_changes(base: Path, tmp_path: Path) -> None:
    lora, folder = adapter(tmp_path / "lora.gguf"), tmp_path / "m"
    first = merged(base, lora, folder)
    inode = first.stat().st_ino
    assert merged(base, lora, folder).stat().st_ino == inode
    adapter(lora, seed=9)
    os.utime(lora, ns=(1, 1))  # a file system's clock may be too coarse to show it
    second = merged(base, lora, folder)
    assert second != first
    assert [path for path in folder.iterdir() if path.suffix == ".gguf"] == [second]


def test_what_a_killed_merge_left_is_cleared_away(base: Path, tmp_path: Path) -> None:
    folder = tmp_path / "m"
    folder.mkdir()
    (folder / "tiny-0123.gguf.part").write_bytes(b"half")
    path = merged(base, adapter(tmp_path / "lora.gguf"), folder)
    assert sorted(p.name for p in folder.iterdir()) == sorted([path.name, "lock"])


def test_what_was_merged_before_stays_if_the_next_adapter_does_not_fit(base: Path, tmp_path: Path) -> None:
    first = merged(base, adapter(tmp_path / "lora.gguf"), tmp_path / "m")
    with pytest.raises(NetworkError, match="other"):
        merged(base, adapter(tmp_path / "other.gguf", out=96), tmp_path / "m")
    assert list((tmp_path / "m").glob("tiny-*")) == [first]


@pytest.mark.parametrize(("out", "weight"), [(96, "blk.0.attn_q.weight"), (64, "blk.1.attn_q.weight")])
def test_an_adapter_of_another_model_is_refused(base: Path, tmp_path: Path, out: int, weight: str) -> None:
    lora = adapter(tmp_path / "lora.gguf", out=out, weight=weight)
    with pytest.raises(NetworkError, match=rf"lora\.gguf.*another model: {weight}"):
        merged(base, lora, tmp_path / "m")
    assert not list((tmp_path / "m").glob("tiny*"))


@pytest.mark.parametrize(
    "content", [b"", b"GGUF", b"GGUF" + bytes(400), b"PK" + bytes(40), b"GGUF\x03" + b"\xff" * 99]
)
def test_a_damaged_file_is_named(base: Path, tmp_path: Path, content: bytes) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(content)
    with pytest.raises(NetworkError, match=r"broken\.gguf"):
        merged(base, broken, tmp_path / "m")
    with pytest.raises(NetworkError, match=r"broken\.gguf"):
        merged(broken, adapter(tmp_path / "lora.gguf"), tmp_path / "m")


def test_a_model_is_no_adapter(base: Path, tmp_path: Path) -> None:
    with pytest.raises(NetworkError, match=r"tiny\.gguf has no adapter\.lora\.alpha"):
        merged(base, base, tmp_path / "m")


def test_a_folder_that_can_not_be_written_is_named(base: Path, tmp_path: Path) -> None:
    (blocked := tmp_path / "file").write_bytes(b"")
    with pytest.raises(NetworkError, match=r"tiny\.gguf can't be merged.*file"):
        merged(base, adapter(tmp_path / "lora.gguf"), blocked)
