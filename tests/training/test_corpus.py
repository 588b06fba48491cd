"""The corpus: what is prose, what is known already, what explains, and how it becomes tokens."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.corpus import tokenizer
from training.corpus.filters import CODES, FOREIGN, LISTS, LONG, REPEATED, SHORT, Cleaner, reason
from training.corpus.make import CARD, KEPT, Corpus, make
from training.corpus.near import NearDocuments
from training.corpus.quality import held_out, quality, read_examples
from training.corpus.sources import Document, docstrings
from training.pretrain.shards import Shard
from training.runs.refused import RunRefused

PROSE = (
    "A cache keeps the results of slow work, because most programs ask for the same few things again and again. "
    "It has to forget something when it is full, and which entry it forgets decides how useful it is."
)


@pytest.mark.parametrize(
    ("paragraph", "expected"),
    [
        (PROSE, ""),
        (PROSE.replace(". ", ".\n"), ""),
        ("Too short to say anything.", SHORT),
        (PROSE * 50, LONG),
        (
            ">>> a = cache()\n>>> a.get(1)\nThe result is None, because nothing was put into it before that.",
            CODES,
        ),
        ("x = {1: 2, 3: [4, 5]}; y = x[1] + x[3][0] * 2 ** 8 - (7 // 3); print(x, y, x == y, x != y)", CODES),
        (
            "axis\nkeepdims\nout\nwhere\ninitial value of the sum\ndtype of the result\nthe array to sum over.",
            LISTS,
        ),
        (
            "Ein Zwischenspeicher hebt auf, was lange dauert, weil die meisten Programme immer dasselbe fragen.",
            FOREIGN,
        ),
    ],
)
def test_a_paragraph_is_prose_or_it_is_said_why_not(paragraph: str, expected: str) -> None:
    assert reason(paragraph) == expected


@given(st.text(max_size=400))
def test_no_text_is_too_strange_to_be_cleaned(text: str) -> None:
    cleaner = Cleaner()
    assert isinstance(cleaner.clean(text), str)
    assert sum(cleaner.reasons.values()) <= 2 * len(text) + 2


def test_what_an_earlier_document_said_is_left_out() -> None:
    cleaner = Cleaner()
    assert cleaner.clean(f"{PROSE}\n\nTiny.") == PROSE
    other = PROSE.replace("cache", "store").replace("again and again", "all the time")
    assert cleaner.clean(f"{PROSE.upper()}\n\n{other}") == other
    assert cleaner.reasons[REPEATED] == len(PROSE)


def test_documents_that_differ_in_a_word_are_near_and_others_are_not() -> None:
    near = NearDocuments()
    long = " ".join(f"{PROSE} The number of this part is {number}." for number in range(8))
    assert near.adds(long)
    assert not near.adds(long.replace("slow", "costly", 1))
    assert near.adds("Bread rises because yeast makes gas, and the dough is elastic enough to hold it. " * 4)


def test_the_classifier_tells_explanations_it_never_saw_from_other_text() -> None:
    examples = read_examples()
    assert len(examples) >= 250
    assert sum(good for good, _ in examples) * 2 == len(examples)
    assert held_out(examples, parts=2) > 0.85
    assert (
        quality().score(PROSE)
        > 0.5
        > quality().score("axis : int, optional. The axis to sum over. Default: None.")
    )


def test_examples_without_a_label_are_named(tmp_path: Path) -> None:
    path = tmp_path / "quality.txt"
    path.write_text("+ A sentence.\nAnother one.\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"line 2: write \+ or -"):
        read_examples(path)


def test_docstrings_are_read_without_running_the_code() -> None:
    code = '"""Module."""\nraise SystemExit\nclass A:\n    """Class."""\n    def f(self):\n        """Function.\n\n        More."""\n'
    assert docstrings(code) == ["Module.", "Class.", "Function.\n\nMore."]
    assert docstrings("def f(:\n") == docstrings("print 1") == docstrings("\x00") == []


def packages() -> Iterator[Document]:
    """Explanations as packages have them, three a package."""
    paragraphs = [text for good, text in read_examples() if good and not reason(text)]
    for number in range(len(paragraphs) // 3):
        text = "\n\n".join(["Short.", *paragraphs[3 * number : 3 * number + 3]])
        yield Document(text, "docstrings", f"package{number}", "MIT")


def made(out: Path) -> Corpus:
    return make(packages(), out, 384, 10**9, lambda *_: None)


def test_a_corpus_has_tokens_of_other_documents_to_measure_on_and_a_card(tmp_path: Path) -> None:
    corpus = made(tmp_path)
    encoder = tokenizer.load(tmp_path)
    texts = {}
    for name in ("train", "valid"):
        ids = Shard.open(tmp_path / name).tokens.tolist()
        assert encoder.id_to_token(ids[-1]) == tokenizer.END
        texts[name] = encoder.decode(ids)
    kept = [json.loads(line) for line in (tmp_path / KEPT).read_text(encoding="utf-8").splitlines()]
    assert kept
    for data in kept:
        assert (data["text"] in texts["train"]) != (data["text"] in texts["valid"])
    assert corpus.valid.documents > 0
    assert corpus.vocabulary == 384
    page = (tmp_path / CARD).read_text(encoding="utf-8")
    assert "| MIT |" in page
    assert "million letters" in page


def test_stages_that_are_done_are_not_done_again_and_the_same_documents_make_the_same_bytes(
    tmp_path: Path,
) -> None:
    made(tmp_path / "a")
    made(tmp_path / "b")
    make(iter(()), tmp_path / "a", 384, 1, lambda *_: None)  # nothing is read: all is there
    for name in (KEPT, tokenizer.NAME, "train/tokens.bin", "valid/tokens.bin", CARD):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_reading_stops_when_enough_is_kept(tmp_path: Path) -> None:
    left = packages()
    make(left, tmp_path, 384, 3000, lambda *_: None)
    assert len(list(left)) > 20


def test_a_machine_without_text_is_told(tmp_path: Path) -> None:
    with pytest.raises(RunRefused, match="no text to train on"):
        make([Document("Nothing.", "docstrings", "a", "MIT")], tmp_path, 384, 1000, lambda *_: None)


@pytest.mark.parametrize("size", [100, 321])
def test_a_vocabulary_holds_all_bytes_and_is_a_multiple_of_64(size: int) -> None:
    with pytest.raises(ValueError, match="multiple of 64"):
        tokenizer.learn([PROSE], size)


@given(st.text(max_size=60))
def test_any_text_survives_the_tokenizer(text: str) -> None:
    encoder = tokenizer.learn([PROSE], 320)
    assert encoder.decode(encoder.encode(text).ids) == text or any(
        mark in text for mark in (tokenizer.END, tokenizer.PAD)
    )
    assert encoder.token_to_id(tokenizer.PAD) != encoder.token_to_id(tokenizer.END)
