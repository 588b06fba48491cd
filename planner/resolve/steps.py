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
from planner.resolve.anchors import anchored
from planner.resolve.durations import find_duration, resolve_duration
from planner.resolve.found import Impossible, Moment, Vague
from planner.resolve.lengths import event_minutes, last_day
from planner.resolve.moments import Frame, Span, resolve_end, resolve_in, show
from planner.resolve.surroundings import Surroundings
from planner.resolve.words import normal
from tools.spec import Effect, Kind, Parameter, ToolSpec

_QUOTES = "\"'“”‘’ "
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
    def frame(self) -> Frame:
        """What the words of a date are understood in; only questions are about the past."""
        return Frame(self.now, past=self.spec.effect is Effect.READ and self.near.past)

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
    args = {p.name: _plain(p, step.args[p.name]) for p in spec.parameters if p.name in step.args}
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


def _plain(parameter: Parameter, value: Argument) -> Argument:
    """An argument without the marks of speech around it."""
    if isinstance(value, tuple):
        return tuple(_plain(parameter, item) for item in value)
    if not isinstance(value, str):
        return value
    match parameter.kind:
        case Kind.FILE_NAME:
            return spoken_file_name(value)
        case Kind.NAME | Kind.LABEL | Kind.PLACE | Kind.QUERY:
            return value.strip(_QUOTES).rstrip(",;:")
        case Kind.INTEGER:
            return int(value) if value.strip().isdecimal() else 0
        case _:
            return value


def spoken_file_name(text: str) -> str:
    """E.g. "roadmap dot pdf" -> "roadmap.pdf", "memo dot m four a" -> "memo.m4a"."""
    text = text.strip(_QUOTES)
    if match := re.fullmatch(r"(.+?)\s+(?:dot|point)\s+(\S+(?: \S+){0,3})", text, flags=re.IGNORECASE):
        suffix = normal(match[2]).replace(" ", "")
        if re.fullmatch(r"[a-z0-9]{1,5}", suffix):
            text = f"{match[1]}.{suffix}"
    text = re.sub(r"\s+underscore\s+", "_", text, flags=re.IGNORECASE)
    return re.sub(r"\s+(?:dash|hyphen)\s+", "-", text, flags=re.IGNORECASE)


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
    if setting.spec.effect is not Effect.READ:
        end = _event_end(start.start, end, setting)
    elif end is None or (isinstance(end, datetime) and not isinstance(start.start, datetime)):
        end = start.start
    args[first.name], args[last.name] = show(start.start), show(end) if end is not None else ""
    return replace(start, end=end)


def _end(words: Argument, start: Moment, parameter: Parameter, setting: _Setting) -> Moment | None:
    """The end that its own words name: a time on the day of the start, or a day."""
    if not isinstance(words, str):
        return None
    try:
        end = resolve_end(words, start, setting.frame)
    except (Impossible, Vague) as error:
        raise _question(parameter, words, error) from error
    if end is None and isinstance(start, datetime) and (seconds := find_duration(words)):
        return start + timedelta(seconds=seconds)
    return end


def _event_end(start: Moment, end: Moment | None, setting: _Setting) -> Moment | None:
    """The end of an event: as said, or by the length that the request speaks of."""
    if not isinstance(start, datetime):
        return None if isinstance(end, datetime) else end or last_day(setting.request, start)
    if isinstance(end, datetime) or (end is not None and end > start.date()):
        return end
    return start + timedelta(minutes=event_minutes(setting.request))


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
    if setting.spec.effect is not Effect.READ and _is_past(span.start, setting.now):
        raise Unresolved(parameter.name, f"“{value}” is in the past. Which day and time do you mean?")
    return span


def _in_request(words: str, setting: _Setting) -> Span | None:
    """What the words mean where they stand in the request. Impossible, Vague."""
    near = setting.near
    if span := anchored(words, setting.anchors, setting.frame):
        return span
    place = near.place(words)
    text = near.whole(place) if place else words
    frame = replace(setting.frame, part=near.part(place))
    span = resolve_in(text, frame)
    if span is None:
        return None
    if span.borrowed_day:
        day = near.day(place) or next((_day(anchor) for anchor in setting.anchors), None)
        return resolve_in(text, replace(frame, day=day))
    is_one_day = span.end is None and not isinstance(span.start, datetime)
    if is_one_day and (clock := near.clock(place)):
        return resolve_in(clock, replace(frame, day=_day(span.start))) or span
    return span


def _duration(parameter: Parameter, value: Argument, span: Span | None, setting: _Setting) -> Argument:
    """A whole number of the parameter's unit; of meetings 60 minutes if nothing is said."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip():
        number = resolve_duration(value, parameter.unit)
        if number is not None:
            return number
    if span is not None and isinstance(span.start, datetime) and isinstance(span.end, datetime):
        return max(1, round((span.end - span.start).total_seconds() / 60))
    if parameter.unit == "minutes" and span is not None:
        return event_minutes(setting.request)
    if not parameter.optional or value:
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
