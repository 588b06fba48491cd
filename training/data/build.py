"""Examples for training, made from seeds by recipes: deterministic from the seeds and one number.

An example is what the model reads (the tools in play and the request) and what it must write (the plan).
Recipes change who and when, how it is typed, what else is asked, which tools are in play and what they
are called. Every example is checked like a seed; what does not pass is dropped, never mended.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from planner.errors import PlanSyntaxError, RequestRejected
from planner.plan import Step
from planner.prompt import tool_line
from planner.request import Request
from planner.validate import check_step
from tools.spec import SPAN_KINDS, Effect, ToolSpec
from training.data.in_play import InPlay, keep_lines, remaining, renamed, without_tool
from training.data.seeds import QUESTION, Seed, canonical
from training.data.slots import Pool, parsed, quoted_names, with_other_slots
from training.data.variants import dressed, joined, lowered, mistyped, said, unpunctuated

MOST_LINES = 8  # of a joined plan
MOST_TRIES = 20  # for each example: a few seeds can't make as many examples as are asked for
Variant = Callable[[Seed, random.Random], Seed | None]
NOISES: tuple[tuple[Variant, float], ...] = (
    (said, 0.25),  # of the few that hold an address or a number
    (unpunctuated, 0.15),
    (lowered, 0.15),
    (dressed, 0.15),
    (mistyped, 0.12),
)


@dataclass(frozen=True, slots=True)
class Example:
    """One training example. `origin`: the places of its seeds, for decontamination and splits."""

    id: str
    recipe: str
    origin: tuple[str, ...]
    tools: tuple[str, ...]  # lines as the model reads them
    avoid: str
    request: str
    plan: str
    names: tuple[str, ...] = ()  # of people, places and files in it; not written

    def json(self) -> str:
        """As a line of a file."""
        return json.dumps({k: v for k, v in asdict(self).items() if k != "names"}, ensure_ascii=False)


class Builder:
    """Makes examples from seeds. The same seeds and number make the same examples."""

    def __init__(self, seeds: Sequence[Seed], number: int) -> None:
        self._seeds = list(seeds)
        self._choose = random.Random(number)
        self._pool = Pool(seeds)
        self._in_play = InPlay()
        built_in = [seed for seed in self._seeds if not seed.custom]
        self._short = [seed for seed in built_in if 1 <= len(seed.lines) <= 3]
        self._with_plan = [seed for seed in built_in if seed.lines]

    def examples(self, count: int) -> Iterator[Example]:
        """At most `count` examples: first seeds as they are, all if there is room, then what recipes make.

        No two plain ones have the same request.
        """
        seen: set[str] = set()
        made = tries = 0
        whole = count >= 2 * len(self._seeds)
        for seed in self._seeds if whole else self._choose.sample(self._seeds, count // 2):
            if example := self._example(seed, "seed", made, seen):
                made += 1
                yield example
        while made < count and tries < count * MOST_TRIES:
            tries += 1
            recipe = self._choose.choices(
                ("slots", "joined", "noise", "renamed", "missing", "avoid"), (42, 28, 14, 10, 3, 3)
            )[0]
            drawn = self._draw(recipe)
            if drawn and (example := self._example(drawn, recipe, made, seen)):
                made += 1
                yield example

    def _draw(self, recipe: str) -> Seed | None:
        """A changed seed for the recipe, before tools come into play."""
        choose = self._choose
        if recipe == "joined":
            return self._joined()
        seeds = self._with_plan if recipe in {"renamed", "missing", "avoid"} else self._seeds
        seed = choose.choice(seeds)
        return self._noisy(self._varied(seed, 0.0 if recipe == "noise" else 0.7))

    def _joined(self) -> Seed | None:
        """Several in one. What code asks back about may only come first: after "Ana", "her" means her."""
        count = min(self._choose.choice((2, 2, 2, 3, 3)), len(self._short))
        parts = [self._varied(seed, 0.6) for seed in self._choose.sample(self._short, count)]
        if len(parts) < 2 or any(QUESTION in part.tags for part in parts[1:]):
            return None
        whole = joined(parts, self._choose)
        calls = {line.partition(". ")[2] for line in whole.lines}
        if len(calls) < len(whole.lines) or len(whole.lines) > MOST_LINES:
            return None  # nobody asks for the same twice
        return self._noisy(whole)

    def _varied(self, seed: Seed, share: float) -> Seed:
        return with_other_slots(seed, self._pool, self._choose, share) or seed

    def _noisy(self, seed: Seed) -> Seed:
        for variant, chance in NOISES:
            if self._choose.random() < chance:
                seed = variant(seed, self._choose) or seed
        return seed

    def _example(self, seed: Seed, recipe: str, number: int, seen: set[str]) -> Example | None:
        if seed.request.casefold() in seen and recipe not in {"missing", "avoid", "renamed"}:
            return None
        if not _holds(seed):
            return None
        seen.add(seed.request.casefold())
        origin, avoid = tuple(seed.place.split("+")), ""
        names = quoted_names(seed)
        tools: Sequence[ToolSpec] = self._in_play.around(seed, self._choose)
        match recipe:
            case "renamed":
                seed, tools = renamed(seed, tools, self._choose)
            case "missing":
                seed, tools = without_tool(seed, tools, self._choose)
            case "avoid":
                seed, avoid = _avoiding(seed, self._choose)
                if not avoid:
                    return None
        lines = tuple(tool_line(tool) for tool in tools)
        return Example(f"e{number:06d}", recipe, origin, lines, avoid, seed.request, seed.text, names)


def _holds(seed: Seed) -> bool:
    """Whether the plan is still right in form: every quoted word stands in the request."""
    try:
        request = Request.read(seed.request)
        steps = parsed(seed)
        for step in steps:
            check_step(step, seed.tools, {s.id: seed.tools[s.tool] for s in steps[: step.id - 1]}, request)
    except (PlanSyntaxError, RequestRejected, ValueError, KeyError):
        return False
    lines = tuple(canonical(step, seed.tools[step.tool]) for step in steps)
    return lines == seed.lines and all(_copied(step, seed) for step in steps)


def _copied(step: Step, seed: Seed) -> bool:
    """Quoted words in exactly the request's case, as the grammar will demand."""
    for parameter in seed.tools[step.tool].parameters:
        value = step.args[parameter.name]
        values = value if isinstance(value, tuple) else (value,)
        if parameter.kind in SPAN_KINDS and any(isinstance(v, str) and v not in seed.request for v in values):
            return False
    return True


def _avoiding(seed: Seed, choose: random.Random) -> tuple[Seed, str]:
    """The second plan after a look-up found nothing: the rest is done without it. "" if nothing is read."""
    steps = parsed(seed)
    lookups = [step for step in steps if seed.tools[step.tool].effect is Effect.READ]
    if not lookups:
        return seed, ""
    failed = choose.choice(lookups)
    return replace(seed, lines=keep_lines(remaining(steps, {failed.id}), seed)), seed.lines[failed.id - 1]


def write_examples(seeds: Sequence[Seed], path: Path, count: int, number: int) -> int:
    """Write examples as JSONL; how many."""
    with path.open("w", encoding="utf-8") as file:
        return sum(bool(file.write(e.json() + "\n")) for e in Builder(seeds, number).examples(count))
