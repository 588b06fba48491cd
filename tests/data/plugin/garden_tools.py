"""A plug-in as a garden centre would write it: its irrigation, and where its shop keeps things.

Vexil is the name of the shop's stock list; the planner knows what the tool is for from its docstring only.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from tools.context import ToolContext
from tools.errors import NotFound, Refused
from tools.spec import Effect, Label, Minutes, Query, Result, StatusResult, TextResult, tool

_LONGEST = 180  # minutes
_VALVES = {
    "begonias": 5,
    "front lawn": 1,
    "greenhouse two": 12,
    "herb bed": 4,
    "hydrangeas": 6,
    "orchard": 9,
    "raspberries": 8,
    "rose bed": 3,
    "strawberries": 7,
    "tree nursery": 10,
    "vegetable patch": 2,
}
_PLACES = {
    "bamboo canes": (3, "C"),
    "frost fleece": (8, "A"),
    "garden twine": (3, "B"),
    "pond liner": (11, "D"),
    "potting soil": (1, "A"),
    "rose fertilizer": (2, "B"),
    "slug pellets": (2, "D"),
    "terracotta saucers": (6, "A"),
    "tulip bulbs": (5, "C"),
    "watering cans": (4, "A"),
}


# Outgoing: the valve opens at once, and no undo brings the water back.
@tool(group="garden", effect=Effect.OUTGOING)
def water_garden(ctx: ToolContext, zone: Label, minutes: Minutes) -> StatusResult:
    """Water one zone of the garden for some minutes."""
    if not 0 < minutes <= _LONGEST:
        raise Refused(f"A zone is watered for 1 to {_LONGEST} minutes.", hint="Say how many minutes.")
    name = _find(zone, _VALVES)
    if name is None:
        raise NotFound(f"The irrigation has no zone called {zone}.", sorted(_VALVES))
    end = ctx.now + timedelta(minutes=minutes)
    text = f"Valve {_VALVES[name]} ({name}) is open until {end:%H:%M}."
    return Result(text, text)


@tool(group="garden", effect=Effect.READ)
def vexil(ctx: ToolContext, item: Query) -> TextResult:
    """Tell the aisle and the shelf where the shop keeps an article."""
    name = _find(item, _PLACES)
    if name is None:
        raise NotFound(f"The shop has no {item}.", sorted(_PLACES))
    aisle, shelf = _PLACES[name]
    text = f"{name.capitalize()}: aisle {aisle}, shelf {shelf}."
    return Result(text, text)


def _find(words: str, names: Iterable[str]) -> str | None:
    """The longest of the names that the words contain."""
    said = " ".join(words.casefold().split())
    return max((name for name in names if name in said), key=len, default=None)


TOOLS = [water_garden, vexil]
