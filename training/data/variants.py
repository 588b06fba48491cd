"""Variants of seeds: the same request heard, typed or joined differently, with its plan kept true.

Each function returns a new seed or None where it does not fit; nothing here looks at evaluation data.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from planner.plan import Step
from tools.spec import Kind, ToolSpec
from training.data.seeds import Seed, canonical
from training.data.slots import parsed

FREE = frozenset({Kind.TEXT, Kind.TITLE})
CALL = re.compile(r"^(\d+)\. ")
REFERENCE = re.compile(r"\$(\d+)")
LETTERS = "abcdefghijklmnopqrstuvwxyz"
JOINTS = (
    "{0} and {1}", "{0}, and {1}", "{0}. {1}", "{0}. also {1}", "{0}, also {1}", "{0}, then {1}",
    "{0} and then {1}", "{0}; {1}", "{0} + {1}", "{0}. oh and {1}", "{0}, plus {1}", "{0} and also {1}",
    "{0}. after that {1}", "{0} - {1}", "{0}, oh and {1}", "first {0}, then {1}", "{0} & {1}",
    "two things: {0}, and {1}",
)  # fmt: skip
OPENINGS = (
    "hey",
    "ok",
    "okay",
    "please",
    "uh",
    "um",
    "hi",
    "so",
    "right",
    "could you",
    "can you",
    "hey there",
    "well",
)
CLOSINGS = ("please", "thanks", "thank you", "pls", "ta", "cheers", "if you can", "right away", "asap")


def lowered(seed: Seed, choose: random.Random) -> Seed | None:
    """Typed without capitals: names too; free text keeps a capital at its beginning."""
    del choose
    if seed.request == seed.request.lower():
        return None
    return _mapped(seed, str.lower, lambda text: text[:1] + text[1:].lower())


def unpunctuated(seed: Seed, choose: random.Random) -> Seed | None:
    """As a speech recogniser writes it: no capitals, no commas, no full stops."""
    del choose

    def plain(text: str) -> str:
        return " ".join(re.sub(r"[,;:!?]|\.(?=\s|$)|\"", " ", text.lower()).split())

    if plain(seed.request) == seed.request:
        return None
    return _mapped(seed, plain, lambda text: text)


def mistyped(seed: Seed, choose: random.Random) -> Seed | None:
    """One or two slips of the finger in words that the plan doesn't quote."""
    quoted = {word for line in seed.lines for word in re.findall(r"\w+", line.lower())}
    words = seed.request.split(" ")
    able = [
        i for i, word in enumerate(words) if word.isalpha() and len(word) > 3 and word.lower() not in quoted
    ]
    if not able:
        return None
    for i in choose.sample(able, min(len(able), choose.choice((1, 1, 2)))):
        words[i] = _slip(words[i], choose)
    return replace(seed, request=" ".join(words))


def dressed(seed: Seed, choose: random.Random) -> Seed | None:
    """With a word of address or of thanks around it."""
    request = seed.request
    if choose.random() < 0.6:
        opening = choose.choice(OPENINGS)
        opening = opening if request[:1].islower() else opening.capitalize()
        request = f"{opening}{choose.choice((' ', ', '))}{_soft(request)}"
    else:
        request = f"{request.rstrip('.!')}{choose.choice((' ', ', '))}{choose.choice(CLOSINGS)}"
    return replace(seed, request=request)


def joined(seeds: Sequence[Seed], choose: random.Random) -> Seed:
    """Several independent requests as one: the calls in their order, references renumbered."""
    whole, *rest = seeds
    for seed in rest:
        first = whole.request.rstrip(".!") if choose.random() < 0.8 else whole.request
        second = seed.request if choose.random() < 0.2 else _soft(seed.request)
        request = choose.choice(JOINTS).format(first, second)
        lines = (*whole.lines, *_renumbered(seed.lines, len(whole.lines)))
        place = f"{whole.place}+{seed.place}"
        whole = replace(whole, request=request, lines=lines, tags=(*whole.tags, *seed.tags), place=place)
    return whole


def _renumbered(lines: Sequence[str], by: int) -> list[str]:
    shifted = (CALL.sub(lambda m: f"{int(m[1]) + by}. ", line) for line in lines)
    return [REFERENCE.sub(lambda m: f"${int(m[1]) + by}", line) for line in shifted]


def _soft(request: str) -> str:
    """With a small first letter where the word is no name or abbreviation."""
    first = request.split(" ", 1)[0]
    return request[:1].lower() + request[1:] if first[1:].islower() and first not in {"I", "I'm"} else request


def _mapped(seed: Seed, on_spans: Callable[[str], str], on_free: Callable[[str], str]) -> Seed:
    """The request and the arguments that quote it through one function, free text through another."""
    lines = [_line(step, seed.tools[step.tool], on_spans, on_free) for step in parsed(seed)]
    return replace(seed, request=on_spans(seed.request), lines=tuple(lines))


def _line(step: Step, tool: ToolSpec, on_spans: Callable[[str], str], on_free: Callable[[str], str]) -> str:
    args = dict(step.args)
    for parameter in tool.parameters:
        change = on_free if parameter.kind in FREE else on_spans
        value = args[parameter.name]
        if isinstance(value, str) and parameter.kind is not Kind.CHOICE:
            args[parameter.name] = change(value)
        elif isinstance(value, tuple):
            args[parameter.name] = tuple(change(v) if isinstance(v, str) else v for v in value)
    return canonical(Step(step.id, step.tool, args), tool)


def _slip(word: str, choose: random.Random) -> str:
    at = choose.randrange(1, len(word) - 1)
    match choose.randrange(4):
        case 0:
            return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        case 1:
            return word[:at] + word[at + 1 :]
        case 2:
            return word[:at] + word[at] + word[at:]
        case _:
            return word[:at] + choose.choice(LETTERS) + word[at + 1 :]
