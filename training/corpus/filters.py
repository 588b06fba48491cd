"""What of a document is prose: paragraph by paragraph, with the reason for what is left out.

Cheap rules first, as in the curation of pre-training data everywhere: enough letters, sentences rather than
lists, tables and code, English, nothing that is there already. What a paragraph says is judged by
`training.corpus.quality`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator

LEAST_LETTERS, MOST_LETTERS = 60, 8_000  # of a paragraph
LEAST_OF_DOCUMENT = 200
WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
SENTENCE = re.compile(r"[.!?:][\"')\]]*(?:\s|$)")
CODE = re.compile(
    r"^\s*(?:>>>|\.\.\.|\$ |#!|@\w+|import |from \w+ import|def |class |return |\.\. |:\w+:|<\w)|[{};]\s*$"
)
COMMON = re.compile(
    r"(?:an?|all|and|are|as|at|be|but|by|can|do|for|from|has|have|he|how|i|if|in|into|is|its?|more|must|no|not|of|"
    r"on|one|only|or|other|our|she|should|so|some|such|than|that|the|their|them|then|there|these|they|this|to|"
    r"used?|using|was|we|were|what|when|where|which|will|with|would|your?)",
    re.IGNORECASE,
)

SHORT, LONG, CODES, LISTS, FOREIGN, REPEATED = (
    "short",
    "long",
    "code or markup",
    "list or table",
    "not English prose",
    "repeated",
)


def reason(paragraph: str) -> str:
    """Why a paragraph is not prose; "" if it is."""
    if len(paragraph) < LEAST_LETTERS:
        return SHORT
    if len(paragraph) > MOST_LETTERS:
        return LONG
    lines = paragraph.splitlines()
    if sum(bool(CODE.search(line)) for line in lines) * 4 >= len(lines):
        return CODES
    letters = sum(c.isalpha() or c.isspace() for c in paragraph)
    if letters < 0.82 * len(paragraph):
        return CODES
    words = WORD.findall(paragraph)
    if not SENTENCE.search(paragraph) or len(words) / len(lines) < 5:
        return LISTS
    common = sum(bool(COMMON.fullmatch(word)) for word in words)
    return "" if common >= 0.25 * len(words) else FOREIGN


class Cleaner:
    """Takes documents one after the other; paragraphs that were in an earlier one are left out."""

    def __init__(self, judge: Callable[[str], str] = lambda _: "") -> None:
        """`judge`: a further reason against a paragraph, or ""."""
        self._judge, self._seen = judge, set[int]()
        self.reasons: Counter[str] = Counter()  # letters by reason; "" is what was kept

    def clean(self, text: str) -> str:
        """The prose of a document; "" if too little is left."""
        kept = list(self._kept(text))
        whole = "\n\n".join(kept)
        if len(whole) < LEAST_OF_DOCUMENT:
            self.reasons[SHORT] += len(whole)
            return ""
        self.reasons[""] += len(whole)
        return whole

    def _kept(self, text: str) -> Iterator[str]:
        for block in re.split(r"\n\s*\n", text.replace("\r\n", "\n")):
            paragraph = _joined(block)
            why = reason(block.strip()) or self._known(paragraph) or self._judge(paragraph)
            if why:
                self.reasons[why] += len(paragraph)
            else:
                yield paragraph

    def _known(self, paragraph: str) -> str:
        key = hash(" ".join(WORD.findall(paragraph.lower())))
        known = key in self._seen
        self._seen.add(key)
        return REPEATED if known else ""


def _joined(block: str) -> str:
    """A paragraph on one line: where its lines were broken says nothing."""
    return " ".join(line.strip() for line in block.strip().splitlines())
