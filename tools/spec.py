"""What a tool is: the declaration that the planner, the grammar and the executor all read.

A tool is one typed, documented Python function. The decorator states its group and effect; the
argument kinds come from the type hints, and the first docstring line is what the model reads:

    @tool(group="contacts", effect=Effect.READ)
    def get_email_address(ctx: ToolContext, name: Name) -> EmailResult:
        "Look up the e-mail address of a contact."

A `Kind` says where an argument comes from. Kinds that quote (names, places, dates) may only be
spans of the request; kinds that refer (addresses, paths) may be results of earlier steps. The
grammar and the resolver are both derived from it, so a new tool needs no code of its own there.
"""

from __future__ import annotations

import enum
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, get_args, get_origin, get_type_hints

BUILT_IN = "built-in"  # source of the tools of this package


class Effect(enum.StrEnum):
    """What running a tool does to the world; decides about confirmation and undo."""

    READ = "read"
    LOCAL_WRITE = "local write"
    OUTGOING = "outgoing"
    DESTRUCTIVE = "destructive"

    @property
    def needs_confirmation(self) -> bool:
        """Outgoing and destructive calls wait for a yes."""
        return self in {Effect.OUTGOING, Effect.DESTRUCTIVE}


class Kind(enum.StrEnum):
    """Where an argument's value comes from, or what a result is good for."""

    NAME = "name"  # person, contact: span of the request
    LABEL = "label"  # name of a note, reminder, list, folder, app: span of the request
    FILE_NAME = "file name"  # span of the request
    PLACE = "place"  # span of the request, or a link produced earlier
    QUERY = "query"  # search words: span of the request
    DATE = "date"  # spoken date or time: span of the request, resolved to ISO local time
    DURATION = "duration"  # spoken duration: span of the request, resolved to a whole number of `unit`
    TITLE = "title"  # short free text
    TEXT = "text"  # free text, may be or embed a reference
    CHOICE = "choice"  # one of `choices`
    INTEGER = "integer"
    FLAG = "flag"  # true or false
    EMAIL = "email"  # an address of the request, or a reference to an EMAIL result
    PHONE = "phone"  # a number of the request, or a reference to a PHONE result
    PATH = "path"  # a reference to a PATH result
    LINK = "link"  # results only: a URL
    STATUS = "status"  # results only: a sentence about what was done; nothing refers to it


SPAN_KINDS = frozenset(
    {Kind.NAME, Kind.LABEL, Kind.FILE_NAME, Kind.PLACE, Kind.QUERY, Kind.DATE, Kind.DURATION}
)
"""Kinds whose literal values must be spans of the request."""

ACCEPTED_RESULTS: Mapping[Kind, frozenset[Kind]] = {
    Kind.EMAIL: frozenset({Kind.EMAIL}),
    Kind.PHONE: frozenset({Kind.PHONE}),
    Kind.PATH: frozenset({Kind.PATH}),
    Kind.PLACE: frozenset({Kind.LINK}),
    Kind.TEXT: frozenset({Kind.TEXT, Kind.LINK, Kind.EMAIL, Kind.PHONE}),
}
"""Which result kinds an argument of a kind may refer to; kinds not listed take no references."""


@dataclass(frozen=True, slots=True)
class Arg:
    """Annotation that gives a parameter its kind."""

    kind: Kind
    choices: tuple[str, ...] = ()
    unit: str = ""  # of a DURATION: "minutes" or "seconds"
    optional: bool = False  # may be empty though it has no default; of a list: the list may be empty


Name = Annotated[str, Arg(Kind.NAME)]
Label = Annotated[str, Arg(Kind.LABEL)]
FileName = Annotated[str, Arg(Kind.FILE_NAME)]
Place = Annotated[str, Arg(Kind.PLACE)]
Query = Annotated[str, Arg(Kind.QUERY)]
DateTime = Annotated[str, Arg(Kind.DATE)]
Minutes = Annotated[int, Arg(Kind.DURATION, unit="minutes")]
Seconds = Annotated[int, Arg(Kind.DURATION, unit="seconds")]
Title = Annotated[str, Arg(Kind.TITLE)]
Text = Annotated[str, Arg(Kind.TEXT)]
Integer = Annotated[int, Arg(Kind.INTEGER)]
Flag = Annotated[bool, Arg(Kind.FLAG)]
Email = Annotated[str, Arg(Kind.EMAIL)]
Phone = Annotated[str, Arg(Kind.PHONE)]
FilePath = Annotated[str, Arg(Kind.PATH)]
Link = Annotated[str, Arg(Kind.LINK)]
Status = Annotated[str, Arg(Kind.STATUS)]

MaybeEmail = Annotated[str, Arg(Kind.EMAIL, optional=True)]
MaybePath = Annotated[str, Arg(Kind.PATH, optional=True)]
MaybeText = Annotated[str, Arg(Kind.TEXT, optional=True)]
"""For arguments that may be empty: `cc: list[MaybeEmail]`, `attachments: list[MaybePath]`."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a tool gives back: the value that later steps refer to, and the line the user reads."""

    value: str | int
    text: str


PhoneResult = Annotated[Result, Arg(Kind.PHONE)]
EmailResult = Annotated[Result, Arg(Kind.EMAIL)]
PathResult = Annotated[Result, Arg(Kind.PATH)]
TextResult = Annotated[Result, Arg(Kind.TEXT)]
LinkResult = Annotated[Result, Arg(Kind.LINK)]
StatusResult = Annotated[Result, Arg(Kind.STATUS)]
"""What tools declare to return: a `Result` whose value is of the kind."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One argument of a tool."""

    name: str
    kind: Kind
    many: bool = False
    choices: tuple[str, ...] = ()
    unit: str = ""
    default: Any = inspect.Parameter.empty
    optional: bool = False  # may be left empty ("" or [])


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A tool's declaration. `function(ctx, **args)` runs it; `ctx` is a `tools.context.ToolContext`."""

    name: str
    group: str
    parameters: tuple[Parameter, ...]
    result: Kind
    effect: Effect
    doc: str
    function: Callable[..., Any] = field(compare=False, repr=False)
    source: str = BUILT_IN

    @property
    def signature(self) -> str:
        """The signature as the model reads it, e.g. `send_sms(recipients: list, message)`."""
        words = (f"{p.name}: list" if p.many else p.name for p in self.parameters)
        return f"{self.name}({', '.join(words)})"

    def parameter(self, name: str) -> Parameter:
        """The parameter called `name`; KeyError if there is none."""
        for parameter in self.parameters:
            if parameter.name == name:
                return parameter
        raise KeyError(name)


def _parameter(name: str, hint: Any, default: Any) -> Parameter:
    many = get_origin(hint) is list
    inner = get_args(hint)[0] if many else hint
    marks = [mark for mark in getattr(inner, "__metadata__", ()) if isinstance(mark, Arg)]
    if len(marks) != 1:
        raise TypeError(f"parameter {name!r} needs one of the annotated types of tools.spec, not {hint!r}")
    arg = marks[0]
    optional = arg.optional or default is not inspect.Parameter.empty
    return Parameter(name, arg.kind, many, arg.choices, arg.unit, default, optional)


def tool(*, group: str, effect: Effect, source: str = BUILT_IN) -> Callable[[Callable[..., Any]], ToolSpec]:
    """Turn a typed, documented function into a `ToolSpec`.

    The first parameter is the context and is not part of the signature. TypeError when a hint is
    not one of this module's annotated types or the docstring is missing.
    """

    def declare(function: Callable[..., Any]) -> ToolSpec:
        hints = get_type_hints(function, include_extras=True)
        doc = (inspect.getdoc(function) or "").partition("\n")[0]
        if not doc:
            raise TypeError(f"tool {function.__name__} needs a docstring: the model reads its first line")
        names = list(inspect.signature(function).parameters.values())[1:]
        parameters = tuple(_parameter(p.name, hints[p.name], p.default) for p in names)
        result = _parameter("return", hints.get("return"), inspect.Parameter.empty).kind
        return ToolSpec(function.__name__, group, parameters, result, effect, doc, function, source)

    return declare
