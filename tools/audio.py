"""The tool for recordings. This version declares it only, so that plans can name it and fail clearly."""

from __future__ import annotations

from tools.context import ToolContext
from tools.errors import Unavailable
from tools.spec import Effect, FilePath, TextResult, tool


@tool(group="audio", effect=Effect.READ)
def transcribe_audio(ctx: ToolContext, audio_path: FilePath) -> TextResult:
    """Write down what is said in a recording."""
    raise Unavailable(
        "This version of TinyAgent can't write down recordings yet.",
        hint="A later version will, with the extra: pip install 'tinyagent-app[voice]'",
    )
