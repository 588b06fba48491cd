"""What the model may write: the grammar of each line, and the parser that reads it back."""

from __future__ import annotations

import contextlib
from pathlib import Path

import llguidance
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.errors import PlanSyntaxError, RequestRejected
from planner.grammar import LineGrammar
from planner.parser import PlanParser, parse_line
from planner.plan import Reference, Template
from planner.prompt import Example, examples
from planner.request import Request
from planner.retrieval import LexicalRetriever
from planner.validate import check_step
from tools.registry import builtin_tools
from tools.spec import SPAN_KINDS, Effect, Kind, Parameter, ToolSpec

TOOLS = builtin_tools()
BY_NAME = {tool.name: tool for tool in TOOLS}
TOKENIZER = llguidance.LLTokenizer("byte")


def accepts(request: str, *lines: str) -> bool:
    """Whether the grammars allow the lines, one after the other."""
    read, parser = Request.read(request), PlanParser(BY_NAME)
    for line in lines:
        results = [BY_NAME[step.tool].result for step in parser.steps]
        grammar = LineGrammar(TOOLS, parser.steps, results, read).text()
        matcher = llguidance.LLMatcher(TOKENIZER, grammar)
        assert not matcher.is_error(), matcher.get_error()
        if not matcher.consume_tokens(list(f"{line}\n".encode())) or not matcher.is_accepting():
            return False
        parser.feed(line + "\n")
    return True


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.request[:40])
def test_every_worked_example_is_valid_and_allowed(example: Example) -> None:
    request, plan = example.request, example.plan
    assert accepts(request, *plan.splitlines())
    parser = PlanParser(BY_NAME)
    parser.feed(plan + "\n")
    assert parser.finished
    for step in parser.steps:
        earlier = {s.id: BY_NAME[s.tool] for s in parser.steps[: step.id - 1]}
        check_step(step, BY_NAME, earlier, Request.read(request))


@pytest.mark.parametrize(
    "line",
    [
        '1. send_sms(["$1"], "hi")',  # nothing to refer to yet
        '1. get_phone_number("Zelda")',  # not in the request
        '1. delete_everything("Ana")',
        '2. get_phone_number("Ana")',
        '1. get_phone_number("Ana", "x")',
        '1. create_reminder("call Ana", "", "", "", "high", false)',  # no priority was named
        '1. summarize_pdf("/etc/passwd")',
    ],
)
def test_what_is_not_allowed_can_not_be_written(line: str) -> None:
    assert not accepts("please call Ana", line)


def test_references_point_to_results_of_the_right_kind_and_each_at_most_once() -> None:
    lines = ('1. get_phone_number("Ana")', '2. get_email_address("Ana")')
    request = "write Ana"
    assert accepts(request, *lines, '3. send_sms(["$1"], "hi")')
    assert not accepts(request, *lines, '3. send_sms(["$2"], "hi")')
    assert not accepts(request, *lines, '3. send_sms(["$1", "$1"], "hi")')
    assert not accepts(request, *lines, '3. send_sms(["$3"], "hi")')


def test_references_are_values_and_the_users_own_dollars_stay_text() -> None:
    step = parse_line('2. send_sms(["$1"], "the link is $1 ok")', 2, BY_NAME)
    assert step is not None
    assert step.args["recipients"] == (Reference(1),)
    assert step.args["message"] == Template(("the link is ", Reference(1), " ok"))
    literal = parse_line('2. send_sms(["$1"], "you owe me $5")', 2, BY_NAME, frozenset({5}))
    assert literal is not None
    assert literal.args["message"] == "you owe me $5"


def test_plan_text_may_arrive_in_any_pieces() -> None:
    text = '1. get_phone_number("Ana")\n2. send_sms(["$1"], "a, (b) [c]")\n3. join()\n'
    for size in (1, 3, 7, 100):
        parser = PlanParser(BY_NAME)
        for start in range(0, len(text), size):
            parser.feed(text[start : start + size])
        assert parser.finished
        assert [step.tool for step in parser.steps] == ["get_phone_number", "send_sms"]


@given(st.text(max_size=80))
def test_no_line_is_too_strange_for_the_parser(text: str) -> None:
    with contextlib.suppress(PlanSyntaxError):
        parse_line(f"1. {text}", 1, BY_NAME)


@given(st.text(min_size=1, max_size=60))
def test_every_readable_request_has_a_grammar(text: str) -> None:
    try:
        request = Request.read(text)
    except RequestRejected:
        return
    grammar = LineGrammar(TOOLS[:6], [], [], request).text()
    assert not llguidance.LLMatcher(TOKENIZER, grammar).is_error()


def test_retrieval_keeps_the_order_of_the_tools_and_brings_the_suppliers() -> None:
    chosen = [
        tool.name for tool in LexicalRetriever(TOOLS, 6).select(Request.read("text Ana that I am late"))
    ]
    assert {"send_sms", "get_phone_number"} <= set(chosen)
    assert chosen == [tool.name for tool in TOOLS if tool.name in chosen]


def test_retrieval_finds_nearly_every_tool_that_the_tuning_cases_need() -> None:
    import json

    lines = (Path(__file__).parents[1] / "data" / "plans_tune.jsonl").read_text(encoding="utf-8").splitlines()
    retriever, found = LexicalRetriever(TOOLS), 0
    for case in map(json.loads, lines):
        needed = {step["tool"] for step in case["plans"][0]}
        found += needed <= {tool.name for tool in retriever.select(Request.read(case["query"]))}
    assert found / len(lines) >= 0.95


@pytest.mark.parametrize("amount", ["$1", "$1.50", "$1,200", "${1}"])
def test_an_amount_of_money_in_the_request_is_text_and_takes_no_reference_away(amount: str) -> None:
    request = f"text Ana that I owe her {amount}"
    lines = ('1. get_phone_number("Ana")', f'2. send_sms(["$1"], "I owe you {amount}")')
    assert accepts(request, *lines)
    step = parse_line(lines[1], 2, BY_NAME, Request.read(request).literal_dollars)
    assert step is not None
    assert step.args == {"recipients": (Reference(1),), "message": f"I owe you {amount}"}


def test_a_title_may_hold_the_dollars_of_the_request() -> None:
    first, second = (
        '1. get_phone_number("Ana")',
        '2. create_calendar_event("Pay $1", "tomorrow", "", "", [], "", "")',
    )
    request = "what is Ana's number, and put pay $1 on my calendar tomorrow"
    assert accepts(request, first, second)
    step = parse_line(second, 2, BY_NAME, Request.read(request).literal_dollars)
    assert step is not None
    assert step.args["title"] == "Pay $1"


@pytest.mark.parametrize(
    ("request_text", "number"),
    [
        ("text 07700 900123 10 minutes late", "07700 900123"),
        ("text 555-0132 2 tickets left", "555-0132"),
        ("text 555 0143 22 hello", "555 0143 22"),
    ],
)
def test_a_number_after_a_phone_number_need_not_belong_to_it(request_text: str, number: str) -> None:
    assert accepts(request_text, f'1. send_sms(["{number}"], "hello")')


@pytest.mark.parametrize("duration", ["thirteen minutes", "1:30", "½ hour", "couple of minutes"])
def test_a_timer_takes_the_ways_people_say_durations(duration: str) -> None:
    assert accepts(f"set a timer for {duration}", f'1. set_timer("{duration}", "")')


def test_a_choice_is_offered_only_if_the_request_says_the_whole_word() -> None:
    line = '1. create_reminder("follow up", "tomorrow", "", "", "{}", false)'
    assert not accepts("remind me to follow up tomorrow", line.format("low"))
    assert accepts("remind me to follow up tomorrow, low priority", line.format("low"))


@pytest.mark.parametrize(
    "line",
    [
        "1. send_sms(",
        '1. send_sms(["a"],',
        "1. join(",
        f"1. set_timer({'9' * 5000})",
        f"{'9' * 5000}. join()",
    ],
)
def test_a_line_that_breaks_off_or_holds_a_huge_number_is_a_syntax_error(line: str) -> None:
    with pytest.raises(PlanSyntaxError):
        parse_line(line, 1, BY_NAME)


def quoting(kind: Kind) -> ToolSpec:
    parameter = Parameter("it", kind, unit="minutes" if kind is Kind.DURATION else "")
    return ToolSpec("use", "custom", (parameter,), Kind.STATUS, Effect.READ, "Use it.", print, "plug-in")


WORD_LISTS = st.lists(
    st.sampled_from(
        ["ten", "attend", "a", "5", "half-past", "10:30", "?", ", ", "Ana", "@x", "½", "...", '"']
    ),
    min_size=1,
    max_size=4,
)


@given(WORD_LISTS, st.sampled_from(sorted(SPAN_KINDS)))
def test_a_tool_is_offered_only_if_the_request_has_words_for_it(words: list[str], kind: Kind) -> None:
    try:
        request = Request.read(" ".join(words))
    except RequestRejected:
        return
    grammar = LineGrammar([quoting(kind)], [], [], request).text()
    text = request.text
    spans = [text[i:j] for i in range(len(text)) for j in range(i + 1, len(text) + 1)]
    lines = [f'1. use("{span}")\n'.encode() for span in spans]
    matcher = llguidance.LLMatcher(TOKENIZER, grammar)
    possible = any(matcher.validate_tokens(list(line)) == len(line) for line in lines)
    assert possible == ("1. use(" in grammar)


def test_nobody_is_told_the_address_to_which_the_mail_goes() -> None:
    looked_up = '1. get_email_address("Sid")'
    assert not accepts("mail Sid the plan", looked_up, '2. compose_new_email(["$1"], [], "Plan", "$1")')
    assert accepts("mail Sid the plan", looked_up, '2. compose_new_email(["$1"], [], "Plan", "Here it is.")')
    number = '2. get_phone_number("Bo")'
    assert accepts("text Bo Sid's address", looked_up, number, '3. send_sms(["$2"], "$1")')
    assert not accepts("text Bo Sid's address", looked_up, number, '3. send_sms(["$2"], "$2")')


def test_a_name_does_not_run_on_into_the_address_behind_it() -> None:
    request = "new contact Hye-jin Park hye.park@daon.kr"
    line = '1. create_contact("{}", "", "hye.park@daon.kr")'
    assert accepts(request, line.format("Hye-jin Park"))
    assert not accepts(request, line.format("Hye-jin Park hye.park"))
    assert accepts("save rosa@tulp.nl", '1. create_contact("rosa", "", "rosa@tulp.nl")')
    said = "new contact rosa at tulp dot nl"
    assert accepts(said, '1. create_contact("rosa", "", "rosa@tulp.nl")')
    assert not accepts(said, '1. create_contact("rosa at tulp", "", "rosa@tulp.nl")')
