"""Asking the person, one question at a time, the lowest step first.

Several steps may want an answer at once; a person reads one question. Whatever goes wrong while
asking counts as no answer: nothing runs because a front end broke.
"""

from __future__ import annotations

import asyncio
import contextlib
import copy
import heapq
import itertools
import logging
from collections.abc import AsyncIterator, Mapping
from types import MappingProxyType

from planner.events import Confirmation, Interaction, Question
from planner.plan import Step, Value
from tools.errors import Ambiguous
from tools.spec import Effect

log = logging.getLogger(__name__)


def frozen(args: Mapping[str, Value]) -> Mapping[str, Value]:
    """A copy to show: changing it changes nothing that runs."""
    return MappingProxyType(copy.deepcopy(dict(args)))


class OneAtATime:
    """An `Interaction` that planner and executor may both ask: one question after the other."""

    def __init__(self, interaction: Interaction) -> None:
        self._interaction, self._lock = interaction, asyncio.Lock()

    async def confirm(self, confirmation: Confirmation) -> bool:
        """See `Interaction`."""
        async with self._lock:
            return await self._interaction.confirm(confirmation)

    async def choose(self, question: Question) -> str | None:
        """See `Interaction`."""
        async with self._lock:
            return await self._interaction.choose(question)


class Turns:
    """A lock that goes to the lowest number waiting, not to the one that waited longest."""

    def __init__(self) -> None:
        self._taken = False
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._tickets = itertools.count()

    @contextlib.asynccontextmanager
    async def turn(self, number: int) -> AsyncIterator[None]:
        """Hold the lock."""
        await self._acquire(number)
        try:
            yield
        finally:
            self._pass_on()

    async def _acquire(self, number: int) -> None:
        if not self._taken:
            self._taken = True
            return
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (number, next(self._tickets), mine))
        try:
            await mine
        except asyncio.CancelledError:
            if mine.done() and not mine.cancelled():  # it was handed over in the same moment
                self._pass_on()
            raise

    def _pass_on(self) -> None:
        while self._waiting:
            _, _, following = heapq.heappop(self._waiting)
            if not following.done():
                following.set_result(None)
                return
        self._taken = False


class Asker:
    """Puts the questions of one run to the front end."""

    def __init__(self, interaction: Interaction) -> None:
        self._interaction = interaction
        self._turns = Turns()

    async def confirm(self, step: Step, args: Mapping[str, Value], effect: Effect) -> bool:
        """Whether the person said yes to exactly this call."""
        async with self._turns.turn(step.id):
            try:
                return await self._interaction.confirm(Confirmation(step, frozen(args), str(effect))) is True
            except Exception:
                log.exception("the confirmation of step %d could not be asked", step.id)
                return False

    async def choose(self, step: Step, question: Ambiguous) -> str | None:
        """The person's answer to a tool's question, or None."""
        async with self._turns.turn(step.id):
            try:
                return await self._interaction.choose(
                    Question(step, question.argument, str(question), question.choices)
                )
            except Exception:
                log.exception("the question of step %d could not be asked", step.id)
                return None
