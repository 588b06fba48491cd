"""TinyAgent's own data set: requests with one gold plan, as a JSON object by id.

Each entry has an `input` and an `output`, a list of steps of their program; the plan is the first of
type "plan", its `parsed_output` a list of `{"tool_name", "tool_args"}` with positional arguments, and
ends with `join`. The planner must work with the same 16 tools, so all others are out of play.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.evaluation.cases import CaseFormatError
from training.evaluation.isomorphism import PlanGraphError, ToolCall, isomorphic

TOOLS = frozenset(
    {
        "append_note_content",
        "compose_new_email",
        "create_calendar_event",
        "create_note",
        "create_reminder",
        "forward_email",
        "get_email_address",
        "get_phone_number",
        "get_zoom_meeting_link",
        "maps_open_location",
        "maps_show_directions",
        "open_and_get_file_path",
        "open_note",
        "reply_to_email",
        "send_sms",
        "summarize_pdf",
    }
)
JOIN: ToolCall = ("join", ())


@dataclass(frozen=True, slots=True)
class TinyAgentCase:
    """A request and the calls of its gold plan, `join` included."""

    id: str
    query: str
    plan: tuple[ToolCall, ...]

    @property
    def steps(self) -> int:
        """The number of calls without `join`."""
        return sum(tool != "join" for tool, _ in self.plan)


def load_tinyagent(path: Path, limit: int | None = None) -> list[TinyAgentCase]:
    """The first cases of a file. CaseFormatError names the first entry that is none."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:  # UnicodeDecodeError and JSONDecodeError are ValueErrors
        raise CaseFormatError(f"{path} can't be read as JSON: {error}") from error
    if not isinstance(data, dict) or not data:
        raise CaseFormatError(f"{path} is no JSON object of cases by id")
    return [_case(path, name, entry) for name, entry in list(data.items())[:limit]]


def _case(path: Path, name: str, entry: Any) -> TinyAgentCase:
    try:
        output = next(part for part in entry["output"] if part["type"] == "plan")
        plan = tuple(_call(step) for step in output["parsed_output"])
        if not isinstance(entry["input"], str):
            raise TypeError("input is no text")
    except StopIteration:
        raise CaseFormatError(f"{path}, case {name}: there is no output of type 'plan'") from None
    except (KeyError, TypeError, ValueError) as error:
        raise CaseFormatError(f"{path}, case {name}: {type(error).__name__}: {error}") from error
    return TinyAgentCase(name, entry["input"], plan)


def _call(step: Mapping[str, Any]) -> ToolCall:
    tool = step["tool_name"]
    if tool != "join" and tool not in TOOLS:
        raise ValueError(f"there is no tool {tool!r}")
    return tool, list(step["tool_args"])


def predicted(steps: Sequence[Mapping[str, Any]]) -> tuple[ToolCall, ...]:
    """The steps of a prediction as TinyAgent would have parsed them; the order of arguments is the same."""
    return (*((step["tool"], list(step["args"].values())) for step in steps), JOIN)


def failure(case: TinyAgentCase, prediction: Mapping[str, Any] | None) -> str:
    """Why a prediction has not the gold plan's graph; empty if it has. What can't be compared has failed."""
    if prediction is None or "error" in prediction:
        return f"no plan: {(prediction or {}).get('error', {}).get('message', 'none was predicted')}"
    plan = predicted(prediction["steps"])
    try:
        same = isomorphic(plan, case.plan)
    except PlanGraphError as error:
        return f"no graph: {error}"
    return "" if same else f"calls {_listed(plan)} instead of {_listed(case.plan)}"


def _listed(plan: Sequence[ToolCall]) -> str:
    return ", ".join(tool for tool, _ in plan if tool != "join") or "nothing"
