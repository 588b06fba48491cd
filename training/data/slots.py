"""Slots of a seed: the names, files, places, times and labels that others can stand for.

Because such arguments are the request's own words, they can be found without markup: a slot is an
argument that stands exactly once in the request as whole words. Replacing it in the request and in every
argument at once keeps request and plan consistent. What replaces it comes from the other seeds, from
slots of the same class: a first name for a first name, "the 4th" for "the 12th", a `.pdf` for a `.pdf`.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from planner.parser import parse_line
from planner.plan import Argument, Step
from planner.request import Request
from tools.spec import Kind, Parameter, ToolSpec
from training.data.seeds import Seed

SLOT_KINDS = frozenset(
    {Kind.NAME, Kind.FILE_NAME, Kind.PLACE, Kind.DATE, Kind.DURATION, Kind.LABEL, Kind.QUERY}
)
RELATION = re.compile(r"(?i)(?:my|our) ")
TITLE = re.compile(r"(?i)(?:mr|mrs|ms|miss|dr|prof|professor|doctor|father|sister|aunt|uncle|coach|sir)\.? ")
FIRST_WORDS = (
    (re.compile(r"(?i)(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?\b"), "weekday"),
    (re.compile(r"(?i)(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\w*\b"), "month"),
    (re.compile(r"(?i)(?:today|tonight|tomorrow|tmrw|yesterday)\b"), "day"),
    (re.compile(r"(?i)(?:the )?\d+(?:st|nd|rd|th)\b"), "ordinal"),
    (re.compile(r"\d"), "digit"),
)


@dataclass(frozen=True, slots=True)
class Slot:
    """A piece of a request that stands for an argument. `family` says what may replace it."""

    text: str
    family: str


def slots(seed: Seed) -> list[Slot]:
    """The slots of a seed that don't overlap, longest class of words first come."""
    found: dict[str, Slot] = {}
    for step in parsed(seed):
        tool = seed.tools[step.tool]
        for parameter in tool.parameters:
            for text in _texts(step.args.get(parameter.name, "")):
                if parameter.kind in SLOT_KINDS and _stands_once(text, seed.request):
                    found.setdefault(text, Slot(text, family(text, parameter, tool)))
    texts = list(found)
    return [s for t, s in found.items() if not any(t != other and _overlap(t, other) for other in texts)]


def parsed(seed: Seed) -> list[Step]:
    """The steps of a valid seed."""
    literal = Request.read(seed.request).literal_dollars
    steps = (parse_line(line, i, seed.tools, literal) for i, line in enumerate(seed.lines, 1))
    return [step for step in steps if step is not None]


def family(text: str, parameter: Parameter, tool: ToolSpec) -> str:
    """The class of things that a slot's text belongs to."""
    cased = "cased" if text != text.lower() else "lower"
    match parameter.kind:
        case Kind.NAME:
            return f"name {_name_form(text)} {cased}"
        case Kind.FILE_NAME:
            ending = re.search(r"(?i)(?:\.| dot )(\w{2,4})$", text)
            return f"file {ending[1].lower() if ending else tool.name} {cased}"
        case Kind.PLACE:
            return f"place {_article(text)} {cased}"
        case Kind.DATE:
            return f"date {tool.name} {_date_form(text)}"
        case Kind.DURATION:
            return f"duration {parameter.unit} {text[0].isdigit()}"
        case _:
            return f"{parameter.kind} {tool.group} {parameter.name} {_article(text)} {cased}"


def _name_form(text: str) -> str:
    if RELATION.match(text):
        return "relation"
    if TITLE.match(text):
        return "title"
    return f"{min(len(text.split()), 3)} words"


def _article(text: str) -> str:
    return "the" if text.lower().startswith(("the ", "my ", "our ")) else ""


def _date_form(text: str) -> str:
    opening = text.split(maxsplit=1)[0].lower()
    first = next((name for pattern, name in FIRST_WORDS if pattern.match(text)), opening)
    timed = bool(re.search(r"(?i)\d ?[ap]\.?m|:\d\d|noon|o'?clock|half past|\bat \w+", text))
    ranged = bool(re.search(r"(?i)\d ?(?:-|to|until|till)\b ?\d|from ", text))
    return f"{first} {'timed' if timed else ''} {'ranged' if ranged else ''}"


def _texts(value: Argument) -> Iterable[str]:
    for item in value if isinstance(value, tuple) else (value,):
        if isinstance(item, str) and item:
            yield item


def _stands_once(text: str, request: str) -> bool:
    return len(_occurrences(text, request)) == 1


def _occurrences(text: str, within: str) -> list[re.Match[str]]:
    return list(re.finditer(rf"(?<!\w){re.escape(text)}(?!\w)", within, re.IGNORECASE))


def _overlap(first: str, second: str) -> bool:
    words = set(first.lower().split()) & set(second.lower().split())
    return (
        first in second or second in first or bool(words - {"the", "my", "at", "on", "in", "of", "a", "and"})
    )


class Pool:
    """What can stand in slots, by family, gathered from all seeds."""

    def __init__(self, seeds: Iterable[Seed]) -> None:
        gathered: dict[str, dict[str, None]] = defaultdict(dict)
        for seed in seeds:
            for slot in slots(seed):
                gathered[slot.family][slot.text] = None
        self._by_family: Mapping[str, Sequence[str]] = {k: sorted(v) for k, v in gathered.items()}

    def other(self, slot: Slot, choose: random.Random) -> str | None:
        """Something else of the slot's family; None if there is nothing."""
        known = self._by_family.get(slot.family, ())
        found = choose.choice(known) if known else slot.text
        return found if found != slot.text else None


def substituted(seed: Seed, changes: Mapping[str, str]) -> Seed | None:
    """The seed with each text replaced by another, in the request and in the plan; None if it can't be."""
    if any(any(c in new for c in '"$\\') for new in changes.values()):
        return None
    ordered = sorted(changes, key=len)[::-1]
    pattern = re.compile("|".join(rf"(?<![\w$]){re.escape(old)}(?!\w)" for old in ordered))

    def changed(text: str) -> str:
        return pattern.sub(lambda match: changes[match[0]], text)

    request = changed(seed.request)
    calls = (line.partition("(") for line in seed.lines)
    lines = [f"{head}({changed(arguments)}" for head, _, arguments in calls]
    if len(request) > 400:
        return None
    return replace(seed, request=request, lines=tuple(lines))


def with_other_slots(seed: Seed, pool: Pool, choose: random.Random, share: float) -> Seed | None:
    """A variant in which about `share` of the slots hold something else; None if nothing changed."""
    changes = {}
    for slot in slots(seed):
        if choose.random() < share and (new := pool.other(slot, choose)):
            changes[slot.text] = new
    if len(set(changes.values())) < len(changes) or not changes:
        return None
    return substituted(seed, changes)
