"""Curation: what of the built examples is kept, and why the rest is not.

In this order: what an evaluation set knows, what is contradicted, what scores badly, what is near an example
that was kept before or near the development split. Nothing is mended; each dropped example has one reason.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from training.data.build import Example
from training.data.leaks import Evaluation
from training.data.near import NearDuplicates
from training.data.quality import LEAST, score
from training.data.seeds import Seed
from training.data.slots import quoted_names
from training.data.tokens import normalised

LEAKED = "shared with an evaluation set"
CONTRADICTED = "the same request with another plan"
POOR = "low quality"
NEAR = "near another example"
NEAR_DEVELOPMENT = "near the development split"
PLAIN = frozenset({"seed", "slots", "joined", "noise"})


@dataclass(frozen=True, slots=True)
class Dropped:
    """A request that is not used, and why. `place`: of a seed, or the places of an example's seeds."""

    reason: str
    recipe: str
    place: str
    request: str


@dataclass
class Curated:
    """What was kept and what was dropped."""

    kept: list[Example] = field(default_factory=list)
    dropped: list[Dropped] = field(default_factory=list)

    @property
    def reasons(self) -> Counter[str]:
        """How many were dropped for which reason."""
        return Counter(item.reason for item in self.dropped)


def unknown_to(evaluation: Evaluation, seeds: Iterable[Seed]) -> tuple[list[Seed], list[Dropped]]:
    """The seeds that no evaluation set knows, and those that one does."""
    kept, dropped = [], []
    for seed in seeds:
        if evaluation.knows(seed.request, quoted_names(seed)):
            dropped.append(Dropped(LEAKED, "of the seeds", seed.place, seed.request))
        else:
            kept.append(seed)
    return kept, dropped


def curate(
    examples: Sequence[Example], evaluation: Evaluation, development: Sequence[Example] = ()
) -> Curated:
    """The examples worth training on, in their order."""
    result = Curated()
    contradicted = contradictions(examples)
    apart = NearDuplicates()
    for example in development:
        apart.add(example.request)
    seen: defaultdict[str, NearDuplicates] = defaultdict(NearDuplicates)
    for example in examples:
        before = seen[_group(example)]
        if reason := _reason(example, evaluation, contradicted, apart, before):
            place = "+".join(example.origin)
            result.dropped.append(Dropped(reason, example.recipe, place, example.request))
        else:
            before.add(example.request)
            result.kept.append(example)
    return result


def _reason(
    example: Example,
    evaluation: Evaluation,
    contradicted: frozenset[str],
    development: NearDuplicates,
    before: NearDuplicates,
) -> str:
    """Why an example is dropped; "" if it is kept."""
    if evaluation.knows(example.request, example.names):
        return LEAKED
    if example.id in contradicted:
        return CONTRADICTED
    if score(example) < LEAST:
        return POOR
    if development.knows(example.request):
        return NEAR_DEVELOPMENT
    return NEAR if before.knows(example.request) else ""


def contradictions(examples: Iterable[Example]) -> frozenset[str]:
    """The ids of examples whose request has, with the same tools and the same past, two different plans."""
    plans: defaultdict[tuple[str, ...], dict[str, list[str]]] = defaultdict(dict)
    for example in examples:
        context = (_group(example), example.avoid, *(() if example.recipe in PLAIN else example.tools))
        by_plan = plans[*context, normalised(example.request)]
        by_plan.setdefault(normalised(example.plan), []).append(example.id)
    several = (by_plan for by_plan in plans.values() if len(by_plan) > 1)
    return frozenset(name for by_plan in several for names in by_plan.values() for name in names)


def _group(example: Example) -> str:
    """Examples with the same request are alike only if they also teach the same."""
    return "plain" if example.recipe in PLAIN else example.recipe
