"""Requests as words: how they are compared with each other, and with the requests of evaluation sets."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
POSSESSIVE = re.compile("['’]s$")
NAME, NUMBER = "_", "#"


def words_of(text: str) -> list[str]:
    """The words in order, without case, punctuation and underscores."""
    return WORD.findall(text.casefold())


def normalised(text: str) -> str:
    """The text as its words alone: equal for requests that differ in case and punctuation only."""
    return " ".join(words_of(text))


def shingles(words: Sequence[str], size: int) -> frozenset[str]:
    """All runs of so many words; the whole where it is shorter."""
    return frozenset(" ".join(words[i : i + size]) for i in range(max(1, len(words) - size + 1)))


def masked(text: str, names: Iterable[str]) -> list[str]:
    """The words with names and numbers hidden: what is left is how the request is put.

    A name of several words is hidden as one, so that another name does not make another sentence.
    """
    hidden = {word for name in names for word in words_of(name)}
    found: list[str] = []
    for word in words_of(text):
        is_name = word in hidden or POSSESSIVE.sub("", word) in hidden
        token = NUMBER if any(c.isdigit() for c in word) else NAME if is_name else word
        if token != NAME or found[-1:] != [NAME]:
            found.append(token)
    return found
