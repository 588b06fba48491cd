"""The corpus of this machine: documents, filters, tokenizer, tokens for training and for validation, a card.

    tinyagent train corpus --out build/corpus

Three stages, each of which leaves a file and is not made again: kept.jsonl (the prose that was kept, one
document a line), tokenizer.json, and the tokens in train/ and valid/. The text stays on the machine: its
licences are those of the packages that it is from.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from training.corpus import tokenizer
from training.corpus.filters import Cleaner
from training.corpus.near import NearDocuments
from training.corpus.quality import quality
from training.corpus.sources import Document
from training.pretrain import shards
from training.pretrain.shards import About
from training.runs.refused import RunRefused

KEPT, STATE, CARD = "kept.jsonl", "kept.json", "card.md"
VALID_EVERY = 32  # documents, from the second: even a tiny corpus has one to measure on
LEAST_QUALITY = 0.4
POOR, NEAR = "low quality", "near another document"


@dataclass(frozen=True, slots=True)
class Corpus:
    """What is in the folder."""

    train: About
    valid: About
    vocabulary: int


def make(
    found: Iterable[Document], out: Path, vocabulary: int, most: int, report: Callable[[str, int], None]
) -> Corpus:
    """Make it, or what of it is missing; `most` letters are kept. `report` hears a stage and its letters.

    RunRefused if nothing is kept.
    """
    out.mkdir(parents=True, exist_ok=True)
    if not (out / STATE).exists():
        _keep(found, out, most, lambda letters: report("documents", letters))
    if sum(1 for _ in _kept(out)) < 2:
        raise RunRefused(f"there is no text to train on in {out / KEPT}; delete the folder to try again")
    if not (out / tokenizer.NAME).exists():
        learnt = tokenizer.learn((text for text, valid in _kept(out) if not valid), vocabulary)
        tokenizer.save(learnt, out)
    encoder = tokenizer.load(out)
    digest = tokenizer.save(encoder, out)
    end = int(encoder.token_to_id(tokenizer.END) or 0)
    sizes = {}
    for name, wanted in (("train", False), ("valid", True)):
        texts = (text for text, valid in _kept(out) if valid == wanted)
        told = _told(texts, partial(report, f"{name} tokens"))
        sizes[name] = shards.write(told, lambda text: encoder.encode(text).ids, end, digest, out / name)
    corpus = Corpus(sizes["train"], sizes["valid"], encoder.get_vocab_size())
    (out / CARD).write_text(card(out, corpus), encoding="utf-8")
    return corpus


def _keep(found: Iterable[Document], out: Path, most: int, report: Callable[[int], None]) -> None:
    judge, near = quality(), NearDocuments()
    cleaner = Cleaner(lambda paragraph: "" if judge.score(paragraph) >= LEAST_QUALITY else POOR)
    letters, dropped = 0, 0
    temporary = out / f"{KEPT}.part"
    with temporary.open("w", encoding="utf-8", newline="\n") as file:
        for document in found:
            text = cleaner.clean(document.text)
            if not text:
                continue
            if not near.adds(text):
                dropped += len(text)
                continue
            file.write(json.dumps(asdict(document) | {"text": text}, ensure_ascii=False) + "\n")
            letters += len(text)
            report(letters)
            if letters >= most:
                break
    temporary.replace(out / KEPT)
    reasons = dict(cleaner.reasons) | {NEAR: dropped, "": cleaner.reasons[""] - dropped}
    (out / STATE).write_text(json.dumps(reasons, indent=2) + "\n", encoding="utf-8")


def _kept(out: Path) -> Iterator[tuple[str, bool]]:
    """The texts, and whether each is for validation."""
    with (out / KEPT).open(encoding="utf-8") as file:
        for number, line in enumerate(file):
            yield json.loads(line)["text"], number % VALID_EVERY == 1


def _told(texts: Iterable[str], report: Callable[[int], None]) -> Iterator[str]:
    letters = 0
    for text in texts:
        letters += len(text)
        report(letters)
        yield text


def card(out: Path, corpus: Corpus) -> str:
    """What the corpus is made of, as Markdown."""
    sources, licences = Counter[str](), Counter[str]()
    with (out / KEPT).open(encoding="utf-8") as file:
        for line in file:
            data = json.loads(line)
            sources[data["source"]] += len(data["text"])
            licences[data["licence"]] += len(data["text"])
    reasons = Counter(json.loads((out / STATE).read_text(encoding="utf-8")))
    whole = sum(reasons.values())
    kept = reasons.pop("", 0)
    return "\n".join(
        [
            "# Corpus",
            "",
            f"{corpus.train.tokens:,} tokens for training, {corpus.valid.tokens:,} of other documents for "
            f"validation; {corpus.vocabulary:,} pieces; "
            f"{corpus.train.bytes / corpus.train.tokens:.2f} bytes a token.",
            f"Kept: {kept / whole:.0%} of {whole / 1e6:.1f} million letters.",
            "",
            *_table("left out because", reasons),
            *_table("source", sources),
            *_table("licence, as the package says", licences),
        ]
    )


def _table(name: str, counts: Counter[str]) -> list[str]:
    rows = [f"| {key} | {value / 1e6:.2f} |" for key, value in counts.most_common(15)]
    return [f"| {name} | million letters |", "|---|---|", *rows, ""]
