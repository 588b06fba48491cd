"""How expository a paragraph is: a linear classifier over words and form, trained on examples by hand.

After 1.5-Pints (arXiv 2408.03506), which chose its corpus for text that explains. Its classifier and
thresholds are not published; this one is logistic regression on hashed words and word pairs, and a few
figures of form. The examples, `quality.txt`, were written for it: each line `+` or `-` and a paragraph.
"""

from __future__ import annotations

import itertools
import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

BUCKETS = 4096
FORMS = 5
WORD = re.compile(r"[^\W\d_]+|\d+")
EXAMPLES = Path(__file__).parent / "quality.txt"
Vector = npt.NDArray[np.float64]
BECAUSE = re.compile(
    r"\b(because|so that|therefore|thus|hence|means|for example|since|which is why|as a result)\b"
)


@dataclass(frozen=True)
class Quality:
    """A trained classifier."""

    weights: Vector  # (BUCKETS + FORMS + 1,)

    def score(self, paragraph: str) -> float:
        """How likely the paragraph explains something, 0 to 1."""
        value = float(features(paragraph) @ self.weights)
        return float(1 / (1 + np.exp(-np.clip(value, -30, 30))))


def features(paragraph: str) -> Vector:
    """Hashed words and pairs (their root-mean-square is 1), figures of form, and a constant."""
    words = [word.lower() for word in WORD.findall(paragraph)]
    found = np.zeros(BUCKETS + FORMS + 1)
    for gram in [*words, *(f"{a} {b}" for a, b in itertools.pairwise(words))]:
        found[zlib.crc32(gram.encode()) % BUCKETS] += 1
    found[:BUCKETS] = np.sqrt(found[:BUCKETS])
    found[:BUCKETS] /= max(1e-9, float(np.linalg.norm(found[:BUCKETS])))
    found[BUCKETS:] = [*_form(paragraph, words), 1.0]
    return found


def _form(paragraph: str, words: Sequence[str]) -> list[float]:
    count = max(1, len(words))
    sentences = max(1, len(re.findall(r"[.!?](?:\s|$)", paragraph)))
    return [
        min(2.0, count / 100),
        min(2.0, count / sentences / 20),
        sum(map(len, words)) / count / 5,
        min(1.0, len(BECAUSE.findall(paragraph.lower())) / 2),
        sum(not c.isalnum() and not c.isspace() for c in paragraph) / max(1, len(paragraph)) * 10,
    ]


def train(examples: Sequence[tuple[bool, str]], penalty: float = 1e-3, rounds: int = 400) -> Quality:
    """Logistic regression by gradient descent with momentum; the same examples give the same weights."""
    matrix = np.stack([features(text) for _, text in examples])
    wanted = np.array([float(good) for good, _ in examples])
    weights, speed = np.zeros(matrix.shape[1]), np.zeros(matrix.shape[1])
    for _ in range(rounds):
        guessed = 1 / (1 + np.exp(-matrix @ weights))
        gradient = matrix.T @ (guessed - wanted) / len(wanted) + penalty * weights
        speed = 0.9 * speed - 2.0 * gradient
        weights = weights + speed
    return Quality(weights)


def read_examples(path: Path = EXAMPLES) -> list[tuple[bool, str]]:
    """The paragraphs of a file with their labels. ValueError names a line that has none."""
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        label, _, text = line.partition(" ")
        if label not in {"+", "-"} or not text.strip():
            raise ValueError(f"{path.name}, line {number}: write + or - and a paragraph")
        found.append((label == "+", text.strip()))
    return found


@cache
def quality() -> Quality:
    """The classifier of the examples that come with the program."""
    return train(read_examples())


def held_out(examples: Sequence[tuple[bool, str]], parts: int = 5) -> float:
    """The share of examples that a classifier trained on the others judges rightly."""
    right = 0
    for part in range(parts):
        known = train([e for i, e in enumerate(examples) if i % parts != part])
        right += sum(
            (known.score(t) > 0.5) == good for i, (good, t) in enumerate(examples) if i % parts == part
        )
    return right / len(examples)
