"""Text as tokens on the disk: packed without gaps, mapped into memory, read at random.

A shard is `tokens.bin`, little-endian unsigned 16-bit numbers, and `shard.json`, which says how many, of
which tokenizer, and how many bytes of text they stand for (so that a loss can be given per byte). Documents
are joined by an end token. What is written appears under its name when it is whole.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

TOKENS, ABOUT = "tokens.bin", "shard.json"
LARGEST = 2**16  # ids that fit


class ShardError(ValueError):
    """A folder holds no whole shard."""


@dataclass(frozen=True, slots=True)
class About:
    """What a shard holds."""

    tokens: int
    documents: int
    bytes: int  # of the text in UTF-8
    tokenizer: str  # SHA-256 of its file


@dataclass(frozen=True)
class Shard:
    """The tokens of a folder."""

    about: About
    tokens: npt.NDArray[np.uint16]  # (N,), mapped

    @classmethod
    def open(cls, folder: Path) -> Shard:
        """ShardError if it is not there or not whole."""
        try:
            about = About(**json.loads((folder / ABOUT).read_text(encoding="utf-8")))
            tokens = np.memmap(folder / TOKENS, dtype="<u2", mode="r")
        except (OSError, ValueError, TypeError) as error:
            raise ShardError(f"{folder} holds no tokens: {error}") from error
        if len(tokens) != about.tokens:
            raise ShardError(f"{folder} should hold {about.tokens:,} tokens and has {len(tokens):,}")
        return cls(about, tokens)

    @property
    def bytes_per_token(self) -> float:
        """How much text a token stands for."""
        return self.about.bytes / self.about.tokens


def write(
    texts: Iterable[str], encode: Callable[[str], Sequence[int]], end: int, tokenizer: str, folder: Path
) -> About:
    """Write texts as a shard; `end` is the token after each. ValueError if an id is too large."""
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f"{TOKENS}.part"
    count = documents = size = 0
    with part.open("wb") as file:
        for text in texts:
            ids = [*encode(text), end]
            if max(ids) >= LARGEST:
                raise ValueError(f"token {max(ids)} does not fit into 16 bits: use a smaller vocabulary")
            file.write(np.asarray(ids, dtype="<u2").tobytes())
            count, documents, size = count + len(ids), documents + 1, size + len(text.encode())
    about = About(count, documents, size, tokenizer)
    (folder / ABOUT).unlink(missing_ok=True)  # the old one must not speak for the new tokens
    part.replace(folder / TOKENS)
    temporary = folder / f"{ABOUT}.part"
    temporary.write_text(json.dumps(asdict(about), indent=2) + "\n", encoding="utf-8")
    temporary.replace(folder / ABOUT)
    return about


@dataclass(frozen=True)
class Windows:
    """Batches of a shard's windows in an order that seed and epoch determine; any of them at any time."""

    shard: Shard
    length: int  # T; a window is one longer, for the last target
    batch: int  # B
    seed: int

    @property
    def count(self) -> int:
        """Windows of an epoch."""
        return (len(self.shard.tokens) - 1) // self.length

    def at(self, number: int) -> Tensor:
        """Batch `number`, counted from 0 over all epochs: (B, T + 1), int64."""
        if self.count < 1:
            raise ShardError(f"{len(self.shard.tokens)} tokens are too few for windows of {self.length}")
        places = range(number * self.batch, (number + 1) * self.batch)
        return torch.stack([self._window(*divmod(place, self.count)) for place in places])

    def in_order(self, most: int) -> list[Tensor]:
        """The first windows as they stand, in batches, for measuring: each (≤ B, T + 1)."""
        number = min(most, self.count)
        rows = [self._read(index) for index in range(number)]
        return [torch.stack(rows[i : i + self.batch]) for i in range(0, number, self.batch)]

    def _window(self, epoch: int, place: int) -> Tensor:
        return self._read(permuted(place, self.count, f"{self.seed}:{epoch}"))

    def _read(self, index: int) -> Tensor:
        start = index * self.length
        return torch.from_numpy(self.shard.tokens[start : start + self.length + 1].astype(np.int64))


def permuted(place: int, count: int, seed: str) -> int:
    """Where `place` goes in a permutation of `count` places, without making the whole of it.

    A Feistel network over the next power of four, walked until it is inside (Black and Rogaway 2002).
    """
    half = max(1, (max(1, count - 1).bit_length() + 1) // 2)
    mask = (1 << half) - 1
    keys = [_mixed(hash_of(f"{seed}:{i}")) for i in range(4)]
    while True:
        left, right = place >> half, place & mask
        for key in keys:
            left, right = right, left ^ (_mixed(right ^ key) & mask)
        place = left << half | right
        if place < count:
            return place


def hash_of(text: str) -> int:
    """64 bits of a text that are the same in every process (FNV-1a)."""
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return value


def _mixed(value: int) -> int:
    """A number whose bits all depend on all of the given one's (splitmix64)."""
    value = (value + 0x9E3779B97F4A7C15) & 0xFFFFFFFFFFFFFFFF
    value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9 & 0xFFFFFFFFFFFFFFFF
    value = (value ^ value >> 27) * 0x94D049BB133111EB & 0xFFFFFFFFFFFFFFFF
    return value ^ value >> 31
