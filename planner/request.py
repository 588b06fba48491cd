"""The request as the planner sees it: clean text, and the addresses and numbers found in it.

Requests come from keyboards, files and microphones; this module decides what is text at all, so
that everything behind it may rely on it.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property

from planner import spoken
from planner.errors import RequestRejected

MAX_CHARACTERS = 2000  # longer requests don't fit a small model's attention, let alone its context

ADDRESS = re.compile(r"([\w.+-]+)@[\w-]+(?:\.[\w-]+)+")  # split by it, its first part is kept
NUMBER = re.compile(r"\+?\(?\d[\d ()./-]{3,18}\d")
TAIL = re.compile(r" \d{1,2}(-\d{1,2})?$")  # "555 0132 2 tickets": not all digits in a row are the number's
DOLLAR = re.compile(r"\$\{?(\d{1,4})(?!\d|[.,]\d)")  # not "$1.50": no plan can take that for a reference


@dataclass(frozen=True)
class Request:
    """A request that can be planned. Make it with `Request.read`."""

    text: str

    @classmethod
    def read(cls, raw: str) -> Request:
        """Check and clean raw text. RequestRejected when it's empty, too long, or not text."""
        if any("\ud800" <= c <= "\udfff" for c in raw):
            raise RequestRejected(
                "The request is not valid UTF-8 text.", "Send plain text, for example from a terminal."
            )
        visible = "".join(c if unicodedata.category(c)[0] != "C" else " " for c in raw if c != "\u200b")
        text = " ".join(visible.split())
        if not text:
            raise RequestRejected(
                "The request is empty.", 'Say what you want, for example "text Ana I am late".'
            )
        if len(text) > MAX_CHARACTERS:
            raise RequestRejected(
                f"The request has {len(text):,} characters; at most {MAX_CHARACTERS:,} are understood.",
                "Say it shorter, and put long text into a file or a note.",
            )
        return cls(text)

    @cached_property
    def chunks(self) -> tuple[str, ...]:
        """The request cut at quotation marks and backslashes: a quoted argument can't hold them."""
        return tuple(chunk.strip() for chunk in re.split(r'["\\]', self.text) if chunk.strip())

    @cached_property
    def addressless(self) -> tuple[str, ...]:
        """The chunks cut around e-mail addresses; their first parts, which may be names, are pieces."""
        written = (piece for chunk in self.chunks for piece in ADDRESS.split(chunk))
        pieces = (piece.strip() for rest in written for piece in spoken.cut(rest))
        return tuple(piece for piece in pieces if piece)

    @cached_property
    def addresses(self) -> tuple[str, ...]:
        """E-mail addresses in the request, the written ones and then the spoken ones."""
        return tuple(dict.fromkeys([*self.written_addresses, *spoken.addresses(self.text)]))

    @cached_property
    def written_addresses(self) -> tuple[str, ...]:
        """E-mail addresses that are certain to be some, in order."""
        return tuple(dict.fromkeys(match[0] for match in ADDRESS.finditer(self.text)))

    @cached_property
    def numbers(self) -> tuple[str, ...]:
        """What may be phone numbers in the request: the written ones and then the spoken ones."""
        return tuple(dict.fromkeys([*self.written_numbers, *spoken.numbers(self.text)]))

    @cached_property
    def written_numbers(self) -> tuple[str, ...]:
        """What may be phone numbers: at least five digits, not a date.

        One or two digits after a blank may belong to the next word, so both readings are there.
        """
        found = (match.strip() for match in NUMBER.findall(self.text))
        readings = (reading for number in found for reading in (number, TAIL.sub("", number)))
        return tuple(
            dict.fromkeys(n for n in readings if sum(c.isdigit() for c in n) >= 5 and not _is_date(n))
        )

    @cached_property
    def literal_dollars(self) -> frozenset[int]:
        """Numbers N for which the user wrote "$N": those are amounts, never references."""
        return frozenset(int(digits) for digits in DOLLAR.findall(self.text))


def _is_date(text: str) -> bool:
    return re.fullmatch(r"\d{4}-\d\d?-\d\d?( .*)?|\d\d?[./-]\d\d?[./-]\d{2,4}.*", text) is not None
