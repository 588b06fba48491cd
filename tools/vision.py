"""Tools for pictures. This version declares them only, so that plans can name them and fail clearly."""

from __future__ import annotations

from tools.context import ToolContext
from tools.errors import Unavailable
from tools.spec import Effect, FilePath, TextResult, tool


@tool(group="vision", effect=Effect.READ)
def classify_image(ctx: ToolContext, image_path: FilePath) -> TextResult:
    """Tell what is in a picture."""
    raise _not_in_this_version("tell what is in a picture")


@tool(group="vision", effect=Effect.READ)
def count_people(ctx: ToolContext, image_path: FilePath) -> TextResult:
    """Count the people in a picture."""
    raise _not_in_this_version("count the people in a picture")


def _not_in_this_version(ability: str) -> Unavailable:
    return Unavailable(
        f"This version of TinyAgent can't {ability} yet.",
        hint="A later version will, with the extra: pip install 'tinyagent-app[vision]'",
    )
