"""Words to values: "next Thursday half past two" -> "2026-03-19T14:30", by rules, never by guess."""

from planner.resolve.durations import resolve_duration
from planner.resolve.found import Impossible, Vague
from planner.resolve.moments import Span, resolve_span, show
from planner.resolve.plain import spoken_file_name
from planner.resolve.steps import Unresolved, resolve_step, with_answer

__all__ = [
    "Impossible",
    "Span",
    "Unresolved",
    "Vague",
    "resolve_duration",
    "resolve_span",
    "resolve_step",
    "show",
    "spoken_file_name",
    "with_answer",
]
