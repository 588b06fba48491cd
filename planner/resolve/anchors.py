"""Times that count from an earlier step's: "the evening before", "an hour before"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from planner.resolve.days import find_days
from planner.resolve.durations import find_runs
from planner.resolve.found import Moment, Vague
from planner.resolve.moments import Frame, Span, resolve_in
from planner.resolve.words import normal

_DAY = re.compile(
    r"^(?:on |in )?(?:the )?(?P<part>day|night|evening|afternoon|morning) (?P<way>before|after)\b"
)
_RUN = re.compile(r" (?P<way>before|earlier|beforehand|prior|after|afterwards)\b")
_LEAD = 10  # letters of "about " or "at least " before an amount
_LATER = frozenset({"after", "afterwards"})


def anchored(words: str, anchors: Sequence[Moment], frame: Frame) -> Span | None:
    """The moment of words that count from that of an earlier step; None if they don't.

    Vague if there is nothing to count from.
    """
    text = normal(words)
    if match := _DAY.match(text):
        return None if find_days(text) else _other_day(match, _first(anchors, words), frame)
    runs = find_runs(text)
    way = _RUN.match(text, runs[0].end) if runs and runs[0].start < _LEAD else None
    if way is None or (runs[0].days and find_days(text)):
        return None  # "two days before Christmas"
    anchor = _event(text[way.end() :], frame) or _first(anchors, words)
    if not (runs[0].days or isinstance(anchor, datetime)):
        raise Vague(words)  # an hour before a day
    step = timedelta(seconds=round(runs[0].seconds))
    return Span(anchor + step if way["way"] in _LATER else anchor - step)


def _other_day(match: re.Match[str], anchor: Moment, frame: Frame) -> Span:
    """The day before or after, with the time that the rest of the words names."""
    day = anchor.date() if isinstance(anchor, datetime) else anchor
    day += timedelta(days=1 if match["way"] in _LATER else -1)
    part = "" if match["part"] == "day" else match["part"]
    span = resolve_in(f"{part}{match.string[match.end() :]}", replace(frame, day=day))
    return replace(span, borrowed_day=False) if span else Span(day)


def _event(text: str, frame: Frame) -> Moment | None:
    """When "the meeting at 3 tomorrow" is; None if the words don't fully say."""
    span = resolve_in(text, frame)
    return None if span is None or span.borrowed_day or span.open_time else span.start


def _first(anchors: Sequence[Moment], words: str) -> Moment:
    if not anchors:
        raise Vague(words)
    return anchors[0]
