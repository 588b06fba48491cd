"""Near-duplicates: requests that share most of their word 3-grams.

MinHash with banding finds candidates without comparing all with all; whether two are near is then decided on
the 3-grams themselves. The hash functions are fixed, so the result depends only on the requests and their
order.
"""

from __future__ import annotations

import random
import zlib
from collections import defaultdict

import numpy as np
import numpy.typing as npt

from training.data.tokens import shingles, words_of

NEAR = 0.85
GRAM = 3
BANDS, ROWS = 16, 4  # two that share 0.85 of their 3-grams miss each other in all bands once in 100,000 times
_choose = random.Random(20260312)
FACTORS = np.array([[_choose.getrandbits(64) | 1] for _ in range(BANDS * ROWS)], dtype=np.uint64)
SHIFTS = np.array([[_choose.getrandbits(64)] for _ in range(BANDS * ROWS)], dtype=np.uint64)


class NearDuplicates:
    """The requests seen so far."""

    def __init__(self) -> None:
        self._grams: list[frozenset[str]] = []
        self._bands: defaultdict[tuple[int, bytes], list[int]] = defaultdict(list)

    def knows(self, request: str) -> bool:
        """Whether a request that is near this one was added."""
        grams = _grams(request)
        candidates = {i for key in bands(signature(grams)) for i in self._bands.get(key, ())}
        return any(jaccard(grams, self._grams[i]) >= NEAR for i in candidates)

    def add(self, request: str) -> None:
        """Remember a request."""
        grams = _grams(request)
        for key in bands(signature(grams)):
            self._bands[key].append(len(self._grams))
        self._grams.append(grams)


def jaccard(first: frozenset[str], second: frozenset[str]) -> float:
    """What two sets share, of what either has."""
    return len(first & second) / len(first | second)


def _grams(request: str) -> frozenset[str]:
    return shingles(words_of(request), GRAM)


def bands(values: npt.NDArray[np.uint64]) -> list[tuple[int, bytes]]:
    """A signature in bands, each with its number."""
    return [(i, row.tobytes()) for i, row in enumerate(values.reshape(BANDS, ROWS))]


def signature(grams: frozenset[str]) -> npt.NDArray[np.uint64]:
    """The smallest value of each hash function over the 3-grams. Multiply-shift: the overflow is meant."""
    codes = np.array([zlib.crc32(gram.encode()) for gram in sorted(grams)], dtype=np.uint64)
    values = (FACTORS * codes + SHIFTS) >> np.uint64(32)  # (functions, grams)
    return np.asarray(values.min(axis=1), dtype=np.uint64)
