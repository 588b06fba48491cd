"""Documents that are nearly the same: by MinHash signatures alone, since documents are long.

Two are near when four fifths of their signatures' 64 values agree, which estimates the share of word 3-grams
that they have in common (Broder 1997).
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import numpy.typing as npt

from training.data.near import GRAM, bands, signature
from training.data.tokens import shingles, words_of

NEAR = 0.8


class NearDocuments:
    """The documents seen so far."""

    def __init__(self) -> None:
        self._signatures: list[npt.NDArray[np.uint64]] = []
        self._bands: defaultdict[tuple[int, bytes], list[int]] = defaultdict(list)

    def adds(self, text: str) -> bool:
        """Remember a document, unless one that is near it is known: whether it was new."""
        values = signature(shingles(words_of(text), GRAM))
        keys = bands(values)
        candidates = {index for key in keys for index in self._bands.get(key, ())}
        if any((self._signatures[index] == values).mean() >= NEAR for index in candidates):
            return False
        for key in keys:
            self._bands[key].append(len(self._signatures))
        self._signatures.append(values)
        return True
