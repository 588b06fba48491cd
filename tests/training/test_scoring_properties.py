"""What must hold for all plans: the score sees the graph, not the numbering or the order of steps."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from training.evaluation.cases import read_case
from training.evaluation.predictions import read_prediction
from training.evaluation.scoring import CaseScore, score_case

TOOLS = ("get_email_address", "search_notes", "send_sms")


@dataclass(frozen=True)
class Call:
    """A call with one text and references to earlier calls."""

    tool: str
    text: str
    needs: tuple[int, ...]

    def json(self, names: dict[int, int] | None = None) -> dict[str, Any]:
        """As in a case or a prediction; `names` renumbers the references."""
        refs = [f"${names[n] if names else n}" for n in self.needs]
        return {"tool": self.tool, "args": {"text": self.text, "refs": refs}}


@st.composite
def plans(draw: st.DrawFn, least: int = 0, most: int = 7) -> list[Call]:
    size = draw(st.integers(least, most))
    return [
        Call(
            draw(st.sampled_from(TOOLS)),
            draw(st.sampled_from(["x", "y"])),
            tuple(sorted(draw(st.sets(st.integers(1, place), max_size=2)))) if place else (),
        )
        for place in range(size)
    ]


@st.composite
def reorderings(draw: st.DrawFn, plan: list[Call]) -> list[int]:
    """An order of the steps 1..n in which each comes after those it needs."""
    order: list[int] = []
    while len(order) < len(plan):
        ready = [
            number
            for number, call in enumerate(plan, start=1)
            if number not in order and set(call.needs) <= set(order)
        ]
        order.append(draw(st.sampled_from(ready)))
    return order


def score(gold: list[Call], steps: list[dict[str, Any]]) -> CaseScore:
    raw = {"id": "a", "now": "2026-03-12T09:30", "query": "q", "plans": [[call.json() for call in gold]]}
    return score_case(read_case(raw), read_prediction({"id": "a", "steps": steps}))


def numbered(plan: list[Call]) -> list[dict[str, Any]]:
    return [{"id": number, **call.json()} for number, call in enumerate(plan, start=1)]


@given(st.data())
def test_order_of_independent_steps_and_their_numbers_do_not_matter(data: st.DataObject) -> None:
    plan = data.draw(plans())
    order = data.draw(reorderings(plan))
    ids = data.draw(
        st.lists(st.integers(1, 99), min_size=len(plan), max_size=len(plan), unique=True), label="ids"
    )
    names = dict(zip(order, ids, strict=True))
    steps = [{"id": names[number], **plan[number - 1].json(names)} for number in order]
    assert score(plan, steps).full


@given(st.data())
def test_a_plan_without_one_of_its_steps_always_fails(data: st.DataObject) -> None:
    plan = data.draw(plans(least=1))
    gone = data.draw(st.integers(1, len(plan)))
    steps = [step for step in numbered(plan) if step["id"] != gone]
    for step in steps:
        step["args"]["refs"] = [ref for ref in step["args"]["refs"] if ref != f"${gone}"]
    result = score(plan, steps)
    assert not result.graph
    assert result.reason == f"graph: missing {plan[gone - 1].tool}"


@given(st.data())
def test_a_plan_without_one_of_its_references_always_fails(data: st.DataObject) -> None:
    plan = data.draw(plans(least=2).filter(lambda plan: any(call.needs for call in plan)))
    place = data.draw(st.sampled_from([n for n, call in enumerate(plan) if call.needs]))
    steps = numbered(plan)
    steps[place]["args"]["refs"].pop()
    assert not score(plan, steps).graph


@given(plans(most=5), plans(most=5))
def test_the_search_agrees_with_trying_every_matching(gold: list[Call], predicted: list[Call]) -> None:
    check_against_all_matchings(gold, predicted)


@given(st.data())
def test_the_search_agrees_with_trying_every_matching_of_the_same_tools(data: st.DataObject) -> None:
    gold = data.draw(plans(most=5))
    predicted = [
        Call(call.tool, data.draw(st.sampled_from(["x", "y"])), data.draw(st.sampled_from([call.needs, ()])))
        for call in gold
    ]
    check_against_all_matchings(gold, data.draw(st.sampled_from([predicted, gold])))
    check_against_all_matchings(predicted, gold)


def check_against_all_matchings(gold: list[Call], predicted: list[Call]) -> None:
    same_edges, same_texts = False, False
    if len(gold) == len(predicted):
        for order in permutations(range(1, len(gold) + 1)):
            paired = [(call, predicted[order[n] - 1]) for n, call in enumerate(gold)]
            if any(g.tool != p.tool or {order[n - 1] for n in g.needs} != set(p.needs) for g, p in paired):
                continue
            same_edges = True
            same_texts = same_texts or all(g.text == p.text for g, p in paired)
    result = score(gold, numbered(predicted))
    assert (result.graph, result.full) == (same_edges, same_texts)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["$1", "x $2", "y"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "tool", "args", "depends_on", "steps", "error"]), inner)
    ),
    max_leaves=12,
)


@given(
    st.dictionaries(
        st.sampled_from(["steps", "error"]),
        JSON
        | st.lists(
            st.fixed_dictionaries(
                {"tool": st.sampled_from(TOOLS)},
                optional={
                    "id": JSON,
                    "args": st.dictionaries(st.sampled_from(["text", "refs"]), JSON),
                    "depends_on": JSON,
                },
            ),
            max_size=3,
        ),
    )
)
def test_any_json_object_as_prediction_ends_as_a_score(data: dict[str, Any]) -> None:
    case = read_case(
        {"id": "a", "now": "2026-03-12T09:30", "query": "q", "plans": [[Call(TOOLS[0], "x", ()).json()]]}
    )
    result = score_case(case, read_prediction(data))
    assert result.full == (result.reason == "")
