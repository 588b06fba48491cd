"""Text from outside (mails, files, models) made fit for a terminal.

Mails and file names can carry escape sequences that move the cursor, rename the window or hide what
was written; none of that reaches the terminal.
"""

from __future__ import annotations

import unicodedata

MOST_CHARACTERS = 6000
BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def printable(text: str) -> str:
    """The text without control characters; line breaks and tabs stay."""
    return "".join(c for c in text if c in "\n\t" or not _is_control(c))


def one_line(text: str, width: int) -> str:
    """The text on one line of at most `width` characters."""
    line = " ".join(printable(text).split())
    return line if len(line) <= width else line[: max(1, width - 1)].rstrip() + "…"


def bounded(text: str, most: int = MOST_CHARACTERS) -> str:
    """The beginning of a long text, saying how long it is."""
    if len(text) <= most:
        return text
    return f"{text[:most].rstrip()}…\n({len(text):,} characters in all; the rest is not shown)"


def _is_control(character: str) -> bool:
    return character in BIDI_CONTROLS or unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"}
