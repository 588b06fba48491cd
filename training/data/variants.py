"""Variants of seeds: the same request heard, typed or joined differently, with its plan kept true.

Each function returns a new seed or None where it does not fit; nothing here looks at evaluation data.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from planner import spoken
from planner.plan import Step
from tools.spec import Kind, ToolSpec
from training.data.seeds import Seed, canonical
from training.data.slots import parsed
from training.data.words import words

FREE = frozenset({Kind.TEXT, Kind.TITLE})
CALL = re.compile(r"^(\d+)\. ")
REFERENCE = re.compile(r"\$(\d+)")
QUOTED = re.compile(r'"([^"]+)"')
LITERAL = re.compile(r'"([^" +]+@[^" ]+|\+?\(?\d[\d ()/-]{5,})"')  # addresses and phone numbers in a plan
SAID = {"@": "at"} | {mark: word for word, mark in reversed((spoken.MARKS | spoken.DIGITS).items())}
LETTERS = "abcdefghijklmnopqrstuvwxyz"
JOINTS = (
    "{0} and {1}", "{0}, and {1}", "{0}. {1}", "{0}. also {1}", "{0}, also {1}", "{0}, then {1}",
    "{0} and then {1}", "{0}; {1}", "{0} + {1}", "{0}. oh and {1}", "{0}, plus {1}", "{0} and also {1}",
    "{0}. after that {1}", "{0} - {1}", "{0}, oh and {1}", "{0} & {1}",
)  # fmt: skip
FRAMES = ("first {0}, then {1}", "two things: {0}, and {1}")  # only around exactly two
OPENINGS = ("hey", "ok", "okay", "please", "uh", "um", "hi", "so", "right", "hey there", "well")
ASKING = ("could you", "can you", "would you", "please", "can you please")  # only before a verb
VERBS = words("verbs")
ADDRESS = words("address")
CLOSINGS = ("please", "thanks", "thank you", "pls", "ta", "cheers", "if you can", "right away", "asap")
PUNCTUATION = re.compile(r"[,;:!?.]+(?=\s|$)|(?<=\d):(?=\d)|\"")


def lowered(seed: Seed, choose: random.Random) -> Seed | None:
    """Typed without capitals, names too; free text is written well all the same."""
    del choose
    if seed.request == seed.request.lower():
        return None
    return _mapped(seed, str.lower)


def unpunctuated(seed: Seed, choose: random.Random) -> Seed | None:
    """As a speech recogniser writes it: no capitals, no commas, no full stops."""
    del choose

    def plain(text: str) -> str:
        return " ".join(PUNCTUATION.sub(" ", text.lower()).split())

    if plain(seed.request) == seed.request:
        return None
    return _mapped(seed, plain)


def said(seed: Seed, choose: random.Random) -> Seed | None:
    """With addresses and numbers spoken word by word, and as a speech recogniser writes it."""
    request, lines = seed.request, seed.text
    for literal in dict.fromkeys(LITERAL.findall(lines)):
        if request.count(literal) != 1 or lines.count(literal) != lines.count(f'"{literal}"'):
            return None  # it stands in a text too
        request = request.replace(literal, _said(literal, choose))
        lines = lines.replace(
            literal, re.sub(r"[ ()/-]", "", literal) if "@" not in literal else literal.lower()
        )
    if request == seed.request:
        return None
    plain = replace(seed, request=request, lines=tuple(lines.splitlines()[: len(seed.lines)]))
    return unpunctuated(plain, choose) or plain


def _said(literal: str, choose: random.Random) -> str:
    if "@" in literal:
        return re.sub(r"[@._-]", lambda mark: f" {SAID[mark[0]]} ", literal)
    zero = choose.choice(("oh", "zero"))
    digits = [zero if digit == "0" else SAID[digit] for digit in re.findall(r"\d", literal)]
    words = ["plus"] if literal.startswith("+") else []
    pairs = choose.random() < 0.5
    while digits:
        if pairs and digits[:1] == digits[1:2]:
            words += ["double", digits.pop(0)]
            digits.pop(0)
        else:
            words.append(digits.pop(0))
    return " ".join(words)


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
    request = " ".join(words)
    return replace(seed, request=request) if request != seed.request else None


def dressed(seed: Seed, choose: random.Random) -> Seed | None:
    """With a word of address or of thanks; None where there is one, or where it might be dictated."""
    return _opened(seed, choose) if choose.random() < 0.6 else _closed(seed, choose)


def _opened(seed: Seed, choose: random.Random) -> Seed | None:
    first = _plain_words(seed.request)[0]
    if first in ADDRESS:
        return None
    asking = first in VERBS and choose.random() < 0.5
    opening = choose.choice(ASKING if asking else OPENINGS)
    opening = opening if seed.request[:1].islower() else opening.capitalize()
    between = " " if asking else choose.choice((" ", ", "))
    return replace(seed, request=f"{opening}{between}{_soft(seed)}")


def _closed(seed: Seed, choose: random.Random) -> Seed | None:
    closing = choose.choice(CLOSINGS)
    last = _plain_words(seed.request)[-2:]
    said = _plain_words(" ".join(seed.lines))
    if set(closing.split()) & set(_plain_words(seed.request)) or last[-1] in {
        *ADDRESS,
        *CLOSINGS,
        *said[-3:],
    }:
        return None
    between = " " if seed.request.endswith("?") else choose.choice((" ", ", "))
    return replace(seed, request=f"{seed.request.rstrip('.!')}{between}{closing}")


def _plain_words(text: str) -> list[str]:
    return re.findall(r"[\w']+", text.lower()) or [""]


def joined(seeds: Sequence[Seed], choose: random.Random) -> Seed:
    """Several independent requests as one: the calls in their order, references renumbered."""
    whole, *rest = seeds
    for seed in rest:
        joint = choose.choice(FRAMES if len(seeds) == 2 and choose.random() < 0.1 else JOINTS)
        first, second = whole.request, seed.request
        if joint.startswith("{0}. ") and first[-1] in ".!?":
            joint = joint.replace("{0}.", "{0}")
        else:
            first = first.rstrip(".!?")
        if joint in FRAMES:
            first = _soft(replace(whole, request=first))
        if joint != "{0} {1}" or choose.random() < 0.2:
            second = _soft(seed)
        request = joint.format(first, second)
        lines = (*whole.lines, *_renumbered(seed.lines, len(whole.lines)))
        place = f"{whole.place}+{seed.place}"
        whole = replace(whole, request=request, lines=lines, tags=(*whole.tags, *seed.tags), place=place)
    return whole


def _renumbered(lines: Sequence[str], by: int) -> list[str]:
    shifted = (CALL.sub(lambda m: f"{int(m[1]) + by}. ", line) for line in lines)
    return [REFERENCE.sub(lambda m: f"${int(m[1]) + by}", line) for line in shifted]


def _soft(seed: Seed) -> str:
    """The request with a small first letter, where its first word is no name, abbreviation or quoted word."""
    request = seed.request
    first = re.split(r"[\W_]", request, maxsplit=1)[0]
    quoted = (text for line in seed.lines for text in QUOTED.findall(line) if text in request)
    if not (first == "A" or first[1:].islower()) or any(first in text for text in quoted):
        return request
    return request[:1].lower() + request[1:]


def _mapped(seed: Seed, change: Callable[[str], str]) -> Seed:
    """The request and the arguments that quote it through a function; free text stays as it is."""
    lines = [_line(step, seed.tools[step.tool], change) for step in parsed(seed)]
    return replace(seed, request=change(seed.request), lines=tuple(lines))


def _line(step: Step, tool: ToolSpec, change: Callable[[str], str]) -> str:
    args = dict(step.args)
    for parameter in tool.parameters:
        value = args[parameter.name]
        if parameter.kind in FREE or parameter.kind is Kind.CHOICE:
            continue
        if isinstance(value, str):
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
