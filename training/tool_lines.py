"""Tools as lines of text, for requests that bring their own: `NAME(PARAMETER: KIND, …) -> KIND: DOC`.

A `?` after a kind: the argument may be left empty; `list` before it: it holds several. Such tools are planned
with, never run.
"""

from __future__ import annotations

import re

from tools.spec import Effect, Kind, Parameter, ToolSpec

DEFINITION = re.compile(r"(?P<name>\w+)\((?P<parameters>[^)]*)\) -> (?P<result>[\w ]+): (?P<doc>.+)")


def read_tool(line: str) -> ToolSpec:
    """The tool of a line, as a plug-in would bring it. ValueError."""
    match = DEFINITION.fullmatch(line)
    if match is None:
        raise ValueError(f"not a tool: {line!r}")
    parameters = tuple(_parameter(part) for part in match["parameters"].split(",") if part.strip())
    result = Kind(match["result"].strip())
    return ToolSpec(match["name"], "custom", parameters, result, Effect.READ, match["doc"], print, "plug-in")


def tool_text(tool: ToolSpec) -> str:
    """The line of a tool; `read_tool` reads it."""
    parts = [
        f"{p.name}: {'list ' if p.many else ''}{p.kind}{'?' if p.optional else ''}" for p in tool.parameters
    ]
    return f"{tool.name}({', '.join(parts)}) -> {tool.result}: {tool.doc}"


def _parameter(text: str) -> Parameter:
    name, _, kind = (part.strip() for part in text.partition(":"))
    optional, many = kind.endswith("?"), kind.startswith("list ")
    unit = "minutes" if "duration" in kind else ""
    return Parameter(
        name, Kind(kind.removesuffix("?").removeprefix("list ")), many, unit=unit, optional=optional
    )
