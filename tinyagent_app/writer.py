"""The loaded model as the writer that tools use for summaries: blocking calls from worker threads."""

from __future__ import annotations

import asyncio
import concurrent.futures

from planner.errors import ModelUnavailable
from planner.runtime.base import LanguageModel, Turn
from tools.errors import Unavailable


class ModelWriter:
    """See `tools.context.Writer`. The model works in the event loop; tools call from their threads."""

    def __init__(self, model: LanguageModel, loop: asyncio.AbstractEventLoop) -> None:
        self._model, self._loop = model, loop

    def complete(self, instruction: str, text: str, *, max_tokens: int) -> str:
        """The model's answer; waits while the model is busy with a plan."""
        turns = (Turn("system", instruction), Turn("user", text))
        future = asyncio.run_coroutine_threadsafe(self._model.chat(turns, max_tokens), self._loop)
        try:
            return future.result()
        except ModelUnavailable as error:
            raise Unavailable(str(error), error.hint) from error
        except concurrent.futures.CancelledError as error:
            raise Unavailable("The program is ending.") from error
