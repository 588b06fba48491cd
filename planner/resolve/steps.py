"""The words of a planned step as values, by the kinds of its tool's parameters.

An argument is a span of the request, sometimes too short ("3pm") or too long ("tomorrow at 3pm for
an hour"); the rest of the request says what is missing. What can't be a value is a question.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from planner.errors import PlannerError
from planner.plan import Argument, Step
from planner.resolve.anchors import alone, anchored, later_that_evening
from planner.resolve.durations import find_duration, resolve_duration
from planner.resolve.found import Impossible, Moment, Vague
from planner.resolve.lengths import bare_number, counted_as_before, event_minutes, last_day, whole_length
from planner.resolve.listings import listed
from planner.resolve.moments import Span, resolve_end, resolve_in, show
from planner.resolve.nouns import whole_things
from planner.resolve.plain import plain_argument
from planner.resolve.reading import Frame
from planner.resolve.surroundings import Surroundings
from planner.resolve.words import normal
from tools.spec import Effect, Kind, Parameter, ToolSpec

_ISO = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?)?")


class Unresolved(PlannerError):  # noqa: N818 (a question, not a failure)
    """Words that mean no value: `text` is a question to the user about `argument`."""

    def __init__(self, argument: str, text: str, choices: Sequence[str] = ()) -> None:
        super().__init__(text)
        self.argument, self.text, self.choices = argument, text, tuple(choices)


@dataclass(frozen=True, slots=True)
class _Setting:
    """What the words are understood against."""

    request: str
    now: datetime
    spec: ToolSpec
    earlier: Sequence[Step]
    near: Surroundings

    @property
    def reads(self) -> bool:
        """Whether the step only looks something up."""
        return self.spec.effect is Effect.READ

    def frame(self, words: str) -> Frame:
        """What the words of a date are understood in; only questions are about the past."""
        return Frame(self.now, past=self.reads and self.near.past(self.near.place(words)))

    @property
    def anchors(self) -> list[Moment]:
        """When the earlier steps are, the last one first."""
        values = [value for step in reversed(self.earlier) for value in step.args.values()]
        return [_moment(value) for value in values if isinstance(value, str) and _ISO.fullmatch(value)]


def resolve_step(
    step: Step, spec: ToolSpec, *, request: str, now: datetime, earlier: Sequence[Step] = ()
) -> Step:
    """A step whose literal arguments are values. Unresolved.

    Dates become "2026-03-12T13:00", "2026-03-12" or ""; durations whole numbers of the parameter's
    unit. References stay. `earlier` are the resolved steps before.
    """
    setting = _Setting(request, now, spec, earlier, Surroundings(request, now))
    args = {p.name: plain_argument(p, step.args[p.name]) for p in spec.parameters if p.name in step.args}
    args |= whole_things(args, spec, request)
    dates = [p for p in spec.parameters if p.kind is Kind.DATE]
    match dates:
        case []:
            span = None
        case [only]:
            span = _single(args, only, setting)
        case [first, last, *_]:
            span = _pair(args, first, last, setting)
    for parameter in spec.parameters:
        if parameter.kind is Kind.DURATION and parameter.name in args:
            args[parameter.name] = _duration(parameter, args[parameter.name], span, setting)
    return replace(step, args=args)


def with_answer(step: Step, argument: str, answer: str) -> Step:
    """The step with the user's answer as the argument."""
    return replace(step, args={**step.args, argument: answer})


def _single(args: dict[str, Argument], parameter: Parameter, setting: _Setting) -> Span | None:
    """The one date of a reminder or meeting."""
    span = _span(args.get(parameter.name, ""), parameter, setting)
    args[parameter.name] = show(span.start) if span else ""
    return span


def _pair(args: dict[str, Argument], first: Parameter, last: Parameter, setting: _Setting) -> Span | None:
    """Start and end: either may hold both, and what is missing is taken from the request."""
    start = _span(args.get(first.name, ""), first, setting)
    if start is None:
        args[first.name] = args[last.name] = ""
        return None
    end = start.end
    words = args.get(last.name, "")
    if end is None and words and words != args.get(first.name):
        end = _end(words, start.start, last, setting)
    if setting.reads:
        begin, end = listed(start, end)
    else:
        begin, end = start.start, _event_end(start.start, end, str(args[first.name]), start.bound, setting)
    args[first.name], args[last.name] = show(begin), show(end) if end is not None else ""
    return replace(start, start=begin, end=end)


def _end(words: Argument, start: Moment, parameter: Parameter, setting: _Setting) -> Moment | None:
    """The end that its own words name: a time on the day of the start, or a day."""
    if not isinstance(words, str):
        return None
    try:
        end = resolve_end(words, start, setting.frame(words))
    except (Impossible, Vague) as error:
        raise _question(parameter, words, error) from error
    if end is None and isinstance(start, datetime) and (seconds := find_duration(words)):
        return start + timedelta(seconds=seconds)
    return end


def _event_end(start: Moment, end: Moment | None, words: str, bound: str, setting: _Setting) -> Moment | None:
    """The end of an event: as said, or by the length that the request speaks of."""
    if not isinstance(start, datetime):
        return None if isinstance(end, datetime) else end or last_day(setting.request, start)
    if isinstance(end, datetime) or (end is not None and end > start.date()):
        return end
    if bound == "until":
        raise Unresolved("start_date", f"“{words}”: from when?")
    return start + timedelta(minutes=event_minutes(setting.request, setting.near.others(words)))


def _span(value: Argument, parameter: Parameter, setting: _Setting) -> Span | None:
    """The moment of an argument; what it lacks is taken from the request."""
    if not isinstance(value, str) or not value.strip():
        return None
    try:
        if _ISO.fullmatch(value.strip()):
            return Span(_moment(value.strip()))
        span = _in_request(value, setting)
    except (Impossible, Vague) as error:
        raise _question(parameter, value, error) from error
    if span is None:
        raise Unresolved(parameter.name, f"When is “{value}”?")
    if not setting.reads and _is_past(span.start, setting.now):
        raise Unresolved(parameter.name, f"“{value}” is in the past. Which day and time do you mean?")
    return span


def _in_request(words: str, setting: _Setting) -> Span | None:
    """What the words mean where they stand in the request. Impossible, Vague."""
    near, frame = setting.near, setting.frame(words)
    place = near.place(words)
    anchors = setting.anchors
    if span := anchored(words, anchors or (near.named_before(place, frame) if alone(words) else []), frame):
        return span
    frame = replace(frame, part=near.part(place))
    span, text = _widened(words, place, frame, setting)
    if span is None:
        return None
    if span.borrowed_day:
        day = near.day(place)
        if day is None and anchors:
            return later_that_evening(resolve_in(text, replace(frame, day=_day(anchors[0]))), anchors[0])
        return resolve_in(text, replace(frame, day=day))
    is_one_day = span.end is None and not isinstance(span.start, datetime)
    if is_one_day and not setting.reads and (clock := near.clock(place)):
        return resolve_in(clock, replace(frame, day=_day(span.start))) or span
    return span


def _widened(
    words: str, place: tuple[int, int] | None, frame: Frame, setting: _Setting
) -> tuple[Span | None, str]:
    """What the words mean with the rest of their expression, and all of these words. Impossible, Vague."""
    text = setting.near.whole(place) if place else words
    try:
        span = resolve_in(text, frame)
    except (Impossible, Vague):
        own = resolve_in(words, frame) if text != normal(words) else None
        if own is None or own.borrowed_day or own.open_time:
            raise
        return own, words
    if setting.reads and span and not span.end and not span.open_time and text != normal(words):
        own = resolve_in(words, frame)
        if own and not own.borrowed_day and not isinstance(own.start, datetime):
            return own, words  # the day alone was asked for
    return span, text


def _duration(parameter: Parameter, value: Argument, span: Span | None, setting: _Setting) -> Argument:
    """A whole number of the parameter's unit; of meetings 60 minutes if nothing is said."""
    if isinstance(value, int) and not isinstance(value, bool) and value != parameter.default:
        return value
    if isinstance(value, str) and value.strip():
        if parameter.unit == "seconds" and (number := bare_number(value)):
            value = counted_as_before(value, setting.request)
            if not value:
                choices = (f"{number} minutes", f"{number} seconds")
                raise Unresolved(parameter.name, f"Is that {' or '.join(choices)}?", choices)
        if parameter.unit == "seconds":
            value = whole_length(value, setting.request)
        amount = resolve_duration(value, parameter.unit)
        if amount is not None:
            return amount
    if span is not None and isinstance(span.start, datetime) and isinstance(span.end, datetime):
        return max(1, round((span.end - span.start).total_seconds() / 60))
    if parameter.unit == "minutes" and span is not None:
        return event_minutes(setting.request)
    if not parameter.optional or (isinstance(value, str) and value):
        raise Unresolved(parameter.name, f"How long is “{value}”?" if value else "For how long?")
    return parameter.default if isinstance(parameter.default, int) else 0


def _is_past(moment: Moment, now: datetime) -> bool:
    if isinstance(moment, datetime):
        return moment < now - timedelta(minutes=1)
    return moment < now.date()


def _moment(text: str) -> Moment:
    """A date or time in ISO form. Impossible."""
    try:
        return datetime.fromisoformat(text) if len(text) > 10 else date.fromisoformat(text)
    except ValueError as error:
        raise Impossible(text) from error


def _day(moment: Moment) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


def _question(parameter: Parameter, words: str, error: Exception) -> Unresolved:
    if isinstance(error, Vague):
        return Unresolved(parameter.name, f"“{words}” is not definite. Which day and time do you mean?")
    return Unresolved(parameter.name, f"“{words}” can't be a date or time. Which one do you mean?")
