"""The whole way from seeds to files: decontamination, split, examples, curation, data card.

The files are made beside the folder and put into it when all are there: who finds train.jsonl finds a whole
one. The same seeds and numbers make the same bytes.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from training.data import card, plots
from training.data.build import Builder, Example
from training.data.cases import cases
from training.data.curate import Curated, Dropped, curate, unknown_to
from training.data.leaks import Evaluation
from training.data.seeds import Seed, read_seeds
from training.data.split import PERCENT, split

SEEDS = Path(__file__).parent / "seeds"
Progress = Callable[[str, int, int], None]
"""Told what is done, how much of it is done, and of how much."""


@dataclass(frozen=True, slots=True)
class Made:
    """What was made, for the card and the caller."""

    training: Curated
    development: Curated
    dropped_seeds: Sequence[Dropped]
    held_out: Sequence[Seed]  # those of the development examples

    @property
    def dropped(self) -> list[Dropped]:
        """All that was dropped."""
        return [*self.dropped_seeds, *self.development.dropped, *self.training.dropped]


def all_seeds() -> list[Seed]:
    """The hand-written seeds, file by file."""
    return [seed for path in sorted(SEEDS.glob("*.txt")) for seed in read_seeds(path)]


def make(seeds: Sequence[Seed], count: int, number: int, evaluation: Evaluation, progress: Progress) -> Made:
    """Examples of seeds: about `count` before curation, for training and for development."""
    known, dropped = unknown_to(evaluation, seeds)
    training, held_out = split(known)
    for_development = count * PERCENT // 100
    built = _built(held_out, for_development, number, "development", progress)
    development = curate(built, evaluation)
    built = _built(training, count - for_development, number, "training", progress)
    progress("curation", 0, 1)
    curated = curate(built, evaluation, development.kept)
    progress("curation", 1, 1)
    return Made(curated, development, dropped, held_out)


def _built(seeds: Sequence[Seed], count: int, number: int, name: str, progress: Progress) -> list[Example]:
    found: list[Example] = []
    for example in Builder(seeds, number).examples(count):
        found.append(example)
        progress(name, len(found), count)
    return found


def write(made: Made, out: Path, command: str) -> None:
    """Write train.jsonl, dev.jsonl, cases.jsonl, dropped.jsonl, card.md and the plots into a folder."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}-") as name:
        beside = Path(name)
        _write_lines(beside / "train.jsonl", (example.json() for example in made.training.kept))
        _write_lines(beside / "dev.jsonl", (example.json() for example in made.development.kept))
        _write_lines(beside / "cases.jsonl", cases(made.held_out))
        dropped = (json.dumps(asdict(item), ensure_ascii=False) for item in made.dropped)
        _write_lines(beside / "dropped.jsonl", dropped)
        pictures = plots.draw(made.training.kept, beside)
        text = card.card(made.training, made.development, made.dropped_seeds, command, pictures)
        (beside / "card.md").write_text(text, encoding="utf-8")
        for path in sorted(beside.iterdir()):
            path.replace(out / path.name)


def _write_lines(path: Path, lines: Iterable[str]) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(_ended(lines))


def _ended(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        yield f"{line}\n"
