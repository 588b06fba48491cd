"""`tinyagent tools`: what plans can call."""

from __future__ import annotations

from itertools import groupby
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from tinyagent_app.cli import options
from tinyagent_app.cli.output import print_json
from tools.errors import NotFound
from tools.registry import all_tools
from tools.spec import Parameter, ToolSpec

Name = Annotated[str, typer.Argument(metavar="[TOOL]", help="Name of a tool.")]


def tools(name: Name = "", as_json: options.Json = False) -> None:
    """List the tools that plans can call; with a name, all about one.

    Examples:

      tinyagent tools

      tinyagent tools send_sms
    """
    found = all_tools()
    chosen = [tool for tool in found.tools if tool.name == name] if name else list(found.tools)
    if not chosen:
        raise NotFound(f"There is no tool called {name!r}.", _nearest(name, found.tools))
    if as_json:
        print_json([_data(tool) for tool in chosen])
        return
    console = Console(highlight=False)
    if name:
        _print_one(console, chosen[0])
    else:
        _print_all(console, chosen)
    for problem in found.problems:
        console.print(Text(f"{problem.source}: {problem.message}", style="yellow"))


def _nearest(name: str, tools: tuple[ToolSpec, ...]) -> list[str]:
    from rapidfuzz import process  # noqa: PLC0415 (only for this error)

    return [match for match, _, _ in process.extract(name, [tool.name for tool in tools], limit=3)]


def _print_all(console: Console, tools: list[ToolSpec]) -> None:
    for group, members in groupby(tools, key=lambda tool: tool.group):
        console.print(Text(group, style="bold"))
        for tool in members:
            effect = Text(f"  {tool.effect}", style="dim")
            console.print(Text(f"  {tool.name}: {tool.doc}").append_text(effect))


def _print_one(console: Console, tool: ToolSpec) -> None:
    console.print(Text(tool.signature, style="bold"))
    console.print(Text(tool.doc))
    console.print(Text(f"effect: {tool.effect}; result: {tool.result}; from: {tool.source}", style="dim"))
    for parameter in tool.parameters:
        console.print(Text(f"  {parameter.name}: {_describe(parameter)}"))


def _describe(parameter: Parameter) -> str:
    words = [f"list of {parameter.kind}" if parameter.many else str(parameter.kind)]
    if parameter.choices:
        words.append("one of " + ", ".join(repr(choice) for choice in parameter.choices))
    if parameter.unit:
        words.append(f"in {parameter.unit}")
    if parameter.optional:
        words.append("may be left out")
    return ", ".join(words)


def _data(tool: ToolSpec) -> dict[str, object]:
    return {
        "name": tool.name,
        "group": tool.group,
        "signature": tool.signature,
        "description": tool.doc,
        "effect": tool.effect,
        "result": tool.result,
        "source": tool.source,
        "parameters": [
            {
                "name": p.name,
                "kind": p.kind,
                "list": p.many,
                "choices": list(p.choices),
                "optional": p.optional,
            }
            for p in tool.parameters
        ],
    }
