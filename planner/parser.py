"""Plan text to steps: a tokenizer and a small recursive parser, line by line as text streams in.

Strings are JSON strings or single-quoted ones, lists nest once, numbers and true/false are values;
anything else is a syntax error with its place. Nothing is evaluated. A quoted "$2" is a reference
when step 2 exists before this line and the argument can take a result; in text only if the user
didn't write "$2" themselves, and never as the beginning of an amount like "$2.50".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from planner.errors import PlanSyntaxError
from planner.plan import Argument, Reference, Step, Template
from tools.spec import ACCEPTED_RESULTS, Kind, Parameter, ToolSpec

TOKEN = re.compile(
    r"""\s*(?: (?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
             | (?P<reference>\$\{?\d{1,4}\}?)
             | (?P<number>-?\d{1,9}(?!\w))
             | (?P<name>[A-Za-z_][\w.-]*)
             | (?P<mark>[()\[\],=.]) )""",
    re.VERBOSE,
)
"""The lexer's tokens: this regular expression splits text into tokens, the parser below reads them."""

WHOLE = re.compile(r"\$(?:(\d{1,4})|\{(\d{1,4})\})")
EMBEDDED = re.compile(r"\$(\d{1,4})(?!\d|[.,]\d)")
LITERAL = frozenset({Kind.TEXT, Kind.PLACE})
"""Kinds whose values are words or results: a "$2" that the user wrote stays theirs. An address, number
or path can't be an amount of money, so there a "$2" is always the result of step 2."""
ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}


@dataclass(frozen=True, slots=True)
class Token:
    """One token; `at` is its position in the line."""

    type: str
    text: str
    at: int


def tokenize(line: str) -> Iterator[Token]:
    """The tokens of one plan line. PlanSyntaxError at anything that is none."""
    position, end = 0, len(line.rstrip())
    while position < end:
        match = TOKEN.match(line, position)
        if match is None or match.lastgroup is None:
            raise PlanSyntaxError(
                f"unexpected {line[position : position + 12].strip()!r} at column {position + 1}"
            )
        yield Token(match.lastgroup, match.group(match.lastgroup), match.start(match.lastgroup))
        position = match.end()


@dataclass
class LineParser:
    """Parses one line. Use `parse_line`."""

    tokens: Sequence[Token]
    number: int
    position: int = 0

    def _next(self) -> Token:
        if self.position >= len(self.tokens):
            raise PlanSyntaxError(f"line {self.number} ends too early")
        token = self.tokens[self.position]
        self.position += 1
        return token

    def _peek(self) -> str:
        return self.tokens[self.position].text if self.position < len(self.tokens) else ""

    def _expect(self, text: str) -> None:
        token = self._next()
        if token.text != text:
            raise PlanSyntaxError(f"expected {text!r} at column {token.at + 1}, found {token.text!r}")

    def call(self) -> tuple[str, list[tuple[str | None, Argument]]]:
        """`N. name(arguments)` -> name and arguments (with their names, where given)."""
        number = self._next()
        if number.type != "number" or int(number.text) != self.number:
            raise PlanSyntaxError(f"line {self.number} must begin with '{self.number}.', not {number.text!r}")
        self._expect(".")
        name = self._next()
        if name.type != "name":
            raise PlanSyntaxError(f"expected a tool's name at column {name.at + 1}, found {name.text!r}")
        self._expect("(")
        arguments: list[tuple[str | None, Argument]] = []
        while self._peek() != ")":
            arguments.append(self._argument())
            if self._peek() != ")":
                self._expect(",")
        self._expect(")")
        if self.position != len(self.tokens):
            raise PlanSyntaxError(f"text after the end of call {self.number}: {self._peek()!r}")
        return name.text, arguments

    def _argument(self) -> tuple[str | None, Argument]:
        here, following = self.tokens[self.position :][:1], self.tokens[self.position + 1 :][:1]
        if here and here[0].type == "name" and following and following[0].text == "=":
            name = self._next().text
            self._expect("=")
            return name, self._value()
        return None, self._value()

    def _value(self, *, nested: bool = False) -> Argument:
        token = self._next()
        match token.type:
            case "string":
                return self._string(_unquote(token.text))
            case "number":
                return int(token.text)
            case "reference":
                return self._string(token.text)
            case "name" if token.text.lower() in {"true", "false"}:
                return token.text.lower() == "true"
            case "name" if token.text in {"None", "null"}:
                return ""
            case "mark" if token.text == "[" and not nested:
                return self._list()
        raise PlanSyntaxError(f"unexpected {token.text!r} at column {token.at + 1}")

    def _list(self) -> Argument:
        items: list[Argument] = []
        while self._peek() != "]":
            items.append(self._value(nested=True))
            if self._peek() != "]":
                self._expect(",")
        self._expect("]")
        return tuple(items)

    def _string(self, text: str) -> Argument:
        if (whole := WHOLE.fullmatch(text)) and self._is_earlier(step := int(whole[1] or whole[2])):
            return Reference(step)
        parts: list[str | Reference] = []
        end = 0
        for match in EMBEDDED.finditer(text):
            if self._is_earlier(step := int(match[1])):
                parts += [text[end : match.start()], Reference(step)]
                end = match.end()
        return _joined([part for part in (*parts, text[end:]) if part != ""]) if parts else text

    def _is_earlier(self, step: int) -> bool:
        return 0 < step < self.number


def _unquote(quoted: str) -> str:
    return re.sub(r"\\(.)", lambda m: ESCAPES.get(m.group(1), m.group(1)), quoted[1:-1])


def parse_line(
    line: str, number: int, tools: Mapping[str, ToolSpec], literal_dollars: frozenset[int] = frozenset()
) -> Step | None:
    """One plan line as a Step, or None for join(). PlanSyntaxError names what is wrong with it."""
    name, arguments = LineParser(list(tokenize(line)), number).call()
    if name == "join":
        return None
    if name not in tools:
        raise PlanSyntaxError(f"there is no tool {name!r}")
    return Step(number, name, _bind(tools[name], arguments, literal_dollars))


def _bind(
    tool: ToolSpec, arguments: Sequence[tuple[str | None, Argument]], literal_dollars: frozenset[int]
) -> dict[str, Argument]:
    """Arguments by parameter name. Missing ones get the default or are empty."""
    if len(arguments) > len(tool.parameters):
        raise PlanSyntaxError(f"{tool.name} takes {len(tool.parameters)} arguments, not {len(arguments)}")
    given: dict[str, Argument] = {}
    for parameter, (name, value) in zip(tool.parameters, arguments, strict=False):
        key = name or parameter.name
        if key in given or key not in {p.name for p in tool.parameters}:
            raise PlanSyntaxError(f"{tool.name} has no place for the argument {key!r}")
        given[key] = _meant(tool.parameter(key), value, literal_dollars)
    return {
        p.name: _checked(tool, p, given.get(p.name, () if p.many else _default(p))) for p in tool.parameters
    }


def _meant(parameter: Parameter, value: Argument, literal_dollars: frozenset[int]) -> Argument:
    """The value with its references turned back into text where the user's own dollars are meant."""
    match value:
        case tuple():
            return tuple(_meant(parameter, item, literal_dollars) for item in value)
        case Reference() | Template() if parameter.kind not in ACCEPTED_RESULTS:
            return str(value)
        case Reference(step) if parameter.kind in LITERAL and step in literal_dollars:
            return str(value)
        case Template(parts):
            return _joined([str(p) if _is_literal(p, literal_dollars) else p for p in parts])
        case _:
            return value


def _is_literal(part: str | Reference, literal_dollars: frozenset[int]) -> bool:
    return isinstance(part, Reference) and part.step in literal_dollars


def _joined(parts: Sequence[str | Reference]) -> Argument:
    """Text, or a template if a reference is left in it."""
    if all(isinstance(part, str) for part in parts):
        return "".join(map(str, parts))
    return Template(tuple(parts))


def _default(parameter: Parameter) -> Argument:
    return parameter.default if isinstance(parameter.default, str | int | bool) else ""


def _checked(tool: ToolSpec, parameter: Parameter, value: Argument) -> Argument:
    """The value in the parameter's shape: a list where one is declared, text for text."""
    if parameter.many:
        items = value if isinstance(value, tuple) else (value,)
        return tuple(item for item in items if item != "")
    match value:
        case tuple():
            raise PlanSyntaxError(f"{tool.name}: {parameter.name} takes one value, not a list")
        case bool() if parameter.kind is not Kind.FLAG:
            return ""
        case int() if parameter.kind not in {Kind.INTEGER, Kind.FLAG, Kind.DURATION}:
            return str(value)
        case _:
            return value


@dataclass
class PlanParser:
    """Incremental: feed text as it streams, get each step as soon as its line is complete."""

    tools: Mapping[str, ToolSpec]
    literal_dollars: frozenset[int] = frozenset()
    steps: list[Step] = field(default_factory=list)
    finished: bool = False
    _buffer: str = ""

    def feed(self, text: str) -> list[Step]:
        """The steps completed by this piece of text. Text after join() is ignored."""
        self._buffer += text
        new: list[Step] = []
        while "\n" in self._buffer and not self.finished:
            line, _, self._buffer = self._buffer.partition("\n")
            new += self._line(line)
        return new

    def end(self) -> list[Step]:
        """The text has ended: a last line needs no newline. PlanSyntaxError if the plan lacks join()."""
        new = self._line(self._buffer) if self._buffer.strip() and not self.finished else []
        self._buffer = ""
        if not self.finished:
            raise PlanSyntaxError("the plan ends without join()")
        return new

    def _line(self, line: str) -> list[Step]:
        text = line.strip()
        if not text or text.startswith(("Thought:", "```")):
            return []
        step = parse_line(text, len(self.steps) + 1, self.tools, self.literal_dollars)
        if step is None:
            self.finished = True
            return []
        self.steps.append(step)
        return [step]
