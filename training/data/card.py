"""The data card: what is in the data, what was left out, and how to make it again."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from training.data.build import Example
from training.data.curate import Curated, Dropped
from training.data.tokens import words_of

SHOWN = 6  # random examples
LISTED = 50  # seeds that evaluation sets know
LENGTHS = (5, 10, 20, 40, 80)

INTRODUCTION = """# Data card: requests and plans

Requests to a desktop assistant, each with the tools in play and the plan of tool calls that is right for it.
All come from seeds that were written by hand for this project (`training/data/seeds`), by recipes that change
names, dates and files, join requests, add the noise of keyboards and speech recognisers, and change which
tools there are.

Licence: CC0 1.0, for the seeds and for what is made of them. No person's data is in it; names, addresses and
numbers are made up.
"""
FIELDS = """## Fields

`id`, `recipe`, `origin` (the seeds, as file:line), `tools` (as the model reads them), `avoid` (a call that
found nothing in a first plan), `request`, `plan`. In dropped.jsonl: `reason`, `recipe`, `place`, `request`.
"""


def card(
    training: Curated,
    development: Curated,
    dropped_seeds: Sequence[Dropped],
    command: str,
    pictures: Sequence[str],
) -> str:
    """The card as Markdown."""
    kept = training.kept
    reasons = Counter(item.reason for item in (*development.dropped, *training.dropped))
    sections = [
        INTRODUCTION,
        f"Made with\n\n    {command}\n",
        f"{len(kept):,} examples for training, {len(development.kept):,} for development. None of the seeds "
        "of these is in training.\n",
        _table("Recipes", "recipe", Counter(example.recipe for example in kept)),
        _table("Calls in the plan", "calls", dict(sorted(by_length(kept).items()))),
        _table("Words in the request", "words", _by_words(kept)),
        _table("Tools", "tool", _built_in_first(by_tool(kept))),
        _table("Seed files (voices)", "file", dict(sorted(_by_voice(kept).items()))),
        _table("Dropped", "reason", {**dict(reasons.most_common()), "seeds": len(dropped_seeds)}),
        _listed(dropped_seeds),
        *(f"![{name}]({name})\n" for name in pictures),
        _examples(kept),
        FIELDS,
    ]
    return "\n".join(section for section in sections if section)


def by_length(examples: Iterable[Example]) -> Counter[int]:
    """How many examples have a plan of so many calls."""
    return Counter(example.plan.count("\n") for example in examples)


def by_tool(examples: Iterable[Example]) -> Counter[str]:
    """How often each tool is called."""
    calls = (line for example in examples for line in example.plan.split("\n")[:-1])
    return Counter(line.partition(". ")[2].partition("(")[0] for line in calls)


def _by_words(examples: Iterable[Example]) -> Mapping[str, int]:
    counts = Counter(_bin(len(words_of(example.request))) for example in examples)
    return {name: counts[name] for name in (*map(_up_to, LENGTHS), "more") if counts[name]}


def _bin(words: int) -> str:
    return next((_up_to(limit) for limit in LENGTHS if words <= limit), "more")


def _up_to(limit: int) -> str:
    return f"up to {limit}"


def _by_voice(examples: Iterable[Example]) -> Counter[str]:
    return Counter(place.partition(":")[0] for example in examples for place in example.origin)


def _built_in_first(counts: Counter[str]) -> Mapping[str, int]:
    """The fifty that are called most; the others, which hardly anybody knows, as one."""
    most = dict(counts.most_common(50))
    others = len(counts) - len(most)
    return {**most, f"{others} others": counts.total() - sum(most.values())} if others else most


def _table(title: str, of: str, counts: Mapping[str, int] | Mapping[int, int]) -> str:
    rows = "\n".join(f"| {name} | {count:,} |" for name, count in counts.items())
    return f"## {title}\n\n| {of} | number |\n|---|---:|\n{rows}\n"


def _listed(seeds: Sequence[Dropped]) -> str:
    if not seeds:
        return ""
    lines = [f"- {seed.place}: {seed.request}" for seed in seeds[:LISTED]]
    more = [f"- and {len(seeds) - LISTED} more, see dropped.jsonl"] if len(seeds) > LISTED else []
    return "\n".join(["Seeds that an evaluation set knows:\n", *lines, *more, ""])


def _examples(examples: Sequence[Example]) -> str:
    chosen = random.Random(len(examples)).sample(examples, min(SHOWN, len(examples)))
    shown = (f"> {_quoted(example.request)}\n\n{_indented(example.plan)}\n" for example in chosen)
    return "\n".join(["## Examples\n", *shown])


def _quoted(text: str) -> str:
    return text.replace("_", "\\_").replace("*", "\\*")


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.split("\n"))
