"""The planner's prompt: instructions, tools, worked examples, then the request.

Everything before the request is the same every time, so its evaluated state is kept on disk and a
request costs only its own words. That is why *all* tools are described here and the retrieved few
restrict only the grammar; and why no date is named: dates stay the user's words in a plan.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import resources

from planner.request import Request
from planner.runtime.base import Prompt, Turn
from tools.spec import BUILT_IN, Kind, ToolSpec


@dataclass(frozen=True, slots=True)
class Example:
    """A request and its plan text, ending in join()."""

    request: str
    plan: str


@dataclass(frozen=True)
class PromptBuilder:
    """Builds prompts for one set of tools, with examples or, for a tuned model, without."""

    tools: Sequence[ToolSpec]
    tuned: bool = False

    def build(self, request: Request, in_play: Sequence[ToolSpec], avoid: str = "") -> Prompt:
        """The prompt of a request; what the model writes next is the plan.

        `avoid`: calls that found nothing in a first plan, one a line.
        """
        if self.tuned:
            turns = tuned_turns([tool_line(tool) for tool in in_play], request.text, avoid)
            return Prompt((), turns)
        told = f"\n\nThese calls found nothing, do not repeat them:\n{avoid}" if avoid else ""
        return Prompt(self._static, (Turn("user", request.text + told),))

    @cached_property
    def _static(self) -> tuple[Turn, ...]:
        turns = [Turn("system", f"{_text('instructions.txt')}\nTools\n{describe(self.tools)}")]
        known = {tool.name for tool in self.tools}
        for example in examples():
            if all(_tool(line) in known | {"join"} for line in example.plan.splitlines()):
                turns += [Turn("user", example.request), Turn("assistant", example.plan)]
        return tuple(turns)


def describe(tools: Sequence[ToolSpec]) -> str:
    """The tools as the model reads them: signature and first docstring line, one tool a line."""
    return "".join(f"- {tool.signature}: {_doc(tool)}\n" for tool in tools)


def tool_line(tool: ToolSpec) -> str:
    """A tool as a tuned model reads it: it knows the built-in ones by name, others by their description."""
    return tool.signature if tool.source == BUILT_IN else f"{tool.signature}: {_doc(tool)}"


def tuned_turns(tools: Sequence[str], request: str, avoid: str = "") -> tuple[Turn, ...]:
    """The prompt of a tuned model: the tools in play, then the request. Its training uses the same."""
    told = f"\nFound nothing:\n{avoid}" if avoid else ""
    return Turn("system", "\n".join(tools) + told), Turn("user", request)


def examples() -> tuple[Example, ...]:
    """The worked examples, in order."""
    blocks = _text("examples.txt").strip().split("\n\n")
    return tuple(Example(*block.strip().split("\n", 1)) for block in blocks)


def _doc(tool: ToolSpec) -> str:
    choices = [
        f"{p.name}: {', '.join(filter(None, p.choices))}" for p in tool.parameters if p.kind is Kind.CHOICE
    ]
    return " ".join([tool.doc, *(f"({choice})" for choice in choices)])


def _tool(line: str) -> str:
    return line.partition(". ")[2].partition("(")[0]


def _text(name: str) -> str:
    return (resources.files("planner") / "prompts" / name).read_text(encoding="utf-8")
