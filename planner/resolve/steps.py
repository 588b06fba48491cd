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
from planner.resolve.durations import find_duration, resolve_duration
from planner.resolve.found import Impossible, Vague
from planner.resolve.moments import Moment, Span, find, resolve_span, show
from planner.resolve.words import normal
from tools.spec import Effect, Kind, Parameter, ToolSpec

DEFAULT_MINUTES = 60  # of an event or a meeting (plan rule 5)

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


def resolve_step(
    step: Step, spec: ToolSpec, *, request: str, now: datetime, earlier: Sequence[Step] = ()
) -> Step:
    """A step whose literal arguments are values. Unresolved.

    Dates become "2026-03-12T13:00", "2026-03-12" or ""; durations whole numbers of the parameter's
    unit. References stay. `earlier` are the resolved steps before.
    """
    setting = _Setting(request, now, spec, earlier)
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
    day = start.date() if isinstance(start, datetime) else start
    try:
        span = resolve_span(words, setting.now, default_day=day)
        found = find(words, setting.now)
    except (Impossible, Vague) as error:
        raise _question(parameter, words, error) from error
    if span is None:
        seconds = find_duration(words)
        return start + timedelta(seconds=seconds) if seconds and isinstance(start, datetime) else None
    end = span.end or span.start
    if isinstance(start, datetime) and isinstance(end, datetime) and end <= start:
        sure = found.start is None or found.start.sure
        end += timedelta(hours=24 if sure or end + timedelta(hours=12) <= start else 12)
    return end


def _event_end(start: Moment, end: Moment | None, setting: _Setting) -> Moment | None:
    if isinstance(start, datetime) and not isinstance(end, datetime):
        seconds = find_duration(setting.request)
        minutes = seconds // 60 if seconds and 5 <= seconds // 60 <= 24 * 60 else DEFAULT_MINUTES
        if end is not None and end > start.date():
            return end
        return start + timedelta(minutes=minutes)
    if end is not None and isinstance(end, datetime) and not isinstance(start, datetime):
        return None
    return end


def _span(value: Argument, parameter: Parameter, setting: _Setting) -> Span | None:
    """The moment of an argument; what it lacks is taken from the request."""
    if not isinstance(value, str) or not value.strip():
        return None
    if _ISO.fullmatch(value.strip()):
        return Span(datetime.fromisoformat(value) if len(value) > 10 else date.fromisoformat(value))
    try:
        span = resolve_span(value, setting.now)
    except (Impossible, Vague) as error:
        raise _question(parameter, value, error) from error
    if span is None and (seconds := find_duration(value)) and f"in {value}" in setting.request:
        span = Span((setting.now + timedelta(seconds=seconds)).replace(second=0))  # "in two hours"
    if span is None:
        raise Unresolved(parameter.name, f"When is “{value}”?")
    span = _completed(span, value, setting)
    if setting.spec.effect is not Effect.READ and _is_past(span.start, setting.now):
        raise Unresolved(parameter.name, f"“{value}” is in the past. Which day and time do you mean?")
    return span


def _completed(span: Span, words: str, setting: _Setting) -> Span:
    """A time gets the one day of the request, a day its one time; nothing if there are several."""
    try:
        whole = resolve_span(setting.request, setting.now)
        rest = find(setting.request.replace(words, " ; ", 1), setting.now)
    except (Impossible, Vague):
        return span
    if whole is None:
        return span
    if span.borrowed_day and isinstance(span.start, datetime):
        if rest.days and rest.days.named:
            again = resolve_span(words, setting.now, default_day=rest.days.first)
            return again or span
        return _day_of_earlier(span, words, setting)
    own_day = not isinstance(span.start, datetime) and span.end is None
    if (
        own_day
        and isinstance(whole.start, datetime)
        and rest.days is None
        and (rest.start or rest.part_start)
    ):
        start = datetime.combine(_day(span.start), whole.start.time())
        if whole.end is None or isinstance(whole.end, datetime):
            end = start + (whole.end - whole.start) if isinstance(whole.end, datetime) else None
            return Span(start, end)
    return span


def _day_of_earlier(span: Span, words: str, setting: _Setting) -> Span:
    """A time without a day belongs to the day that an earlier step of the plan is about."""
    for step in reversed(setting.earlier):
        for value in step.args.values():
            if isinstance(value, str) and _ISO.fullmatch(value):
                day = date.fromisoformat(value[:10])
                return resolve_span(words, setting.now, default_day=day) or span
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
        seconds = find_duration(setting.request)
        return seconds // 60 if seconds and seconds >= 300 else DEFAULT_MINUTES
    if not parameter.optional or value:
        raise Unresolved(parameter.name, f"How long is “{value}”?" if value else "For how long?")
    return parameter.default if isinstance(parameter.default, int) else 0


def _is_past(moment: Moment, now: datetime) -> bool:
    if isinstance(moment, datetime):
        return moment < now - timedelta(minutes=1)
    return moment < now.date()


def _day(moment: Moment) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


def _question(parameter: Parameter, words: str, error: Exception) -> Unresolved:
    if isinstance(error, Vague):
        return Unresolved(parameter.name, f"“{words}” is not definite. Which day and time do you mean?")
    return Unresolved(parameter.name, f"“{words}” can't be a date or time. Which one do you mean?")
