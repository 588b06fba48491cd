"""A request as hashed features: words, pairs and beginnings of words. What the tool classifier reads.

Hashing needs no vocabulary, so nothing has to be loaded but the weights; beginnings of words help with
endings and slips of the finger. The hash is CRC-32, the same everywhere and for ever.
"""

from __future__ import annotations

import re
from zlib import crc32

BUCKETS = 1 << 15
WORD = re.compile(r"\w+|[^\w\s]")
DIGITS = re.compile(r"\d")
FILE_NAME = re.compile(
    r"\b[\w-]+(?:\.| dot )(pdf|png|jpe?g|gif|webp|mp3|wav|m4a|ogg|docx?|xlsx?|csv|txt|pptx?)\b"
)


def features(text: str) -> list[int]:
    """The buckets that the request falls into, ascending, each once."""
    lower = FILE_NAME.sub(lambda match: f" filename {match[1]} ", text.lower().replace("’", "'"))
    words = [DIGITS.sub("0", word) for word in WORD.findall(lower)]
    found = {f"w {word}" for word in words}
    found |= {f"p {word[:4]}" for word in words if len(word) > 4}
    found |= {f"b {a} {b}" for a, b in zip(["^", *words], [*words, "$"], strict=True)}
    found |= {f"s {a} {b}" for a, b in zip(words, words[2:], strict=False)}
    return sorted({crc32(feature.encode()) % BUCKETS for feature in found})
