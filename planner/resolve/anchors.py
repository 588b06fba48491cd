"""Times that count from an earlier one: "the evening before", "the Monday after", "same time"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from planner.resolve.days import find_days
from planner.resolve.durations import MOST_SECONDS, find_runs
from planner.resolve.found import Moment, Vague
from planner.resolve.moments import Span, resolve_in
from planner.resolve.names import WEEKDAYS, W
from planner.resolve.reading import Frame
from planner.resolve.weeks import upcoming
from planner.resolve.words import normal

_DAY = re.compile(
    r"^(?:on |in )?(?:the )?(?P<part>day|night|evening|afternoon|morning) (?P<way>before|after)\b"
)
_WEEKDAY = re.compile(rf"^(?:on )?the {W}(?: (?P<way>before|after)\b(?: (?:that|it|this|then)\b)?(?! next))?")
_ONE_MORE = re.compile(r"^(?:and )?the (?:1|week|weekend) after(?: (?:that|it|this))?$")
_SAME_TIME = re.compile(r",? ?\b(?:at )?(?:the )?same time\b")
_RUN = re.compile(r" (?P<way>before|earlier|beforehand|prior|after|afterwards)\b")
_ALONE = re.compile(
    r"\b(?:before|after|earlier|beforehand|prior|later|afterwards)(?: (?:that|it|this|then))?"
    r"(?:,? (?:at|by|in|around) .*)?$"
)
_LEAD = 10  # letters of "about " or "at least " before an amount
_LATER = frozenset({"after", "afterwards"})


def alone(words: str) -> bool:
    """Whether they count from what they don't name: "the day before", not "the day before the trip"."""
    return _ALONE.search(normal(words).strip(" ,.;")) is not None


def anchored(words: str, anchors: Sequence[Moment], frame: Frame) -> Span | None:
    """The moment of words that count from that of an earlier step; None if they don't.

    Vague if there is nothing to count from.
    """
    text = normal(words).strip(" ,.;")
    if _SAME_TIME.search(text):
        return _same_time(_SAME_TIME.sub(" ", text), anchors, words, frame)
    if _ONE_MORE.match(text):
        return _one_more(anchors, words)
    if (match := _WEEKDAY.match(text)) and not find_days(text[match.end() :]):
        return _weekday(match, anchors, words, frame)
    if match := _DAY.match(text):
        return None if find_days(text) else _other_day(match, _first(anchors, words), frame)
    runs = find_runs(text)
    way = _RUN.match(text, runs[0].end) if runs and runs[0].start < _LEAD else None
    if way is None or (runs[0].days and find_days(text[way.end() :])):
        return None  # "two days before Christmas"
    anchor = _event(text[way.end() :], frame) or _first(anchors, words)
    if not (runs[0].days or isinstance(anchor, datetime)):
        raise Vague(words)  # an hour before a day
    if runs[0].seconds > MOST_SECONDS:
        raise Vague(words)
    step = timedelta(seconds=round(runs[0].seconds))
    moment = anchor + step if way["way"] in _LATER else anchor - step
    timed = resolve_in(text[way.end() :], replace(frame, day=_day(moment))) if runs[0].days else None
    return replace(timed, borrowed_day=False) if timed else Span(moment)


def _other_day(match: re.Match[str], anchor: Moment, frame: Frame) -> Span:
    """The day before or after, with the time that the rest of the words names."""
    day = _day(anchor) + timedelta(days=1 if match["way"] in _LATER else -1)
    part = "" if match["part"] == "day" else match["part"]
    span = resolve_in(f"{part}{match.string[match.end() :]}", replace(frame, day=day))
    return replace(span, borrowed_day=False) if span else Span(day)


def _weekday(match: re.Match[str], anchors: Sequence[Moment], words: str, frame: Frame) -> Span | None:
    """E.g. the Monday after; "the Tuesday" is the first one after what was named before."""
    if not match["way"] and not anchors:
        return None
    day, wanted = _day(_first(anchors, words)), WEEKDAYS[match["weekday"]]
    if match["way"] == "before":
        day = upcoming(wanted, day - timedelta(days=8))
    elif match["way"] or day > frame.now.date():
        day = upcoming(wanted, day)
    else:
        return None
    span = resolve_in(match.string[match.end() :], replace(frame, day=day))
    return replace(span, borrowed_day=False) if span else Span(day)


def _one_more(anchors: Sequence[Moment], words: str) -> Span:
    """The week or weekend after that of the earlier step. Vague if it was about none."""
    match anchors:
        case [date() as first, date() as last, *_] if (last - first).days in {1, 6}:
            return Span(first + timedelta(days=7), last + timedelta(days=7))
        case _:
            raise Vague(words)


def _same_time(text: str, anchors: Sequence[Moment], words: str, frame: Frame) -> Span:
    """The time of the earlier step, on another day if the words name one."""
    first = _first(anchors, words)
    if not isinstance(first, datetime):
        raise Vague(words)
    day = resolve_in(text, frame)
    start = datetime.combine(_day(day.start if day else first), first.time())
    match anchors:
        case [_, datetime() as last, *_] if last > first:
            return Span(start, start + (last - first))
        case _:
            return Span(start)


def later_that_evening(span: Span | None, anchor: Moment) -> Span | None:
    """A bare time after one in the evening is later the same evening: "at nine … and at ten"."""
    if span is None or not span.unsure or not isinstance(anchor, datetime) or anchor.hour < 18:
        return span
    half_day = timedelta(hours=12)
    if not isinstance(span.start, datetime) or not span.start < anchor < span.start + half_day:
        return span
    end = span.end + half_day if isinstance(span.end, datetime) else span.end
    return replace(span, start=span.start + half_day, end=end)


def _event(text: str, frame: Frame) -> Moment | None:
    """When "the meeting at 3 tomorrow" is; None if the words don't fully say."""
    span = resolve_in(text, frame)
    return None if span is None or span.borrowed_day or span.open_time else span.start


def _day(moment: Moment) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


def _first(anchors: Sequence[Moment], words: str) -> Moment:
    if not anchors:
        raise Vague(words)
    return anchors[0]
