"""Hand-written requests with their plans: the format, and a validator that checks each against the rules.

A file holds blocks between blank lines: the request on one line, then its plan, as in the worked
examples of the planner's prompt. A line `# question` before the request says that code must ask
back (a day that can't be, "him", a file that is not named).

    text Imani that I found her scarf
    1. get_phone_number("Imani")
    2. send_sms(["$1"], "I found your scarf")
    3. join()

A request may bring tools of its own, as a plug-in would: above it lines
`@ ` and a tool as `training.tool_lines` reads it.

`python -m training.data.seeds FILE…` prints what is wrong. A plan must be one that the grammar allows
for its request (so names, dates and places are the request's own words), follow the rules of the
planning cases, be written in the one canonical way, and its dates must mean something.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

import llguidance

from planner.errors import PlanSyntaxError, RequestRejected
from planner.grammar import LineGrammar
from planner.parser import parse_line
from planner.plan import Step
from planner.request import Request
from planner.resolve import Unresolved, resolve_step
from planner.validate import check_step
from tools.registry import builtin_tools
from tools.spec import Effect, Kind, ToolSpec
from training.tool_lines import read_tool

NOW = datetime(2026, 3, 12, 9, 30)  # a Thursday; the clock against which the dates of seeds are tried
QUESTION = "question"


@dataclass(frozen=True, slots=True)
class Seed:
    """A request, its plan lines without join(), and where it stands."""

    request: str
    lines: tuple[str, ...]
    tags: tuple[str, ...]
    place: str
    custom: tuple[ToolSpec, ...] = ()  # tools of its own, besides the built-in ones

    @property
    def tools(self) -> dict[str, ToolSpec]:
        """The tools that its plan may call, by name."""
        return specs() | {tool.name: tool for tool in self.custom} if self.custom else specs()

    @property
    def text(self) -> str:
        """The plan as the model writes it."""
        return "\n".join([*self.lines, f"{len(self.lines) + 1}. join()"])


@cache
def specs() -> dict[str, ToolSpec]:
    """The built-in tools by name."""
    return {tool.name: tool for tool in builtin_tools()}


def read_seeds(path: Path) -> list[Seed]:
    """The seeds of a file, unchecked. ValueError names a block that is none."""
    seeds, number = [], 1
    for block in path.read_text(encoding="utf-8").split("\n\n"):
        if lines := [line.strip() for line in block.split("\n") if line.strip()]:
            start = number + (len(block) - len(block.lstrip("\n")))
            seeds.append(_seed(lines, f"{path.name}:{start}"))
        number += block.count("\n") + 2
    return seeds


def _seed(lines: Sequence[str], place: str) -> Seed:
    tags = tuple(line[1:].strip() for line in lines if line.startswith("#"))
    custom = tuple(read_tool(line[2:]) for line in lines if line.startswith("@ "))
    request, *plan = [line for line in lines if not line.startswith(("#", "@ "))]
    if not plan or plan[-1] != f"{len(plan)}. join()":
        raise ValueError(f"{place}: the plan of {request[:50]!r} does not end in '{len(plan)}. join()'")
    return Seed(request, tuple(plan[:-1]), tags, place, custom)


def problems(seed: Seed) -> Iterator[str]:
    """What is wrong with a seed, each a sentence."""
    try:
        request = Request.read(seed.request)
        steps = _parsed(seed, request)
    except (PlanSyntaxError, RequestRejected) as error:
        yield str(error)
        return
    if request.text != seed.request:
        yield "the request has doubled blanks or unusual characters"
    yield from _not_canonical(seed, steps)
    yield from _unused(seed, steps)
    yield from _needless(steps)
    yield from _dates(seed, request, steps)


def _parsed(seed: Seed, request: Request) -> list[Step]:
    """The steps; PlanSyntaxError if the grammar does not allow them for this request."""
    steps: list[Step] = []
    for line in seed.lines:
        results = [seed.tools[step.tool].result for step in steps]
        grammar = LineGrammar(tuple(seed.tools.values()), steps, results, request).text()
        step = parse_line(line, len(steps) + 1, seed.tools, request.literal_dollars)
        if step is None:
            raise PlanSyntaxError("join() stands before the end")
        check_step(step, seed.tools, {s.id: seed.tools[s.tool] for s in steps}, request)
        _check_grammar(line, grammar)
        steps.append(step)
    return steps


@cache
def _tokenizer() -> llguidance.LLTokenizer:
    return llguidance.LLTokenizer("byte")


def _check_grammar(line: str, grammar: str) -> None:
    matcher = llguidance.LLMatcher(_tokenizer(), grammar)
    data = f"{line}\n".encode()
    read = matcher.validate_tokens(list(data))
    if read < len(data):
        shown = data[: max(read, 0)].decode(errors="ignore")
        raise PlanSyntaxError(f"the grammar stops {line!r} after {shown!r}: is it copied word for word?")


def _not_canonical(seed: Seed, steps: Sequence[Step]) -> Iterator[str]:
    for line, step in zip(seed.lines, steps, strict=True):
        if (short := canonical(step, seed.tools[step.tool])) != line:
            yield f"write {short} instead of {line}"


def canonical(step: Step, tool: ToolSpec) -> str:
    """A plan line in the one way that training data writes it: what is empty at the end is left out."""
    shortened = dict(step.args)
    for parameter in reversed(tool.parameters):
        if not parameter.optional or shortened[parameter.name] not in {"", (), False, parameter.default}:
            break
        del shortened[parameter.name]
    return Step(step.id, step.tool, shortened).text()


def _unused(seed: Seed, steps: Sequence[Step]) -> Iterator[str]:
    """A looked-up address, number or path is passed on, unless the look-up is all that was asked."""
    used = {number for step in steps for number in step.depends_on}
    for step in steps:
        if step.id not in used and seed.tools[step.tool].result is Kind.EMAIL and len(steps) > 1:
            mails = [s for s in steps if seed.tools[s.tool].effect is not Effect.READ]
            if mails:
                yield f"the result of step {step.id} is not used"


def _needless(steps: Sequence[Step]) -> Iterator[str]:
    names = Counter(step.tool for step in steps)
    appended = {step.args["name"] for step in steps if step.tool == "append_note_content"}
    for step in steps:
        if step.tool == "open_note" and step.args["name"] in appended:
            yield "no open_note before append_note_content"
    if names["maps_open_location"] and names["maps_show_directions"]:
        ends = {s.args["end_location"] for s in steps if s.tool == "maps_show_directions"}
        if any(s.args["location"] in ends for s in steps if s.tool == "maps_open_location"):
            yield "no maps_open_location before maps_show_directions"
    lines = Counter((step.tool, str(step.args)) for step in steps)
    yield from (
        f"{tool} stands there twice with the same arguments" for (tool, _), n in lines.items() if n > 1
    )


def _dates(seed: Seed, request: Request, steps: Sequence[Step]) -> Iterator[str]:
    """Dates and durations must mean something, unless the seed is about one that does not."""
    resolved: list[Step] = []
    for step in steps:
        try:
            resolved.append(
                resolve_step(
                    step, seed.tools[step.tool], request=request.text, now=NOW, earlier=tuple(resolved)
                )
            )
        except Unresolved as unclear:
            resolved.append(step)
            if QUESTION not in seed.tags:
                yield f"step {step.id}, {unclear.argument}: {unclear.text}"


def main(arguments: Sequence[str]) -> int:
    """Print the problems of files; 1 if there are any."""
    count, found, tools = 0, 0, Counter[str]()
    for name in arguments:
        try:
            seeds = read_seeds(Path(name))
        except ValueError as error:
            print(error)
            found += 1
            continue
        for seed in seeds:
            count += 1
            tools.update(line.partition(". ")[2].partition("(")[0] for line in seed.lines)
            for problem in problems(seed):
                found += 1
                print(f"{seed.place}: {seed.request[:60]}\n    {problem}")
    print(f"{count} seeds, {found} problems; " + ", ".join(f"{tool} {n}" for tool, n in tools.most_common()))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
