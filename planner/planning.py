"""From a request to a plan: retrieval, prompt, the model's lines, their values, as events.

    planner = Planner(model, tools)
    async with contextlib.aclosing(planner.plan(Request.read(text), now)) as events:
        async for event in events:
            ...

A model that honours grammars is asked line by line, each line under its own grammar, and each step is
out as soon as its line is. Any other model's whole plan is read and checked before its first step is
out, and it gets one chance to mend an invalid plan.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from planner.classifier import TrainedRetriever
from planner.errors import InvalidPlan, PlanSyntaxError, Unanswered
from planner.events import PlanFinished, PlanStarted, Question, StepPlanned
from planner.grammar import LineGrammar
from planner.parser import PlanParser
from planner.plan import Plan, Step
from planner.prompt import PromptBuilder
from planner.request import Request
from planner.resolve import Unresolved, resolve_step, with_answer
from planner.retrieval import LexicalRetriever, Retriever
from planner.runtime.base import LanguageModel, Prompt, Session, TokenCounts, Turn
from planner.validate import check_step
from tools.spec import ToolSpec

MAX_LINE_TOKENS, MAX_PLAN_TOKENS = 320, 1200
MAX_QUESTIONS = 3  # about one step; answers can be unclear too

Ask = Callable[[Question], Awaitable[str | None]]
"""Asks the person; None when there is no answer."""

PlanEvent = PlanStarted | StepPlanned | PlanFinished


def suited_retriever(model: LanguageModel, tools: Sequence[ToolSpec]) -> Retriever:
    """The retriever for a model: a tuned one reads the tools in play, so they are few."""
    return TrainedRetriever(tools) if model.tuned else LexicalRetriever(tools)


class Planner:
    """Plans requests with one model and one set of tools."""

    def __init__(
        self, model: LanguageModel, tools: Sequence[ToolSpec], retriever: Retriever | None = None
    ) -> None:
        self._model = model
        self._tools = tuple(tools)
        self._retriever = retriever or suited_retriever(model, tools)
        self._prompts = PromptBuilder(self._tools, model.tuned)

    async def plan(
        self, request: Request, now: datetime, *, ask: Ask | None = None, avoid: str = ""
    ) -> AsyncGenerator[PlanEvent, None]:
        """Plan a request; the last event is `PlanFinished`.

        `ask` is asked about words that mean no value (a date that can't be); without it the words stay
        and the questions come with the plan. `avoid` is what a second plan should not try again.
        ModelUnavailable, InvalidPlan or Unanswered.
        """
        clock = _Clock()
        tools = self._retriever.select(request)
        clock.lap("retrieval_ms")
        yield PlanStarted(tuple(tool.name for tool in tools))
        writing = _Writing(request, tools, now, ask)
        prompt = self._prompts.build(request, tools, avoid)
        write = self._write_lines if self._model.constrained else self._write_whole
        async with contextlib.aclosing(write(prompt, writing, clock)) as steps:
            async for step in steps:
                yield StepPlanned(step)
        clock.lap("plan_ms")
        plan, counts = Plan(tuple(writing.resolved)), writing.counts
        tokens = {
            "prompt": counts.prompt,
            "cached": counts.cached,
            "generated": counts.generated,
            "forced": counts.forced,
            "forward_passes": counts.forward_passes,
        }
        yield PlanFinished(plan, tuple(writing.questions), clock.laps, tokens)

    async def _write_lines(
        self, prompt: Prompt, writing: _Writing, clock: _Clock
    ) -> AsyncGenerator[Step, None]:
        async with self._model.session(prompt) as session:
            while not writing.parser.finished:
                grammar = writing.grammar().text()
                for step in await _line(session, grammar, writing.parser, clock):
                    if resolved := await writing.accept(step):
                        yield resolved
            writing.counts = session.counts

    async def _write_whole(
        self, prompt: Prompt, writing: _Writing, clock: _Clock
    ) -> AsyncGenerator[Step, None]:
        try:
            steps = await self._whole(prompt, writing, clock)
        except _Faulty as faulty:
            complaint = f"That plan is not valid: {faulty}. Write the whole plan again."
            turns = (*prompt.dynamic, Turn("assistant", faulty.text), Turn("user", complaint))
            try:
                steps = await self._whole(replace(prompt, dynamic=turns), writing, clock)
            except _Faulty as again:
                raise InvalidPlan(
                    f"The model {self._model.name} wrote no valid plan: {again}.", "Say it in other words."
                ) from None
        for step in steps:
            if resolved := await writing.accept(step):
                yield resolved

    async def _whole(self, prompt: Prompt, writing: _Writing, clock: _Clock) -> list[Step]:
        """A whole plan, checked. _Faulty if it isn't one."""
        parser, text = writing.new_parser(), ""
        async with self._model.session(prompt) as session:
            try:
                async with contextlib.aclosing(session.generate(max_tokens=MAX_PLAN_TOKENS)) as pieces:
                    async for piece in pieces:
                        clock.first("first_token_ms")
                        text += piece
                        parser.feed(piece)
                        if parser.finished:
                            break
                parser.end()
                writing.check(parser.steps)
            except PlanSyntaxError as error:
                raise _Faulty(str(error), text) from None
            finally:
                writing.counts += session.counts  # a plan that is mended costs both sessions
        return parser.steps


async def _line(session: Session, grammar: str, parser: PlanParser, clock: _Clock) -> list[Step]:
    """The steps of the next line: one, or none at join()."""
    steps: list[Step] = []
    try:
        async for piece in session.generate(grammar=grammar, max_tokens=MAX_LINE_TOKENS):
            clock.first("first_token_ms")
            steps += parser.feed(piece)
        if not steps and not parser.finished:
            raise PlanSyntaxError(f"line {len(parser.steps) + 1} is too long")
    except PlanSyntaxError as error:
        raise InvalidPlan(f"The model wrote no valid plan: {error}.", "Say it in other words.") from None
    return steps


class _Faulty(Exception):  # noqa: N818
    def __init__(self, message: str, text: str) -> None:
        super().__init__(message)
        self.text = text


@dataclass
class _Writing:
    """A plan as far as it is written."""

    request: Request
    tools: Sequence[ToolSpec]  # in play
    now: datetime
    ask: Ask | None
    resolved: list[Step] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    counts: TokenCounts = field(default_factory=TokenCounts)

    def __post_init__(self) -> None:
        self.specs = {tool.name: tool for tool in self.tools}
        self.parser = self.new_parser()

    def new_parser(self) -> PlanParser:
        return PlanParser(self.specs, self.request.literal_dollars)

    def grammar(self) -> LineGrammar:
        """The grammar of the next line."""
        results = [self.specs[step.tool].result for step in self.parser.steps]
        return LineGrammar(self.tools, self.parser.steps, results, self.request)

    def check(self, steps: Sequence[Step]) -> None:
        """PlanSyntaxError if a step is not valid."""
        for step in steps:
            earlier = {before.id: self.specs[before.tool] for before in steps[: step.id - 1]}
            check_step(step, self.specs, earlier, self.request)

    async def accept(self, step: Step) -> Step | None:
        """The step with values for its words, part of the plan from now on."""
        self.resolved.append(await self._resolve(step))
        return self.resolved[-1]

    async def _resolve(self, step: Step) -> Step:
        for _ in range(MAX_QUESTIONS + 1):
            try:
                return resolve_step(
                    step,
                    self.specs[step.tool],
                    request=self.request.text,
                    now=self.now,
                    earlier=tuple(self.resolved),
                )
            except Unresolved as unclear:
                question = Question(step, unclear.argument, unclear.text, unclear.choices)
                if self.ask is None:
                    self.questions.append(question)
                    return step
                answer = await self.ask(question)
                if answer is None:
                    raise Unanswered(unclear.text, "Say it again with this made clear.") from None
                step = with_answer(step, unclear.argument, answer)
        raise Unanswered("That is still not clear, so nothing was done.", "Say it again in other words.")


class _Clock:
    """Milliseconds since the start, by name."""

    def __init__(self) -> None:
        self._start = time.perf_counter()
        self.laps: dict[str, float] = {}

    def lap(self, name: str) -> None:
        self.laps[name] = round((time.perf_counter() - self._start) * 1000, 2)

    def first(self, name: str) -> None:
        if name not in self.laps:
            self.lap(name)
