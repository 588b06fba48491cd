"""A GGUF model with fewer pieces: rows of its embedding and output layer cut out, nothing rounded again.

    prune(base, texts, 8192, protected, out)

The rows that stay are copied byte for byte in their quantised form, so as long as no pruned piece occurs the
model computes exactly what it did, and LoRA adapters, which don't touch the two layers, still fit. What is
gained is memory and, as the output layer is a fifth of a small model's work, time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gguf
import numpy as np

from planner.runtime.network import Network
from training.compress.pieces import Merges, closed

TOKENIZER = "tokenizer.ggml."
LISTS = ("tokens", "token_type", "scores")
NORMAL = 1  # token type of GGUF
ENDS = ("token_embd.weight", "output.weight")


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was made of a vocabulary."""

    path: Path
    ids: tuple[int, ...]  # of the kept pieces in the old vocabulary; the new id is the place
    covered: float  # share of the corpus's tokens that are kept


def prune(source: Path, texts: Iterable[str], size: int, protected: Iterable[str], out: Path) -> Pruned:
    """Write a model with at most `size` pieces, whole or not at all.

    texts: a corpus whose most frequent pieces stay. protected: texts whose pieces stay in any case. Control
    pieces and single bytes stay always. ValueError if that is more than `size`, or the file has no BPE
    vocabulary.
    """
    reader = gguf.GGUFReader(source)
    pieces, kinds = _list(reader, "tokens"), _list(reader, "token_type")
    merges = Merges([_pair(text) for text in _list(reader, "merges")])
    network = Network(source, context=64, threads=1)
    counts = Counter(token for text in texts for token in network.tokenize(text))
    wanted = {token for text in protected for token in network.tokenize(text)}
    always = {i for i, kind in enumerate(kinds) if kind != NORMAL or len(pieces[i]) == 1} | wanted
    ids = closed(pieces, counts, sorted(always), merges, size)
    temporary = out.with_name(f"{out.name}.part")
    _write(reader, ids, merges.kept(pieces[i] for i in ids), temporary)
    temporary.replace(out)
    there = set(ids)
    covered = sum(n for token, n in counts.items() if token in there) / max(1, counts.total())
    return Pruned(out, tuple(ids), covered)


def _write(reader: gguf.GGUFReader, ids: list[int], merges: list[tuple[str, str]], out: Path) -> None:
    architecture = reader.fields[gguf.Keys.General.ARCHITECTURE].contents()
    writer = gguf.GGUFWriter(out, architecture)
    try:
        _facts(reader, writer, ids, merges, architecture)
        for tensor in reader.tensors:
            data = np.ascontiguousarray(tensor.data[ids]) if tensor.name in ENDS else tensor.data
            writer.add_tensor(tensor.name, data, raw_dtype=tensor.tensor_type)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
    finally:
        writer.close()


def _facts(
    reader: gguf.GGUFReader,
    writer: gguf.GGUFWriter,
    ids: list[int],
    merges: list[tuple[str, str]],
    architecture: str,
) -> None:
    new = {old: place for place, old in enumerate(ids)}
    for field in reader.fields.values():
        if field.name == gguf.Keys.General.ARCHITECTURE or field.name.startswith("GGUF."):
            continue
        value: Any = field.contents()
        name = field.name.removeprefix(TOKENIZER)
        if field.name.startswith(TOKENIZER) and name in LISTS:
            value = [value[index] for index in ids]
        elif field.name == f"{TOKENIZER}merges":
            value = [f"{a} {b}" for a, b in merges]
        elif field.name.startswith(TOKENIZER) and name.endswith("_token_id"):
            value = new[value]
        elif field.name == f"{architecture}.vocab_size":
            value = len(ids)
        inner = field.types[-1] if field.types[0] == gguf.GGUFValueType.ARRAY else None
        writer.add_key_value(field.name, value, field.types[0], inner)


def _list(reader: gguf.GGUFReader, name: str) -> list[Any]:
    field = reader.fields.get(f"{TOKENIZER}{name}")
    if field is None:
        raise ValueError(f"the model has no byte-level BPE vocabulary: {TOKENIZER}{name} is missing")
    return list(field.contents())


def _pair(text: str) -> tuple[str, str]:
    left, _, right = text.partition(" ")
    return left, right
