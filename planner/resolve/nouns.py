"""The whole name of a thing of which a plan quotes a part: "tree nursery" where it has "nursery".

A small model that never saw a tool takes half of what its argument is called. Between an article and a noun
stands nothing but what belongs to that noun; and a word that is the argument's own name ("rack") says what
kind of thing the words before it name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from planner.plan import Argument
from tools.spec import BUILT_IN, Kind, ToolSpec

_THINGS = frozenset({Kind.LABEL, Kind.QUERY})
_ARTICLE = re.compile(
    r"\b(?:the|teh|hte|an?|this|that|these|those|my|our|your|his|her|their|its) "
    r"(?P<more>(?:[^\W\d_][\w'’-]* ){1,3})$",
    re.IGNORECASE,
)
_APART = re.compile(
    r"\b(?:an?|the|and|or|but|nor|of|in|on|at|to|for|from|by|with|without|into|onto|over|under|about|as|than|"
    r"per|like|is|are|was|were|be|been|has|have|had|does|do|did|can|could|will|would|shall|should|may|might|must|"
    r"needs?|says|said|called|named|i|you|he|she|it|we|they|me|him|us|them|who|what|which|that|where|when|how|"
    r"much|many|word|page|list|folder|file|note|sheet)\b",
    re.IGNORECASE,
)
"""Words after which another thing begins, or the name of this one: "the page of", "the word lagom"."""


def whole_things(args: Mapping[str, Argument], spec: ToolSpec, request: str) -> dict[str, str]:
    """Of a plug-in's step the arguments that name things, each by its whole name."""
    if spec.source == BUILT_IN:
        return {}
    named = {p.name: args.get(p.name) for p in spec.parameters if p.kind in _THINGS}
    found = {name: words for name, words in named.items() if isinstance(words, str) and words}
    return {name: _whole(words, name, request) for name, words in found.items()}


def _whole(words: str, kind: str, request: str) -> str:
    """The words, with those that belong to them in the request, if they stand there once."""
    place = request.find(words)
    if place < 0 or request.find(words, place + 1) >= 0:
        return words
    end = place + len(words)
    if after := re.compile(rf" {re.escape(kind)}s?\b", re.IGNORECASE).match(request, end):
        end = after.end()
    return request[_start(request, place) : end]


def _start(request: str, place: int) -> int:
    """Where a name begins that is quoted from `place`: after the article before it.

    Not before names and codes, which may follow any noun: "the album Harvest fair", "the machine C4".
    """
    before = _ARTICLE.search(request, 0, place) if request[place].islower() else None
    return place if before is None or _APART.search(before["more"]) else before.start("more")
