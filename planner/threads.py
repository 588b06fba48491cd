"""Daemon threads for blocking tools.

Not a ThreadPoolExecutor, for two reasons. A tool that hangs would keep a place of a pool's few, and
the interpreter waits for a pool's threads at exit: one hanging tool would keep the program from
ending. Here an idle thread is used again, a new one starts when none is idle, and none of them
holds up the exit. How many run at a time is the executor's business.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import queue
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class DaemonThreads:
    """Runs blocking functions for one event loop. Use `submit` from the loop's thread only."""

    def __init__(self) -> None:
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._idle = threading.Semaphore(0)
        self._started = 0

    def submit(self, function: Callable[[], T]) -> asyncio.Future[T]:
        """Run `function` in a thread, with the caller's context variables; its result or exception."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        context = contextvars.copy_context()

        def job() -> None:
            try:
                deliver = _result_setter(future, context.run(function))
            except BaseException as error:  # it is not lost: the future carries it
                deliver = _error_setter(future, error)
            self._idle.release()
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(deliver)

        self._jobs.put(job)
        if not self._idle.acquire(blocking=False):
            self._started += 1
            threading.Thread(target=self._work, name=f"tool-{self._started}", daemon=True).start()
        return future

    def close(self) -> None:
        """Let the threads end as soon as they have nothing to do. No `submit` after this."""
        for _ in range(self._started):
            self._jobs.put(None)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()


def _result_setter(future: asyncio.Future[T], result: T) -> Callable[[], None]:
    def deliver() -> None:
        if not future.done():  # its waiter may have been cancelled
            future.set_result(result)

    return deliver


def _error_setter(future: asyncio.Future[T], error: BaseException) -> Callable[[], None]:
    def deliver() -> None:
        if not future.done():
            # A future can't carry StopIteration, and SystemExit would end the loop.
            plain = isinstance(error, Exception) and not isinstance(error, StopIteration)
            future.set_exception(error if plain else RuntimeError(f"{type(error).__name__} in a thread"))

    return deliver
