"""The grammar of the next plan line: what the model may write, and nothing else.

A plan is written line by line, each under a grammar of its own, built from the tools in play, the
request and the lines before. That makes the grammar exact where one grammar for a whole plan could
not be: a reference can only point back to a result of the right kind (a mail's recipient to an
e-mail address, an attachment to a path), a tool whose arguments can't be supplied yet isn't offered,
and names, dates, places and search words can only be spans of the request. The syntax is
llguidance's Lark dialect.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from planner.plan import Step
from planner.request import Request
from tools.spec import ACCEPTED_RESULTS, SPAN_KINDS, Kind, Parameter, ToolSpec

MAX_STEPS = 12
SEPARATOR, EMPTY, QUOTE = '", " ', '""', '"'
MAX_ITEMS = 8  # of a list argument
MAX_TEXT, MAX_TITLE = 320, 60  # characters

_NUMBERS = (
    "an? |half|quarter|couple|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|"
    "fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|"
    "ninety|hundred"
)
SPAN_SHAPES = {
    Kind.NAME: r"[^ ,.;:!?\"@0-9]([^,;:!?\"@0-9]{0,38}[^ ,;:!?\"@0-9])?",
    Kind.LABEL: r"[^ ,;:!?\"]([^;:!?\"]{0,58}[^ ,;:!?\"])?",
    Kind.FILE_NAME: r"[^ ,;!?\"]([^;!?\"]{0,78}[^ ,;:!?\"])?",
    Kind.PLACE: r"[^ ,;:!?\"]([^;!?\"]{0,78}[^ ,;:!?\"])?",
    Kind.QUERY: r"[^ ,;:!?\"]([^;!?\"]{0,58}[^ ,;:!?\"])?",
    Kind.DATE: r"[^ ,;:!?\"]([^;!?\"]{0,78}[^ ,;:!?\"])?",
    Kind.DURATION: (
        rf"([^;:!?\"]{{0,24}} )?(?i:[0-9]{{1,2}}:[0-9]{{2}}|[0-9½]|{_NUMBERS})([^;:!?\"]{{0,38}}[^ ,;:!?\"])?"
    ),
}
"""Regular expressions that spans of a kind must match besides being spans: no blanks at the ends,
no sentence marks inside, and a bound on the length."""

WORDS = re.compile(r"\w+|[^\w\s]+")  # at their beginnings llguidance lets a span begin
WORD_ENDS = r"(?!(?<=\w)\w)"


@dataclass(frozen=True, slots=True)
class LineGrammar:
    """The grammar of line `len(earlier) + 1`."""

    tools: Sequence[ToolSpec]  # in play
    earlier: Sequence[Step]  # lines before
    results: Sequence[Kind]  # of the lines before
    request: Request

    def text(self) -> str:
        """The grammar in llguidance's Lark syntax. join() is always possible."""
        number = len(self.earlier) + 1
        calls = [f'"{number}. join()\\n"']
        rules: list[str] = []
        if number <= MAX_STEPS:
            for tool in self.tools:
                if all(self._can_supply(p, tool) for p in tool.parameters):
                    calls.append(f'"{number}. {tool.name}(" {_rule_name(tool)} ")\\n"')
                    rules.append(self._arguments(tool))
        return "\n".join(["start: " + " | ".join(calls), *rules, *self._terminals()])

    def _arguments(self, tool: ToolSpec) -> str:
        """All arguments in order; what may be empty may be left out at the end, which saves tokens."""
        required = max((i for i, p in enumerate(tool.parameters, 1) if not p.optional), default=0)
        tail = ""
        for parameter in reversed(tool.parameters[required:]):
            tail = f'(", " {self._parameter(parameter, tool)} {tail})?'
        parts = ' ", " '.join(self._parameter(p, tool) for p in tool.parameters[:required])
        if required or not tail:
            return f"{_rule_name(tool)}: {parts or EMPTY} {tail}"
        return f"{_rule_name(tool)}: {tail.replace(SEPARATOR, '', 1)}"

    def _can_supply(self, parameter: Parameter, tool: ToolSpec) -> bool:
        """Whether there is anything to write for the parameter on this line."""
        return parameter.optional or bool(self._alternatives(parameter, tool))

    def _parameter(self, parameter: Parameter, tool: ToolSpec) -> str:
        options = self._alternatives(parameter, tool)
        if not parameter.many:
            if parameter.optional and parameter.kind not in {Kind.CHOICE, Kind.FLAG, Kind.INTEGER}:
                options.append('"\\"\\""')
            return "(" + " | ".join(options) + ")"
        if not options:
            return '"[]"'
        some = f'"[" {_some_of(options[:MAX_ITEMS])} "]"'
        return f'("[]" | {some})' if parameter.optional else some

    def _alternatives(self, parameter: Parameter, tool: ToolSpec) -> list[str]:  # noqa: PLR0911 (one a kind)
        kind = parameter.kind
        sources = self._texts(tool) if kind is Kind.TEXT else self._sources(kind)
        options = [_literal(f'"${i}"') for i in sources]
        if kind in SPAN_KINDS:
            return [*options, f'"\\"" {kind.name} "\\""'] if self._has_span(kind) else options
        match kind:
            case Kind.EMAIL:
                return options + [_literal(json.dumps(a)) for a in self.request.addresses]
            case Kind.PHONE:
                return options + [_literal(json.dumps(n)) for n in self.request.numbers]
            case Kind.TEXT:
                return [*options, "TEXT"] if "$" in self.request.text else [_text_name(sources)]
            case Kind.TITLE:
                return [*options, '"\\"" TITLE "\\""']
            case Kind.CHOICE:
                return [_literal(json.dumps(choice)) for choice in self._choices(parameter)]
            case Kind.FLAG:
                return ['"true"', '"false"']
            case Kind.INTEGER:
                return ["INTEGER"]
            case _:
                return options

    def _choices(self, parameter: Parameter) -> list[str]:
        """Where nothing may be chosen, only what the request names is: no priority out of thin air."""
        if "" not in parameter.choices:
            return list(parameter.choices)
        return [choice for choice in parameter.choices if self._says(choice)]

    def _says(self, choice: str) -> bool:
        return re.search(rf"\b{re.escape(choice)}\b", self.request.text, re.IGNORECASE) is not None

    def _has_span(self, kind: Kind) -> bool:
        """Whether some words of the request have the shape: else a line would have no way to end."""
        shape = re.compile(rf"(?:{SPAN_SHAPES[kind]}){WORD_ENDS}")
        return any(
            shape.match(chunk, word.start()) for chunk in self._chunks(kind) for word in WORDS.finditer(chunk)
        )

    def _chunks(self, kind: Kind) -> tuple[str, ...]:
        """What a span of the kind must lie in: a name doesn't run on into the address behind it."""
        return self.request.addressless if kind is Kind.NAME else self.request.chunks

    def _sources(self, kind: Kind) -> list[int]:
        """Earlier steps whose results an argument of this kind may refer to."""
        accepted = ACCEPTED_RESULTS.get(kind, frozenset())
        return [i for i, result in enumerate(self.results, 1) if result in accepted]

    def _texts(self, tool: ToolSpec) -> list[int]:
        """Earlier steps whose results the tool's texts may hold.

        Not the only address or number there is for it to be sent to: nobody is told their own.
        """
        taken: list[int] = []
        literals = {Kind.EMAIL: self.request.addresses, Kind.PHONE: self.request.numbers}
        for kind, given in literals.items():
            found = self._sources(kind)
            needed = any(p.kind is kind and not p.optional for p in tool.parameters)
            if needed and len(found) == 1 and not given:
                taken += found
        return [i for i in self._sources(Kind.TEXT) if i not in taken]

    def _terminals(self) -> list[str]:
        own_dollars = "$" if "$" in self.request.text else ""
        lines = ["INTEGER: /[0-9]{1,5}/", f"TITLE: {_text_pattern(own_dollars, 1, MAX_TITLE)}"]
        # With its quotation marks in one terminal: "$1" must not be taken for a terminal of its own.
        if own_dollars:  # the user's own dollars: only whole-argument references
            lines.append(f"TEXT: {_text_pattern('$', 1, MAX_TEXT, quote=QUOTE)}")
        else:
            variants = sorted({tuple(self._texts(tool)) for tool in self.tools})
            lines += [f"{_text_name(variant)}: {_text_with(variant)}" for variant in variants]
        chunks = {kind: self._chunks(kind) for kind in SPAN_SHAPES}
        names = {c: f"SPAN_{i}" for i, c in enumerate(dict.fromkeys(chunks.values())) if c}
        lines += [f"{name}: {_span_of(c)}" for c, name in names.items()]
        lines += [f"{kind.name}: {names[c]} & /{SPAN_SHAPES[kind]}/" for kind, c in chunks.items() if c]
        return lines


def _span_of(chunks: Sequence[str]) -> str:
    return " | ".join(f"%regex {json.dumps({'substring_words': c})}" for c in chunks)


def _text_name(sources: Sequence[int]) -> str:
    return "_".join(["TEXT", *map(str, sources)])


def _text_with(sources: Sequence[int]) -> str:
    """Free text in which references to these steps may stand."""
    digits = "|".join(map(str, sources))
    return _text_pattern("", 1, MAX_TEXT, rf"|\$({digits})" if digits else "", quote=QUOTE)


def _text_pattern(also: str, least: int, most: int, alternative: str = "", quote: str = "") -> str:
    excluded = r"\"\\\n\r\t" + ("" if also == "$" else "$")
    return rf"/{quote}([^{excluded}]{alternative}){{{least},{most}}}{quote}/"


def _some_of(items: Sequence[str]) -> str:
    """One or more of the items, each at most once, in their order."""
    first, *rest = items
    if not rest:
        return first
    return f'({first} (", " {_some_of(rest)})? | {_some_of(rest)})'


def _rule_name(tool: ToolSpec) -> str:
    return "args_" + "".join(c if c.isalnum() and c.isascii() else "_" for c in tool.name.lower())


def _literal(text: str) -> str:
    """A Lark string literal."""
    return json.dumps(text, ensure_ascii=False)
