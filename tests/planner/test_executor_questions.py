"""Confirmation, questions, and errors of tools: what runs is what was shown, and nothing runs unasked."""

from __future__ import annotations

import asyncio
import operator
from pathlib import Path
from typing import cast

import pytest

from planner.asking import OneAtATime, Turns
from planner.events import Confirmation, NobodyThere, Question, StepFailed, StepStarted, StepSucceeded
from planner.plan import Value
from tests.planner.executor_support import DEADLINE, Bench, Person, after, call, ends_of, free, make_tool
from tools.context import ToolContext
from tools.errors import Ambiguous, NotFound, Refused, Unavailable
from tools.spec import Effect, Kind, Parameter, ToolSpec


class Outbox:
    """A sending tool that keeps what was sent."""

    def __init__(self, effect: Effect = Effect.OUTGOING) -> None:
        self.sent: list[tuple[list[str], str]] = []
        self.spec = make_tool(
            "send", self.send, effect=effect, parameters=(*free("to", many=True), *free("text"))
        )

    def send(self, ctx: ToolContext, to: list[str], text: str) -> str:
        self.sent.append((to, text))
        return "Sent."


NAMES = make_tool("names", lambda ctx: ["ana", "bob"])


@pytest.mark.parametrize("effect", [Effect.OUTGOING, Effect.DESTRUCTIVE])
async def test_an_outgoing_or_destructive_step_is_confirmed_with_its_concrete_arguments(
    tmp_path: Path, effect: Effect
) -> None:
    outbox = Outbox(effect)
    bench = Bench(tmp_path, NAMES, outbox.spec)
    send = call(2, "send", to=after(1), text="pay $1")
    await bench.run(call(1, "names"), send)
    [asked] = bench.person.confirmations
    assert (asked.step, dict(asked.args)) == (send, {"to": ["ana", "bob"], "text": "pay $1"})
    assert asked.effect == effect.value
    assert outbox.sent == [(["ana", "bob"], "pay $1")]


async def test_reading_and_local_writes_need_no_confirmation(tmp_path: Path) -> None:
    outbox = Outbox(Effect.LOCAL_WRITE)
    bench = Bench(tmp_path, NAMES, outbox.spec)
    await bench.run(call(1, "names"), call(2, "send", to=("ana",), text="x"))
    assert bench.person.confirmations == []
    assert outbox.sent


async def test_without_a_yes_nothing_is_sent_or_recorded_as_begun(tmp_path: Path) -> None:
    outbox = Outbox()
    bench = Bench(tmp_path, outbox.spec, person=Person(confirms=False))
    events = await bench.run(call(1, "send", to=("ana",), text="x"))
    end = ends_of(events)[1]
    assert isinstance(end, StepFailed)
    assert end.refused
    assert "was not confirmed" in end.message
    assert not any(isinstance(event, StepStarted) for event in events)
    assert outbox.sent == []
    assert bench.recorder.records == []


async def test_nobody_there_means_no(tmp_path: Path) -> None:
    outbox = Outbox()
    ends = await Bench(tmp_path, outbox.spec, person=NobodyThere()).ends(call(1, "send", to=("a",), text="x"))
    assert isinstance(ends[1], StepFailed)
    assert outbox.sent == []


async def test_a_front_end_that_breaks_while_asking_means_no(tmp_path: Path) -> None:
    class Broken(Person):
        async def confirm(self, confirmation: Confirmation) -> bool:
            raise OSError("terminal gone")

    outbox = Outbox()
    ends = await Bench(tmp_path, outbox.spec, person=Broken()).ends(call(1, "send", to=("a",), text="x"))
    assert isinstance(ends[1], StepFailed)
    assert ends[1].refused
    assert outbox.sent == []


async def test_a_front_end_cannot_change_what_it_confirms(tmp_path: Path) -> None:
    class Meddler(Person):
        async def confirm(self, confirmation: Confirmation) -> bool:
            recipients = confirmation.args["to"]
            assert isinstance(recipients, list)
            recipients.append("eve")
            with pytest.raises(TypeError):
                operator.setitem(cast(dict[str, object], confirmation.args), "text", "other")
            return True

    outbox = Outbox()
    await Bench(tmp_path, outbox.spec, person=Meddler()).run(call(1, "send", to=("ana",), text="x"))
    assert outbox.sent == [(["ana"], "x")]


async def test_one_confirmation_is_asked_at_a_time_in_the_order_of_steps(tmp_path: Path) -> None:
    class Careful(Person):
        open = 0

        async def confirm(self, confirmation: Confirmation) -> bool:
            self.open += 1
            assert self.open == 1
            await asyncio.to_thread(lambda: None)
            self.open -= 1
            return await super().confirm(confirmation)

    tools = [make_tool(f"send{n}", lambda ctx: "ok", effect=Effect.OUTGOING) for n in range(1, 5)]
    bench = Bench(tmp_path, *tools, person=Careful())
    ends = await bench.ends(*(call(n, f"send{n}") for n in range(1, 5)))
    assert all(isinstance(end, StepSucceeded) for end in ends.values())
    assert [asked.step.id for asked in bench.person.confirmations] == [1, 2, 3, 4]


async def test_planner_and_executor_ask_one_after_the_other() -> None:
    class Careful(NobodyThere):
        open = 0

        async def choose(self, question: Question) -> str | None:
            self.open += 1
            assert self.open == 1
            await asyncio.to_thread(lambda: None)
            self.open -= 1
            return question.text

    person = OneAtATime(Careful())
    questions = [Question(call(n, "send"), "to", f"Which {n}?") for n in range(4)]
    assert await asyncio.gather(*map(person.choose, questions)) == [q.text for q in questions]


async def test_the_lowest_step_that_waits_has_the_next_turn() -> None:
    turns, order = Turns(), list[int]()

    async def take(number: int) -> None:
        async with turns.turn(number):
            order.append(number)

    async with asyncio.timeout(DEADLINE), asyncio.TaskGroup() as group:
        async with turns.turn(1):
            tasks = {number: group.create_task(take(number)) for number in (5, 3, 4, 2)}
            await asyncio.sleep(0)  # each is waiting now
            tasks[3].cancel()
        tasks[2].cancel()  # in the very moment in which its turn has come
    assert order == [4, 5]


async def test_other_steps_go_on_while_a_person_thinks(tmp_path: Path) -> None:
    others_done = asyncio.Event()

    class Slow(Person):
        async def confirm(self, confirmation: Confirmation) -> bool:
            await others_done.wait()
            return True

    async def write(ctx: ToolContext) -> str:
        others_done.set()
        return "written"

    outbox = Outbox()
    bench = Bench(
        tmp_path,
        outbox.spec,
        make_tool("write", write, effect=Effect.LOCAL_WRITE),
        person=Slow(),
        max_parallel=1,
    )
    ends = await bench.ends(call(1, "send", to=("ana",), text="x"), call(2, "write"))
    assert all(isinstance(end, StepSucceeded) for end in ends.values())


async def test_a_person_may_think_longer_than_a_step_may_run(tmp_path: Path) -> None:
    class Slow(Person):
        async def confirm(self, confirmation: Confirmation) -> bool:
            elapsed = asyncio.Event()
            asyncio.get_running_loop().call_later(1.2, elapsed.set)
            await elapsed.wait()
            return True

    async def send(ctx: ToolContext) -> str:
        return "sent"

    tool = make_tool("send", send, effect=Effect.OUTGOING)
    ends = await Bench(tmp_path, tool, person=Slow(), step_timeout=1.0).ends(call(1, "send"))
    assert isinstance(ends[1], StepSucceeded)


def call_someone(effect: Effect = Effect.READ) -> ToolSpec:
    """A tool that knows two people called Ana."""

    def look_up(ctx: ToolContext, name: str) -> str:
        if name == "Ana":
            raise Ambiguous("There are two contacts called Ana.", "name", ["Ana Diaz", "Ana Lima"])
        return f"called {name}"

    return make_tool("call", look_up, effect=effect, parameters=(Parameter("name", Kind.NAME),))


async def test_the_answer_to_a_question_takes_the_place_of_the_argument(tmp_path: Path) -> None:
    bench = Bench(tmp_path, call_someone(), person=Person(choice="Ana Lima"))
    events = await bench.run(call(1, "call", name="Ana"))
    assert bench.person.questions == [
        Question(
            call(1, "call", name="Ana"),
            "name",
            "There are two contacts called Ana.",
            ("Ana Diaz", "Ana Lima"),
        )
    ]
    end = ends_of(events)[1]
    assert isinstance(end, StepSucceeded)
    assert end.value == "called Ana Lima"
    assert [event.args["name"] for event in events if isinstance(event, StepStarted)] == ["Ana", "Ana Lima"]


async def test_after_a_question_the_new_arguments_are_confirmed_again(tmp_path: Path) -> None:
    bench = Bench(tmp_path, call_someone(Effect.OUTGOING), person=Person(choice="Ana Diaz"))
    await bench.run(call(1, "call", name="Ana"))
    assert [asked.args["name"] for asked in bench.person.confirmations] == ["Ana", "Ana Diaz"]


async def test_without_an_answer_the_step_fails_and_names_the_choices(tmp_path: Path) -> None:
    ends = await Bench(tmp_path, call_someone(), person=Person(choice=None)).ends(call(1, "call", name="Ana"))
    end = ends[1]
    assert isinstance(end, StepFailed)
    assert (end.message, end.refused) == ("There are two contacts called Ana.", True)
    assert "Ana Diaz, Ana Lima" in end.hint


async def test_a_tool_that_asks_for_ever_is_given_up(tmp_path: Path) -> None:
    bench = Bench(tmp_path, call_someone(), person=Person(choice="Ana"))
    ends = await bench.ends(call(1, "call", name="Ana"))
    assert isinstance(ends[1], StepFailed)
    assert len(bench.person.questions) == 5


async def test_a_question_about_something_that_is_no_argument_fails_the_step(tmp_path: Path) -> None:
    def ask(ctx: ToolContext) -> str:
        raise Ambiguous("Which?", "colour", ["red", "blue"])

    ends = await Bench(tmp_path, make_tool("ask", ask), person=Person(choice="red")).ends(call(1, "ask"))
    assert isinstance(ends[1], StepFailed)
    assert "'colour'" in ends[1].message


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (
            NotFound('There is no contact "Bo".', ["Bob", "Bodo"]),
            StepFailed(call(1, "fail"), 'There is no contact "Bo".', "Nearest: Bob, Bodo."),
        ),
        (
            Unavailable("No mail server answers.", "Check the settings."),
            StepFailed(call(1, "fail"), "No mail server answers.", "Check the settings.", unavailable=True),
        ),
        (
            Refused("That file is outside your folders.", "Move it."),
            StepFailed(call(1, "fail"), "That file is outside your folders.", "Move it."),
        ),
        (
            KeyError("secret"),
            StepFailed(
                call(1, "fail"),
                "fail failed because of an internal error (KeyError).",
                "The details are in the log.",
            ),
        ),
        (
            StopIteration(),
            StepFailed(
                call(1, "fail"),
                "fail failed because of an internal error (StopIteration).",
                "The details are in the log.",
            ),
        ),
        (
            SystemExit(3),
            StepFailed(
                call(1, "fail"),
                "fail failed because of an internal error (SystemExit).",
                "The details are in the log.",
            ),
        ),
    ],
)
async def test_errors_of_tools_become_sentences(
    tmp_path: Path, error: BaseException, expected: StepFailed
) -> None:
    def fail(ctx: ToolContext) -> str:
        raise error

    end = (await Bench(tmp_path, make_tool("fail", fail)).ends(call(1, "fail")))[1]
    assert isinstance(end, StepFailed)
    assert (end.message, end.hint, end.refused, end.unavailable) == (
        expected.message,
        expected.hint,
        expected.refused,
        expected.unavailable,
    )


async def test_an_async_tool_that_cancels_itself_fails_like_any_other(tmp_path: Path) -> None:
    async def fail(ctx: ToolContext) -> str:
        raise asyncio.CancelledError

    end = (await Bench(tmp_path, make_tool("fail", fail)).ends(call(1, "fail")))[1]
    assert isinstance(end, StepFailed)
    assert "CancelledError" in end.message


async def test_a_tool_that_gives_back_no_result_fails(tmp_path: Path) -> None:
    end = (await Bench(tmp_path, make_tool("odd", lambda ctx: {"a": 1})).ends(call(1, "odd")))[1]
    assert isinstance(end, StepFailed)
    assert "gave back dict instead of a result" in end.message


async def test_a_missing_address_fails_before_the_person_is_asked(tmp_path: Path) -> None:
    send = make_tool(
        "send",
        lambda ctx, to: "sent",
        effect=Effect.OUTGOING,
        parameters=(Parameter("to", Kind.EMAIL, many=True),),
    )
    bench = Bench(tmp_path, make_tool("find", lambda ctx: ""), send)
    ends = await bench.ends(call(1, "find"), call(2, "send", to=after(1)))
    assert isinstance(ends[2], StepFailed)
    assert "an e-mail address" in ends[2].message
    assert bench.person.confirmations == []


async def test_a_step_may_be_made_to_need_a_yes(tmp_path: Path) -> None:
    outbox = Outbox(Effect.LOCAL_WRITE)
    bench = Bench(tmp_path, outbox.spec, person=Person(confirms=False))
    await bench.run(call(1, "send", to=("ana",), text="x"), confirm={1})
    assert outbox.sent == []


async def test_a_record_is_begun_before_the_tool_and_closed_after_it(tmp_path: Path) -> None:
    seen: list[str] = []

    def look(ctx: ToolContext, text: str) -> str:
        seen.extend(record.outcome for record in bench.recorder.records)
        return "fine"

    bench = Bench(tmp_path, make_tool("look", look, parameters=free("text")))
    await bench.run(call(1, "look", text="x"))
    [record] = bench.recorder.records
    args: dict[str, Value] = {"text": "x"}
    assert seen == [""]  # begun, and open
    assert (record.args, record.outcome) == (args, "succeeded: fine")
