"""Development seeds as planning cases: `tinyagent eval plans` measures a trained planner on them.

They are of the same voices as the training data, so they say how well it was learnt, not how well the
planner does among strangers. Free text is held to its longest words, subjects are not checked.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from datetime import datetime

from planner.plan import Argument, Reference, Step, references, to_json
from planner.resolve import Unresolved, resolve_step
from tools.spec import Kind, Parameter, ToolSpec
from training.data.seeds import Seed
from training.data.slots import parsed
from training.tool_lines import tool_text

NOW = datetime(2026, 3, 12, 9, 30)
UNCHECKED = frozenset({"subject"})
MOST_WORDS = 3
WORD = re.compile(r"[^\W_]{4,}")


def cases(seeds: Iterable[Seed], *, own_tools: bool = False) -> Iterator[str]:
    """A line of the case format for each seed that needs no question.

    Those that the built-in tools serve, or with `own_tools` those that bring tools of their own.
    """
    for seed in seeds:
        if bool(seed.custom) != own_tools or "question" in seed.tags:
            continue
        try:
            plan = [_call(step, seed.tools[step.tool]) for step in _resolved(seed)]
        except Unresolved:
            continue
        case: dict[str, object] = {
            "id": seed.place,
            "now": NOW.isoformat(timespec="minutes"),
            "query": seed.request,
        }
        if own_tools:
            case["tools"] = [tool_text(tool) for tool in seed.custom]
        yield json.dumps(
            {**case, "tags": [seed.place.partition(".")[0]], "plans": [plan]}, ensure_ascii=False
        )


def _resolved(seed: Seed) -> list[Step]:
    done: list[Step] = []
    for step in parsed(seed):
        spec = seed.tools[step.tool]
        done.append(resolve_step(step, spec, request=seed.request, now=NOW, earlier=tuple(done)))
    return done


def _call(step: Step, spec: ToolSpec) -> dict[str, object]:
    args = {p.name: _expected(p, step.args[p.name]) for p in spec.parameters if step.args.get(p.name)}
    return {"tool": step.tool, "args": args}


def _expected(parameter: Parameter, value: Argument) -> object:
    if parameter.name in UNCHECKED:
        return {"any": True}
    if parameter.kind not in {Kind.TITLE, Kind.TEXT} or isinstance(value, Reference):
        return to_json(value)
    if inside := list(references(value)):
        return {"ref_in": inside}
    longest = sorted(WORD.findall(str(value)), key=len, reverse=True)
    return {"contains": longest[:MOST_WORDS]} if longest else to_json(value)
