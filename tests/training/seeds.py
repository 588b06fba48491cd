"""What the tests of the training data share: the seeds of the repository, and the rules an example must meet."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from functools import cache
from pathlib import Path

from planner.prompt import tool_line
from planner.request import Request
from tools.spec import ToolSpec
from training.data.build import Example
from training.data.make import SEEDS, all_seeds
from training.data.seeds import Seed, _parsed, specs
from training.data.slots import Pool


@cache
def repository_seeds() -> tuple[Seed, ...]:
    return tuple(all_seeds())


@cache
def pool() -> Pool:
    return Pool(repository_seeds())


def seed(request: str, *lines: str, tags: tuple[str, ...] = (), place: str = "made up:1") -> Seed:
    """A made-up seed; its lines without their numbers."""
    return Seed(request, tuple(f"{i}. {line}" for i, line in enumerate(lines, 1)), tags, place)


def example(request: str, plan: str = "1. join()", recipe: str = "slots", name: str = "e1") -> Example:
    """A made-up example."""
    return Example(name, recipe, ("made up:1",), (), "", request, plan)


def passes_the_grammar(made: Example) -> None:
    """PlanSyntaxError unless the grammar of the tools that the example shows allows its plan."""
    lines = tuple(made.plan.split("\n")[:-1])
    tools = shown_tools(made)
    as_seed = Seed(made.request, lines, (), made.id, tuple(tools))
    _parsed(_Only(as_seed), Request.read(made.request))


class _Only(Seed):
    """A seed whose plan may call its own tools alone."""

    def __init__(self, whole: Seed) -> None:
        super().__init__(whole.request, whole.lines, whole.tags, whole.place, whole.custom)

    @property
    def tools(self) -> dict[str, ToolSpec]:
        return {tool.name: tool for tool in self.custom}


def shown_tools(made: Example) -> list[ToolSpec]:
    """The tools behind the lines that the model reads. Each line must be the line of one."""
    known = {tool_line(tool): tool for tool in (*specs().values(), *_renamed())}
    by_place = {s.place: s for s in repository_seeds()}
    own = (tool for place in made.origin if place in by_place for tool in by_place[place].custom)
    known |= {tool_line(tool): tool for tool in own}
    return [known[line] for line in made.tools]


@cache
def _renamed() -> tuple[ToolSpec, ...]:
    names = tomllib.loads((Path(SEEDS).parent / "renames.toml").read_text(encoding="utf-8"))
    return tuple(
        replace(specs()[old], name=new, doc=doc, source="plug-in")
        for old, others in names.items()
        for new, doc in others
    )
