"""Which pieces of a BPE vocabulary stay when it is made smaller.

"Rethinking Optimization and Architecture for Tiny Language Models" (Tang et al. 2024) keeps the most frequent
pieces of a corpus. Alone that breaks a vocabulary: pieces in the middle of a merge are hardly ever tokens
themselves, so they go, and longer ones that are kept can't be formed any more. Here a piece stays with all
pieces on the way to it, so every kept piece is still reached, and a text whose tokens are all kept is divided
as before.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

Pair = tuple[str, str]


@dataclass(frozen=True)
class Merges:
    """The merges of a byte-level BPE tokenizer, in their order."""

    pairs: Sequence[Pair]
    _ranks: dict[Pair, int] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._ranks.update({pair: rank for rank, pair in enumerate(self.pairs)})

    def path(self, piece: str) -> list[str]:
        """All pieces that come into being when the letters of a piece are merged, in that order."""
        parts, seen = list(piece), list(piece)
        while len(parts) > 1:
            ranked = [
                (self._ranks.get((left, right), len(self._ranks)), place)
                for place, (left, right) in enumerate(itertools.pairwise(parts))
            ]
            rank, place = min(ranked)
            if rank == len(self._ranks):
                break
            merged = parts[place] + parts[place + 1]
            parts[place : place + 2] = [merged]
            seen.append(merged)
        return seen

    def kept(self, pieces: Iterable[str]) -> list[Pair]:
        """The merges whose two parts and whose result are all there, in their order."""
        there = set(pieces)
        return [(a, b) for a, b in self.pairs if a in there and b in there and a + b in there]


def closed(
    pieces: Sequence[str], counts: Mapping[int, int], always: Iterable[int], merges: Merges, size: int
) -> list[int]:
    """The ids of at most `size` pieces, ascending: what always stays, then the most frequent, each closed.

    pieces: by id. counts: how often each id occurs. A piece whose path has no room is left out, and the next
    one is tried. ValueError if not even what always stays has room.
    """
    ids = {piece: index for index, piece in enumerate(pieces)}
    kept: set[int] = set()

    def needed(index: int) -> set[int]:
        way = (ids.get(piece) for piece in merges.path(pieces[index]))
        return {index, *(found for found in way if found is not None)} - kept

    for index in always:
        kept |= needed(index)
    if len(kept) > size:
        raise ValueError(f"{len(kept)} pieces have to stay: at most {size} is too few")
    for index in sorted(counts, key=lambda i: (-counts[i], i)):
        more = needed(index)
        if len(kept) + len(more) <= size:
            kept |= more
        if len(kept) == size:
            break
    return sorted(kept)
