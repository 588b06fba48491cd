"""A smaller vocabulary: nothing unreachable, the same text divided alike, the same logits to the bit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, models

from planner.runtime.network import Network
from tinyagent_app.models import Catalogue, ModelStore
from tinyagent_app.profiles import models_folder
from training.compress.pieces import Merges, closed
from training.compress.vocabulary import Pruned, prune
from training.corpus import tokenizer as corpus_tokenizer
from training.corpus.quality import read_examples

TEXTS = [text for good, text in read_examples() if good]


def bpe(pieces: list[str], merges: list[tuple[str, str]]) -> Tokenizer:
    return Tokenizer(models.BPE({piece: i for i, piece in enumerate(pieces)}, merges))


@pytest.fixture(scope="module")
def learnt() -> tuple[list[str], list[tuple[str, str]]]:
    import json

    data = json.loads(corpus_tokenizer.learn(TEXTS, 1024).to_str())["model"]
    pieces = sorted(data["vocab"], key=data["vocab"].__getitem__)
    return pieces, [(a, b) for a, b in data["merges"]]


@pytest.mark.parametrize("size", [320, 500, 900])
def test_every_kept_piece_is_still_reached(
    size: int, learnt: tuple[list[str], list[tuple[str, str]]]
) -> None:
    pieces, pairs = learnt
    whole = bpe(pieces, pairs)
    merges = Merges(pairs)
    counts: dict[int, int] = {}
    for text in TEXTS:
        for index in whole.encode(text.replace(" ", "Ġ")).ids:
            counts[index] = counts.get(index, 0) + 1
    single = [i for i, piece in enumerate(pieces) if len(piece) == 1 or piece.startswith("<|")]
    ids = closed(pieces, counts, single, merges, size)
    kept = [pieces[i] for i in ids]
    small = bpe(kept, merges.kept(kept))
    assert len(ids) == size
    for piece in kept:
        if not piece.startswith("<|"):
            assert small.encode(piece).tokens == [piece]
    there = set(kept)
    for text in TEXTS:
        for word in text.split():
            before = whole.encode(word).tokens
            if there.issuperset(before):
                assert small.encode(word).tokens == before


def test_what_always_stays_needs_room() -> None:
    with pytest.raises(ValueError, match="3 pieces have to stay"):
        closed(["a", "b", "ab"], {}, [2], Merges([("a", "b")]), 2)


@given(st.text("abc", min_size=1, max_size=8))
def test_the_path_of_a_piece_ends_with_what_it_becomes(piece: str) -> None:
    merges = Merges([("a", "b"), ("ab", "c"), ("a", "a")])
    found = merges.path(piece)
    assert list(piece) == found[: len(piece)]
    assert all(len(part) > 1 for part in found[len(piece) :])


@pytest.fixture(scope="module")
def base() -> Path:
    return ModelStore(models_folder(), Catalogue.load()).path("smollm2-135m")


@pytest.fixture(scope="module")
def pruned(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Pruned:
    out = tmp_path_factory.mktemp("pruned") / "small.gguf"
    return prune(base, TEXTS, 2048, ["get_phone_number", "2026-03-12T09:30", '[({"$1"})]'], out)


@pytest.mark.model
def test_a_model_with_fewer_pieces_computes_the_same_to_the_bit(base: Path, pruned: Pruned) -> None:
    old, new = Network(base, context=256, threads=2), Network(pruned.path, context=256, threads=2)
    assert new.vocabulary_size == len(pruned.ids) == 2048
    back = dict(enumerate(pruned.ids))
    compared = 0
    phrases = [" ".join(text.split()[:4]) for text in TEXTS]
    for text in [*phrases, "get_phone_number", "2026-03-12T09:30"]:
        before = old.tokenize(text)[:200]
        if not set(before) <= set(pruned.ids):
            continue
        after = new.tokenize(text)[:200]
        assert [back[token] for token in after] == before
        for network in (old, new):
            network.truncate(0)
        wide = old.decode(before)[list(pruned.ids)].copy()
        np.testing.assert_array_equal(new.decode(after), wide)
        compared += 1
    assert compared > 20


@pytest.mark.model
def test_it_is_smaller_and_control_pieces_are_where_the_file_says(base: Path, pruned: Pruned) -> None:
    assert pruned.path.stat().st_size < base.stat().st_size - 12e6
    assert 0.8 < pruned.covered < 1
    network = Network(pruned.path, context=64, threads=1)
    (end,) = network.tokenize("<|im_end|>", special=True)
    assert network.is_end(end)
    assert network.piece(end) == b"<|im_end|>"
    strange = "Žluťoučký kůň 🐎 — ﷽"
    assert b"".join(network.piece(token) for token in network.tokenize(strange)).decode() == strange


@pytest.mark.model
def test_a_model_without_room_for_what_must_stay_is_refused(base: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="have to stay"):
        prune(base, TEXTS, 100, [], tmp_path / "small.gguf")
    assert not list(tmp_path.iterdir())
