"""How good an example is, from 0 to 1: by rules that cost nothing and can be explained.

A good example's plan is made of the request's own words, is no longer than the request warrants, and the
request reads like one that somebody typed or said.
"""

from __future__ import annotations

import re

from training.data.build import Example
from training.data.tokens import words_of
from training.data.words import words

LEAST = 0.5  # below it an example is dropped
SHORTEST, LONGEST = 2, 75  # words of a request
WORDS_PER_CALL = 1.3  # "1h10 whites, 40 min towels" has two calls in five words; fewer is a riddle
CONVERTED = words("converted")
QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
RUN = re.compile(r"[,;:?!] ?[,;:](?!\w)|[?!] ?[,;](?=\s)|(\b\w{2,}\b)(?: \1\b){2,}|(\w)\2{4,}", re.IGNORECASE)


def score(example: Example) -> float:
    """1 for nothing to complain about, less for each doubt."""
    said = words_of(example.request)
    calls = example.plan.count("\n")
    if any(name not in example.request for name in example.names):
        return 0.0
    found = 1.0 - 2 * invented(example)
    if len(said) < SHORTEST:
        found -= 0.4
    if len(said) > LONGEST:
        found -= 0.6
    if calls > 1 and len(said) < WORDS_PER_CALL * calls:
        found -= 0.6
    if RUN.search(example.request):
        found -= 0.4
    return max(found, 0.0)


def invented(example: Example) -> float:
    """The share of the plan's quoted words that the request has in no form; small words don't count."""
    said = words_of(example.request)
    stems = {word[:3] for word in said}  # "weds" says Wednesday
    text = " ".join(QUOTED.findall(example.plan))
    content = [word for word in words_of(text) if len(word) > 3 and word not in CONVERTED]
    new = [word for word in content if word not in said and word[:3] not in stems]
    return len(new) / max(len(content), 4)
