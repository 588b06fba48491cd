"""Tools for maps: links to OpenStreetMap's website.

Nothing is sent by these tools: they make a link and show it on the desktop. The parameters
(`query`; `engine`, `from`, `to`) are the ones that the website's own pages read.
"""

from __future__ import annotations

from typing import Annotated
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from tools.context import ToolContext
from tools.errors import Refused, ToolError
from tools.spec import Arg, Effect, Kind, LinkResult, Place, Result, tool

StartPlace = Annotated[str, Arg(Kind.PLACE, optional=True)]  # "" is where the user is
Transport = Annotated[str, Arg(Kind.CHOICE, choices=("d", "w", "r", "b"))]

_ENGINES = {
    "d": "fossgis_osrm_car",
    "w": "fossgis_osrm_foot",
    "b": "fossgis_osrm_bike",
    "r": "fossgis_osrm_foot",
}
_WORDS = {"d": "by car", "w": "on foot", "b": "by bicycle", "r": "on foot"}
_TIMETABLES = (
    "https://transitous.org"  # free timetables; takes coordinates only, so places can't be passed on
)


@tool(group="maps", effect=Effect.READ)
def maps_open_location(ctx: ToolContext, location: Place) -> LinkResult:
    """Show a place on the map and get its link."""
    place = _place(location)
    if not place:
        raise ToolError("No place was named.", hint="Say which place to show.")
    url = _url(ctx, "search", query=place)
    return Result(url, f"{_shown(ctx, url)} {place}: {url}")


@tool(group="maps", effect=Effect.READ)
def maps_show_directions(
    ctx: ToolContext, start_location: StartPlace, end_location: Place, transport: Transport = "d"
) -> LinkResult:
    """Show the way from one place to another and get its link.

    `transport`: d drive, w walk, r public transport, b bicycle. OpenStreetMap routes no public
    transport: for "r" the link shows both places and the way on foot, and the text says so.
    """
    start, end = _place(start_location), _place(end_location)
    if not end:
        raise ToolError("No destination was named.", hint="Say where to go.")
    if transport not in _ENGINES:
        raise ToolError(f"{transport!r} is no means of transport.", hint="Use d, w, r or b.")
    ends = {"from": start, "to": end} if start else {"to": end}
    url = _url(ctx, "directions", engine=_ENGINES[transport], **ends)
    way = f"the way from {start} to {end}" if start else f"the way to {end}"
    text = f"{_shown(ctx, url)} {way} {_WORDS[transport]}: {url}"
    if not start:
        text += " (enter where you start on the map)"
    if transport == "r":
        text += f"\nThe map has no trains and buses; for connections see {_TIMETABLES}"
    return Result(url, text)


def _place(text: str) -> str:
    """The name of a place; of a link to this map's search, the place searched for."""
    if not text.lower().startswith(("http://", "https://")):
        return " ".join(text.split())
    query = parse_qs(urlsplit(text).query).get("query", [""])[0]
    if not query:
        raise Refused(f"{text} is a link, not a place.", hint="Give the place's name or address.")
    return query


def _url(ctx: ToolContext, page: str, **parameters: str) -> str:
    encoded = urlencode(parameters, quote_via=quote, errors="replace")
    return f"{ctx.services.map_url.rstrip('/')}/{page}?{encoded}"


def _shown(ctx: ToolContext, url: str) -> str:
    return "Showing" if ctx.launcher is not None and ctx.launcher.open(url) else "Link for"
