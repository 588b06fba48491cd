"""The request around an argument's words: the whole expression that they belong to, and what is near it.

A plan quotes the request, sometimes too short: "7pm" of "7pm Saturday", "the 2nd" of "the 2nd to the
5th of May". Only what can hardly be anything else is taken from the request: not "the second edition",
"1/2 pound", "Friday's exam" or "a table for 4".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from planner.resolve.days import find_days, without_days
from planner.resolve.found import DayPlace, Days, Impossible, Moment, Vague
from planner.resolve.moments import resolve_in
from planner.resolve.parts import IMPLIED, PART, day_part, implied_part, routine
from planner.resolve.reading import Frame, find_instant
from planner.resolve.times import sure_clocks
from planner.resolve.words import normal

_LINK = re.compile(r"[\s,]*(?:(?:at|on|from|in|by|@|the|this|around|about|for)\s+)*@?")
_NEXT_THING = re.compile(
    r"[.;!?]|\b(?:remind|text|put|set|schedule|then)\b"
    r"|(?:\b(?:and|or|but)\b|,) ?(?:also |please |an? |the |my |another )*"
    r"(?:mail|email|message|call|tell|ask|book|add|send|create|make|go|check|pick|drop|lunch|brunch|meeting|zoom|"
    r"review|dentist|doctor|appointment|gym|yoga|class|interview|sync)\b"
)
"""Where a request goes on to something else."""
_STOP = re.compile(r"[.;!?](?=\s|$)")
_LIMITS = re.compile(r"\b(?:until|till|til|since) (?:the |next |this )?")
_FOR = re.compile(
    rf"(?P<for> for|:)? (?:(?:a|the|my|our|school) )?{IMPLIED.pattern}"
    r"(?(for)|(?![^,;.]{0,25}(?:\bat|@) ?\d))"
)
_SEPARATOR = re.compile(r"[,;.!?]")
_FURTHER = 60  # letters
_PAST = re.compile(r"\b(?:did|was|were|had|happened|went|saw)\b")
_SINCE = re.compile(r"\bsince (?:the )?$")


@dataclass(frozen=True, slots=True)
class _Piece:
    start: int
    end: int
    kind: str  # "day", "clock", "part", "instant"


class Surroundings:
    """What a request says about time, and where."""

    def __init__(self, request: str, now: datetime) -> None:
        self.text = normal(request)
        self._today = now.date()
        places = find_days(self.text, lists=False)
        self._days = [place for place in places if place.sure]
        self._others = [p for p in places if p.sure or self.text[p.start : p.end].endswith("'s")]
        self._clocks = sure_clocks(without_days(self.text, places))
        self._chunks = _chunks(self.text, self._pieces())

    def past(self, place: tuple[int, int] | None) -> bool:
        """Whether the sentence at the place asks about what was."""
        since = place is not None and _SINCE.search(self.text[: place[0]])
        return bool(since or _PAST.search(self._sentence(place)))

    def place(self, words: str) -> tuple[int, int] | None:
        """Where the words stand in the text: best in an expression about time."""
        plain = normal(words).strip(" ,.;:!?")
        matches = re.finditer(rf"(?<![\w:]){re.escape(plain)}(?![\w]|:\d)", self.text) if plain else []
        found = [match.span() for match in matches]
        in_chunk = [span for span in found if self._touched(span)]
        return next(iter(in_chunk or found), None)

    def whole(self, place: tuple[int, int]) -> str:
        """The words at a place, widened to the expression about time that they are part of."""
        start, end = self._widened(place)
        return self.text[start:end]

    def day(self, place: tuple[int, int] | None) -> date | None:
        """The day that is named nearest to the place; without a place only the one day of the text."""
        named: list[tuple[int, Days]] = []
        limits = _LIMITS.finditer(self.text)
        limited = {match.end() for match in limits}
        for day in self._days:
            try:
                days = day.days(self._today)
            except (Impossible, Vague):
                continue
            if days.named and days.first == days.last and day.start not in limited:
                named.append((self._distance(day, place), days))
        if place is None and len(named) != 1:
            return None
        return min(named, key=lambda pair: pair[0])[1].first if named else None

    def clock(self, place: tuple[int, int] | None) -> str:
        """The one time of a text that names no other day than that at the place; "" otherwise."""
        others = [day for day in self._others if place is None or not _within(day, place)]
        if others or len(self._clocks) != 1:
            return ""
        return self.text[self._clocks[0].start : self._clocks[0].end]

    def part(self, place: tuple[int, int] | None) -> str:
        """The part of the day that the words before the place speak of: "dinner on Saturday at 8"."""
        if place is None:
            return ""
        start, end = self._widened(place)
        before, after = self.text[:start], _FOR.match(self.text, end)
        if after and after["for"]:
            return implied_part(after[0])
        last = max((match.end() for match in _NEXT_THING.finditer(before)), default=0)
        last = max(last, max((clock.end for clock in self._clocks if clock.end <= start), default=0))
        named = day_part(before[last:])
        half = ("morning" if named.half == "am" else named.half) if named else implied_part(before[last:])
        if half or after:
            return half or implied_part(after[0] if after else "")
        return "routine" if routine(self._sentence(place)) else ""

    def named_before(self, place: tuple[int, int] | None, frame: Frame) -> list[Moment]:
        """The moment that the last expression about time before the place names, if it is a definite one."""
        before = [chunk for chunk in self._chunks if place and chunk[1] <= place[0]]
        if not before:
            return []
        try:
            span = resolve_in(self.text[slice(*before[-1])], frame)
        except (Impossible, Vague):
            return []
        if span is None or span.borrowed_day or (span.end and not isinstance(span.start, datetime)):
            return []
        return [span.start]

    def others(self, words: str) -> list[tuple[int, int]]:
        """The parts of the text, up to their sentence's end, that begin with another day than the words'."""
        place = self.place(words)
        if place is None:
            return []
        start, end = self._widened(place)
        days = [chunk for chunk in self._chunks if any(_within(day, chunk) for day in self._days)]
        after = [chunk for chunk in days if chunk[0] >= end]
        before = [chunk for chunk in days if chunk[1] <= start]
        parts = [(after[0][0], len(self.text))] if after else []
        return parts + ([(0, max(chunk[1] for chunk in before))] if before else [])

    def _sentence(self, place: tuple[int, int] | None) -> str:
        if place is None:
            return self.text
        first = max((m.end() for m in _STOP.finditer(self.text, 0, place[0])), default=0)
        stop = _STOP.search(self.text, place[1])
        return self.text[first : stop.start() if stop else len(self.text)]

    def _distance(self, day: DayPlace, place: tuple[int, int] | None) -> int:
        """Letters between them; a day after a comma is rather that of what follows."""
        if place is None:
            return 0
        apart = _SEPARATOR.search(self.text, place[1], max(place[1], day.start))
        return max(day.start - place[1], place[0] - day.end, 0) + (_FURTHER if apart else 0)

    def _widened(self, place: tuple[int, int]) -> tuple[int, int]:
        """The place with the whole of the expressions about time that it touches."""
        all_of_it = [place, *self._touched(place)]
        return min(start for start, _ in all_of_it), max(end for _, end in all_of_it)

    def _touched(self, place: tuple[int, int]) -> list[tuple[int, int]]:
        return [chunk for chunk in self._chunks if chunk[0] < place[1] and place[0] < chunk[1]]

    def _pieces(self) -> list[_Piece]:
        pieces = [_Piece(day.start, day.end, "day") for day in self._days]
        pieces += [_Piece(clock.start, clock.end, "clock") for clock in self._clocks]
        for match in PART.finditer(self.text):
            if not any(p.start < match.end() and match.start() < p.end for p in pieces):
                pieces.append(_Piece(match.start(), match.end(), "part"))
        if run := find_instant(self.text):
            pieces = [p for p in pieces if p.end <= run.start or p.start >= run.end]
            pieces.append(_Piece(run.start, run.end, "instant"))
        return sorted(pieces, key=lambda piece: piece.start)


def _chunks(text: str, pieces: Sequence[_Piece]) -> list[tuple[int, int]]:
    """Pieces of different kinds with nothing but small words between them, as one."""
    chunks: list[tuple[int, int]] = []
    kinds: set[str] = set()
    for piece in pieces:
        near = bool(chunks) and _LINK.fullmatch(text, chunks[-1][1], piece.start)
        if near and not kinds & {piece.kind, "instant"} and piece.kind != "instant":
            chunks[-1] = (chunks[-1][0], piece.end)
            kinds.add(piece.kind)
        else:
            chunks.append((_led(text, piece), piece.end))
            kinds = {piece.kind}
    return chunks


def _led(text: str, piece: _Piece) -> int:
    """The start of a piece with its preposition: "in 20 minutes", "at 5"."""
    lead = re.search(r"(?:\b(?:in|within|after|at|on|from|between|by)|@) ?$", text[: piece.start])
    return lead.start() if lead else piece.start


def _within(day: DayPlace, place: tuple[int, int]) -> bool:
    return day.start < place[1] and place[0] < day.end
