"""Which tools an example shows: those it needs, others that look alike, under other names, or not all."""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from functools import cache
from pathlib import Path

from planner.plan import Step
from planner.request import Request
from planner.retrieval import LexicalRetriever
from tools.registry import builtin_tools
from tools.spec import ACCEPTED_RESULTS, Kind, ToolSpec
from training.data.seeds import Seed
from training.data.slots import parsed

SUPPLIED = frozenset({Kind.EMAIL, Kind.PHONE, Kind.PATH})
REFERENCE = re.compile(r"\$(\d+)")


class InPlay:
    """Chooses tools as a retriever would that never misses: the needed ones, their suppliers, near misses."""

    def __init__(self) -> None:
        self._tools = builtin_tools()
        self._lexical = LexicalRetriever(self._tools)

    def around(self, seed: Seed, choose: random.Random) -> list[ToolSpec]:
        """The tools in play, in the order of the tool set; tools that a seed brings come last."""
        used = {line.partition(". ")[2].partition("(")[0] for line in seed.lines}
        chosen = used | self._near_misses(seed, choose)
        if choose.random() < 0.7:
            chosen |= self._suppliers(chosen)
        own = [tool for tool in seed.custom if tool.name in used or choose.random() < 0.7]
        return [tool for tool in self._tools if tool.name in chosen] + own

    def _near_misses(self, seed: Seed, choose: random.Random) -> set[str]:
        """Other tools, likelier the more words they share with the request."""
        count = choose.choice((0, 1, 1, 2, 2, 3, 4, 6))
        scores = self._lexical.scores(Request.read(seed.request).text)
        ranked = sorted(self._tools, key=lambda tool: -scores[tool.name])
        weights = [1 / (rank + 2) for rank in range(len(ranked))]
        return {tool.name for tool in choose.choices(ranked, weights, k=count)}

    def _suppliers(self, chosen: set[str]) -> set[str]:
        wanted = {p.kind for tool in self._tools if tool.name in chosen for p in tool.parameters} & SUPPLIED
        results = {kind for needed in wanted for kind in ACCEPTED_RESULTS[needed]}
        return {tool.name for tool in self._tools if tool.result in results}


@cache
def _other_names() -> Mapping[str, Sequence[Sequence[str]]]:
    text = (Path(__file__).parent / "renames.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def renamed(seed: Seed, tools: Sequence[ToolSpec], choose: random.Random) -> tuple[Seed, list[ToolSpec]]:
    """Some tools under names that the model never saw, with a description, as plug-ins bring them."""
    changes: dict[str, ToolSpec] = {}
    for tool in tools:
        if tool.name in _other_names() and choose.random() < 0.6:
            name, doc = choose.choice(_other_names()[tool.name])
            changes[tool.name] = replace(tool, name=name, doc=doc, source="plug-in")
    lines = tuple(_call(line, changes) for line in seed.lines)
    kept = [tool for tool in tools if tool.name not in changes]
    own = list(changes.values())
    choose.shuffle(own)
    return replace(seed, lines=lines), kept + own


def _call(line: str, changes: Mapping[str, ToolSpec]) -> str:
    number, _, rest = line.partition(". ")
    name, _, arguments = rest.partition("(")
    return f"{number}. {changes[name].name}({arguments}" if name in changes else line


def without_tool(seed: Seed, tools: Sequence[ToolSpec], choose: random.Random) -> tuple[Seed, list[ToolSpec]]:
    """A tool that is needed is not there: what needs it falls away, and the look-ups only it needed."""
    steps = parsed(seed)
    gone = choose.choice(steps).tool
    kept = remaining(steps, {step.id for step in steps if step.tool == gone})
    return replace(seed, lines=keep_lines(kept, seed)), [tool for tool in tools if tool.name != gone]


def remaining(steps: Sequence[Step], lost: Set[int]) -> list[Step]:
    """The steps without the lost ones, those that need them, and what was looked up for those alone.

    A reply or a forward needs the search for its mail, though it does not refer to it.
    """
    lost = set(lost)
    searched = {step.id for step in steps if step.tool == "search_email"}
    for step in steps:
        found_mail = searched if step.tool in {"reply_to_email", "forward_email"} else ()
        if lost & {*step.depends_on, *found_mail}:
            lost.add(step.id)
    for step in reversed(steps):
        users = [other.id for other in steps if step.id in other.depends_on]
        if users and lost.issuperset(users):
            lost.add(step.id)
    return [step for step in steps if step.id not in lost]


def keep_lines(steps: Sequence[Step], seed: Seed) -> tuple[str, ...]:
    """The lines of these steps alone, numbered from 1. None of them may refer to one that is left out."""
    numbers = {step.id: i for i, step in enumerate(steps, 1)}

    def line(step: Step) -> str:
        body = seed.lines[step.id - 1].partition(". ")[2]
        refers = set(step.depends_on)
        body = REFERENCE.sub(lambda m: f"${numbers[int(m[1])]}" if int(m[1]) in refers else m[0], body)
        return f"{numbers[step.id]}. {body}"

    return tuple(line(step) for step in steps)
