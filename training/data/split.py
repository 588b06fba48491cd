"""The development split: by seed, so that nothing made of a development seed is trained on.

Which side a seed is on depends on its request alone: adding seeds moves none that was there before.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence

from training.data.seeds import Seed
from training.data.tokens import normalised

PERCENT = 4


def is_development(request: str) -> bool:
    """Whether a seed's request is kept out of training."""
    return zlib.crc32(normalised(request).encode()) % 100 < PERCENT


def split(seeds: Sequence[Seed]) -> tuple[list[Seed], list[Seed]]:
    """The seeds for training and those for development."""
    training = [seed for seed in seeds if not is_development(seed.request)]
    return training, [seed for seed in seeds if is_development(seed.request)]
