"""Graph and full success of whole plans, and the reasons that are given for failures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from training.evaluation.cases import CaseFormatError, load_cases, read_case
from training.evaluation.predictions import read_prediction
from training.evaluation.scoring import CaseScore, score_case


def call(tool: str, **args: Any) -> dict[str, Any]:
    return {"tool": tool, "args": args}


def score(plans: list[list[dict[str, Any]]], predicted: list[dict[str, Any]] | None) -> CaseScore:
    """The score of predicted calls, which are numbered from 1."""
    case = read_case({"id": "x1", "now": "2026-03-12T09:30", "query": "do it", "tags": ["t"], "plans": plans})
    if predicted is None:
        return score_case(case, None)
    steps = [{"id": number, **step} for number, step in enumerate(predicted, start=1)]
    return score_case(case, read_prediction({"id": "x1", "steps": steps}))


MAIL = [
    call("get_email_address", name="Sid"),
    call("open_and_get_file_path", file_name="roadmap.pdf"),
    call("compose_new_email", recipients=["$1"], context={"contains": ["budget"]}, attachments=["$2"]),
]


def mail(**changes: Any) -> list[dict[str, Any]]:
    """A right prediction for MAIL with changed arguments of its last call."""
    args = {"recipients": ["$1"], "cc": [], "subject": "Hi", "context": "the budget", "attachments": ["$2"]}
    return [*MAIL[:2], call("compose_new_email", **{**args, **changes})]


def test_a_right_plan_has_full_success_and_no_reason() -> None:
    result = score([MAIL], mail())
    assert (result.graph, result.full, result.reason) == (True, True, "")


def test_independent_steps_may_come_in_another_order() -> None:
    swapped = [
        MAIL[1],
        MAIL[0],
        call("compose_new_email", recipients=["$2"], context="budget", attachments=["$1"]),
    ]
    assert score([MAIL], swapped).full


def test_a_wrong_argument_leaves_graph_success_and_names_the_argument() -> None:
    result = score([MAIL], mail(context="hello"))
    assert (result.graph, result.full) == (True, False)
    assert (
        result.reason
        == 'argument context of compose_new_email: expected {"contains": ["budget"]}, got "hello"'
    )


def test_references_swapped_between_parameters_keep_the_graph_but_not_full_success() -> None:
    result = score([MAIL], mail(recipients=["$2"], attachments=["$1"]))
    assert (result.graph, result.full) == (True, False)


def test_a_missing_tool_is_named() -> None:
    assert score([MAIL], [MAIL[1], mail()[2]]).reason == "graph: missing get_email_address"


def test_missing_and_extra_tools_are_named_with_their_number() -> None:
    predicted = [*MAIL[:2], call("send_sms"), call("send_sms")]
    assert score([MAIL], predicted).reason == "graph: missing compose_new_email, extra send_sms x2"


def test_a_literal_in_place_of_a_reference_is_a_wrong_graph() -> None:
    result = score([MAIL], mail(recipients=["sid@example.org"]))
    assert not result.graph
    assert result.reason == "graph: references missing get_email_address -> compose_new_email"


def test_a_reference_too_many_is_a_wrong_graph() -> None:
    result = score([MAIL], mail(context="budget $2 and $1", cc=["$1"], attachments=[]))
    assert result.graph  # the same edges, though by other parameters
    result = score([[MAIL[0], MAIL[1]]], [MAIL[0], call("open_and_get_file_path", file_name="$1")])
    assert result.reason == "graph: references extra get_email_address -> open_and_get_file_path"


def test_edges_between_the_wrong_pairs_are_a_wrong_graph() -> None:
    gold = [
        call("open_and_get_file_path", file_name="a.pdf"),
        call("summarize_pdf", pdf_path="$1"),
        call("open_and_get_file_path", file_name="b.pdf"),
        call("summarize_pdf", pdf_path="$3"),
    ]
    predicted = [*gold[:3], call("summarize_pdf", pdf_path="$1")]
    result = score([gold], predicted)
    assert not result.graph
    assert result.reason == "graph: the right tools feed each other, but not in the right pairs"


def test_same_tools_are_matched_by_their_arguments() -> None:
    gold = [
        call("get_phone_number", name="Ana"),
        call("get_phone_number", name="Bo"),
        call("send_sms", recipients=["$1"], message={"contains": ["early"]}),
        call("send_sms", recipients=["$2"], message={"contains": ["late"]}),
    ]
    swapped = [
        call("get_phone_number", name="Bo"),
        call("get_phone_number", name="Ana"),
        call("send_sms", recipients=["$1"], message="late"),
        call("send_sms", recipients=["$2"], message="early"),
    ]
    crossed = [*swapped[:2], call("send_sms", recipients=["$1"], message="early"), swapped[3]]
    crossed[3] = call("send_sms", recipients=["$2"], message="late")
    assert score([gold], swapped).full
    result = score([gold], crossed)
    assert (result.graph, result.full) == (True, False)


def test_one_matching_must_serve_edges_and_arguments_together() -> None:
    gold = [call("search_notes", query="x"), call("search_notes", query="y"), call("send_sms", message="$1")]
    predicted = [*gold[:2], call("send_sms", message="$2")]
    result = score([gold], predicted)
    assert (result.graph, result.full) == (True, False)


def test_references_in_lists_and_in_text_are_edges() -> None:
    gold = [
        call("get_phone_number", name="Ana"),
        call("search_notes", query="garage code"),
        call("send_sms", recipients=["$1"], message={"ref_in": 2, "contains": ["code"]}),
    ]

    def sms(message: str) -> list[dict[str, Any]]:
        return [*gold[:2], call("send_sms", recipients=["$1"], message=message)]

    assert score([gold], sms("the code is $2")).full
    assert score([gold], sms("the code is ${2}!")).full
    assert not score([gold], sms("the code is 1234")).graph
    assert not score([gold], sms("$2")).full


def test_money_is_no_reference_where_the_dependencies_are_stated() -> None:
    gold = [call("search_notes", query="rent"), call("send_sms", message={"contains": ["lunch"]})]
    predicted = [
        {**gold[0], "depends_on": []},
        {"tool": "send_sms", "args": {"message": "lunch is $1"}, "depends_on": []},
    ]
    assert score([gold], predicted).full
    predicted[1]["args"]["message"] = "$1"
    assert score([gold], predicted).graph


def test_a_reference_is_never_taken_for_the_words_it_looks_like() -> None:
    gold = [
        call("search_notes", query="door"),
        call("create_note", name="code 1", content={"ref_in": 1}),
    ]
    assert score([gold], [gold[0], call("create_note", name="code 1", content="$1")]).full
    assert not score([gold], [gold[0], call("create_note", name="code $1", content="$1")]).full


def test_steps_of_equal_surroundings_still_need_the_same_edges() -> None:
    numbers = [call("get_phone_number", name="Ana") for _ in range(4)]

    def plan(*pairs: tuple[int, int]) -> list[dict[str, Any]]:
        return [*numbers, *(call("send_sms", recipients=[f"${a}", f"${b}"]) for a, b in pairs)]

    ring, two_rings = plan((1, 2), (2, 3), (3, 4), (4, 1)), plan((1, 2), (2, 1), (3, 4), (4, 3))
    assert score([ring], ring).full
    assert not score([ring], two_rings).graph


def test_the_matching_with_the_fewest_wrong_arguments_counts() -> None:
    gold = [call("open_app", name="Maps"), call("open_app", name={"any": True})]
    assert score([gold], [call("open_app", name="Clock"), call("open_app", name="Maps")]).full
    gold = [call("open_app", name=name) for name in ("Maps", "Clock", "Notes")]
    result = score([gold], [call("open_app", name=name) for name in ("Notes", "Files", "Maps")])
    assert result.reason == 'argument name of open_app: expected "Clock", got "Files"'


def test_the_nearest_alternative_counts() -> None:
    other = [
        call("get_phone_number", name="Sid"),
        call("send_sms", recipients=["$1"], message={"contains": ["hi"]}),
    ]
    right = [call("get_phone_number", name="sid"), call("send_sms", recipients=["$1"], message="hi!")]
    wrong = [right[0], call("send_sms", recipients=["$1"], message="no")]
    assert score([MAIL, other], right).full
    assert score([other, MAIL], mail()).full
    assert score([MAIL, other], wrong).reason.startswith("argument message of send_sms")


def test_an_empty_plan_is_right_only_where_no_tool_can_help() -> None:
    assert score([[]], []).full
    assert not score([[]], [MAIL[0]]).graph
    assert not score([MAIL], []).graph


def test_parameters_that_the_gold_plan_leaves_out_are_not_checked() -> None:
    assert score(
        [[call("set_timer", duration_seconds={"int": 60})]],
        [call("set_timer", duration_seconds=60, label="egg")],
    ).full


def test_a_missing_argument_counts_as_empty() -> None:
    assert score([[call("search_email", query="rent", sender="")]], [call("search_email", query="rent")]).full


def test_no_prediction_fails_and_says_so() -> None:
    result = score([MAIL], None)
    assert (result.graph, result.full, result.reason) == (False, False, "no plan was predicted")


@pytest.mark.parametrize(
    "data",
    [
        {"error": {"message": "out of memory"}},
        {"error": "out of memory"},
        {},
        {"steps": None},
        {"steps": "get_email_address"},
        {"steps": [1]},
        {"steps": [{"id": 1, "args": {}}]},
        {"steps": [{"id": 1, "tool": "x", "args": []}]},
        {"steps": [{"id": "1", "tool": "x", "args": {}}]},
        {"steps": [{"id": 1, "tool": "x", "args": {}}, {"id": 1, "tool": "x", "args": {}}]},
        {"steps": [{"id": 1, "tool": "x", "args": {"y": "$7"}}]},
        {"steps": [{"id": 1, "tool": "x", "args": {"y": {"z": 1}}}]},
    ],
)
def test_what_is_no_plan_fails_with_a_reason_even_where_nothing_was_to_do(data: dict[str, Any]) -> None:
    case = read_case({"id": "x1", "now": "2026-03-12T09:30", "query": "hm", "tags": [], "plans": [[]]})
    result = score_case(case, read_prediction(data))
    assert not result.graph
    assert result.reason.startswith("no plan: ")


GOOD = '{"id": "a", "now": "2026-03-12T09:30", "query": "q", "tags": [], "plans": [[]]}'


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "line 2"),
        ("[]", "a case is a JSON object"),
        (GOOD, "already a case 'a'"),
        (GOOD.replace('"a"', '"b"').replace("[[]]", "[]"), "at least one plan"),
        (GOOD.replace('"a"', '"b"').replace("2026-03-12T09:30", "soon"), "line 2"),
        (
            GOOD.replace('"a"', '"b"').replace("[[]]", '[[{"tool": "x", "args": {"y": "$1"}}]]'),
            "no earlier step",
        ),
        (
            GOOD.replace('"a"', '"b"').replace("[[]]", '[[{"tool": "x", "args": {"y": {"z": 1}}}]]'),
            "unknown form",
        ),
    ],
)
def test_a_mistake_in_the_cases_is_named_with_its_line(tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_text(f"{GOOD}\n{line}\n", encoding="utf-8")
    with pytest.raises(CaseFormatError, match=message) as caught:
        load_cases(path)
    assert "line 2" in str(caught.value)
