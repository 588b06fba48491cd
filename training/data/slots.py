"""Slots of a seed: the names, files, places, times and labels that others can stand for.

Because such arguments are the request's own words, they can be found without markup: a slot is an
argument that stands exactly once in the request as whole words. Replacing it in the request and in every
argument at once keeps request and plan consistent. What replaces it comes from the other seeds, from
slots of the same class: a first name for a first name, "the 4th" for "the 12th", a `.pdf` for a `.pdf`;
what stands behind "the" or "on" only for what stood behind such a word too. A variant whose free text still
speaks of what was replaced is given up.
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
from training.data.dates import date_form, only_date
from training.data.seeds import QUESTION, Seed
from training.data.words import words

SLOT_KINDS = frozenset(
    {Kind.NAME, Kind.FILE_NAME, Kind.PLACE, Kind.DATE, Kind.DURATION, Kind.LABEL, Kind.QUERY}
)
NAMES = frozenset({Kind.NAME, Kind.PLACE, Kind.FILE_NAME})
RELATION = re.compile(r"(?i)(?:my|our) ")
TITLE = re.compile(r"(?i)(?:mr|mrs|ms|miss|dr|prof|professor|doctor|father|sister|aunt|uncle|coach|sir)\.? ")
DETERMINERS = words("determiners")
SMALL_WORDS = words("small")
ENDING = re.compile(r"(?i)(?:\.| dot )(\w{1,4}(?: (?:four|three|two|\w)(?: \w)?)?)$")
WORD = re.compile(r"[^\W_]+")


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
                if not _is_fixed(text, parameter, step, tool) and _stands_once(text, seed.request):
                    before = _word_before(text, seed.request)
                    found.setdefault(text, Slot(text, family(text, before, parameter, tool)))
    texts = list(found)
    return [s for t, s in found.items() if not any(t != other and _overlap(t, other) for other in texts)]


def _is_fixed(text: str, parameter: Parameter, step: Step, tool: ToolSpec) -> bool:
    """Whether nothing else can stand there: a start and an end belong together, so do "the day before"."""
    if parameter.kind not in SLOT_KINDS:
        return True
    dates = [p for p in tool.parameters if p.kind is Kind.DATE and step.args.get(p.name)]
    return parameter.kind is Kind.DATE and (len(dates) > 1 or not only_date(text))


def _word_before(text: str, request: str) -> str:
    before = request[: _occurrences(text, request)[0].start()].split()
    return before[-1].lower() if before else ""


def parsed(seed: Seed) -> list[Step]:
    """The steps of a valid seed."""
    literal = Request.read(seed.request).literal_dollars
    steps = (parse_line(line, i, seed.tools, literal) for i, line in enumerate(seed.lines, 1))
    return [step for step in steps if step is not None]


def quoted_names(seed: Seed) -> tuple[str, ...]:
    """The names of people, places and files that the plan quotes."""
    found: dict[str, None] = {}
    for step in parsed(seed):
        for parameter in seed.tools[step.tool].parameters:
            value = step.args[parameter.name]
            if parameter.kind in NAMES and isinstance(value, str) and value:
                found[value] = None
    return tuple(found)


def family(text: str, before: str, parameter: Parameter, tool: ToolSpec) -> str:
    """The class of things that a slot's text belongs to; `before`: the word before it."""
    cased = "cased" if text != text.lower() else "lower"
    behind = "determined" if before in DETERMINERS else ""
    match parameter.kind:
        case Kind.NAME:
            return f"name {_name_form(text)} {behind} {cased}"
        case Kind.FILE_NAME:
            ending = ENDING.search(text)
            return f"file {ending[1].lower() if ending else tool.name} {behind} {cased}"
        case Kind.PLACE:
            return f"place {_article(text)} {behind} {cased}"
        case Kind.DATE:
            preposition = before if before in SMALL_WORDS else ""
            return f"date {tool.name} {preposition} {date_form(text)}"
        case Kind.DURATION:
            return (
                f"duration {parameter.unit} {before in DETERMINERS} {text[0].isdigit()} {text.endswith('s')}"
            )
        case _:
            return f"{parameter.kind} {tool.group} {parameter.name} {_article(text)} {behind} {cased}"


def _name_form(text: str) -> str:
    if RELATION.match(text):
        return "relation"
    if TITLE.match(text):
        return "title"
    return f"{min(len(text.split()), 3)} words"


def _article(text: str) -> str:
    return "the" if text.lower().startswith(("the ", "my ", "our ")) else ""


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
    """What can stand in slots, by family, gathered from all seeds but those about what can't be."""

    def __init__(self, seeds: Iterable[Seed]) -> None:
        gathered: dict[str, dict[str, None]] = defaultdict(dict)
        for seed in seeds:
            for slot in slots(seed) if QUESTION not in seed.tags else ():
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
    pattern = re.compile("|".join(rf"(?<![\w$]){re.escape(old)}(?!\w)" for old in ordered), re.IGNORECASE)
    by_fold = {old.casefold(): (old, new) for old, new in changes.items()}

    def changed(match: re.Match[str]) -> str:
        old, new = by_fold[match[0].casefold()]
        return new if match[0] == old else _cased_like(match[0], new)

    request = pattern.sub(changed, seed.request)
    calls = [line.partition("(") for line in seed.lines]
    arguments = [pattern.sub(changed, call[2]) for call in calls]
    if len(request) > 400 or _stale(seed.request, request, " ".join(arguments)):
        return None
    lines = [f"{call[0]}({changed}" for call, changed in zip(calls, arguments, strict=True)]
    return replace(seed, request=request, lines=tuple(lines))


def _cased_like(model: str, text: str) -> str:
    """Free text writes "Lunch with Ana" where "lunch with ana" was typed; so it does with another name."""
    if model[:1].islower():
        return text
    words = text.split(" ")
    every = all(word[:1].isupper() for word in model.split())
    return " ".join(word[:1].upper() + word[1:] if every or i == 0 else word for i, word in enumerate(words))


def _stale(old_request: str, request: str, arguments: str) -> bool:
    """Whether arguments still say what the request no longer says: "Ski trip" where skiing was replaced."""
    now = _words(request)
    gone = _words(old_request) - now - SMALL_WORDS
    left = _words(arguments) - now
    stems = {word[:5] for word in gone if len(word) > 4}
    return bool(gone & left) or any(word[:5] in stems for word in left)


def _words(text: str) -> set[str]:
    return set(WORD.findall(text.casefold()))


def with_other_slots(seed: Seed, pool: Pool, choose: random.Random, share: float) -> Seed | None:
    """A variant in which about `share` of the slots hold something else; None if nothing changed."""
    changes = {}
    for slot in slots(seed):
        if choose.random() < share and (new := pool.other(slot, choose)):
            changes[slot.text] = new
    if len(set(changes.values())) < len(changes) or not changes:
        return None
    return substituted(seed, changes)
