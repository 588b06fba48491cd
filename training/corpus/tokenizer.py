"""A byte-level BPE tokenizer of a corpus's own: small models can't afford the vocabulary of large ones.

Three kinds of pieces are there before any training, as 1.5-Pints advises: the end of a document, padding that
is not it, and rows in reserve for markers of chats and calls; the size is a multiple of 64.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

END, PAD = "<|end|>", "<|pad|>"
RESERVED = tuple(f"<|reserved_{number}|>" for number in range(14))
NAME = "tokenizer.json"


def learn(texts: Iterable[str], size: int) -> Tokenizer:
    """A tokenizer of so many pieces. ValueError if it can't hold all bytes and is no multiple of 64."""
    if size < 320 or size % 64:
        raise ValueError(f"the vocabulary has a multiple of 64 pieces, at least 320, not {size}")
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=[END, PAD, *RESERVED],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def save(tokenizer: Tokenizer, folder: Path) -> str:
    """Write it; the SHA-256 of its file."""
    text = tokenizer.to_str(pretty=True)
    (folder / NAME).write_text(text, encoding="utf-8", newline="\n")
    return hashlib.sha256(text.encode()).hexdigest()


def load(folder: Path) -> Tokenizer:
    """The tokenizer of a corpus. OSError, ValueError."""
    return Tokenizer.from_str((folder / NAME).read_text(encoding="utf-8"))
