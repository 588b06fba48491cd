"""Arguments that are no dates, without the marks of speech: "roadmap dot pdf" -> "roadmap.pdf"."""

from __future__ import annotations

import re

from planner.plan import Argument
from planner.resolve.words import normal
from tools.spec import Kind, Parameter

_QUOTES = "\"'“”‘’ "


def plain_argument(parameter: Parameter, value: Argument) -> Argument:
    """An argument without the marks of speech around it."""
    if isinstance(value, tuple):
        return tuple(plain_argument(parameter, item) for item in value)
    if not isinstance(value, str):
        return value
    match parameter.kind:
        case Kind.FILE_NAME:
            return spoken_file_name(value)
        case Kind.NAME | Kind.LABEL | Kind.PLACE | Kind.QUERY:
            return value.strip(_QUOTES).rstrip(",;:")
        case Kind.INTEGER:
            return int(value) if value.strip().isdecimal() else 0
        case _:
            return value


def spoken_file_name(text: str) -> str:
    """E.g. "roadmap dot pdf" -> "roadmap.pdf", "memo dot m four a" -> "memo.m4a"."""
    text = text.strip(_QUOTES)
    if match := re.fullmatch(r"(.+?)\s+(?:dot|point)\s+(\S+(?: \S+){0,3})", text, flags=re.IGNORECASE):
        suffix = normal(match[2]).replace(" ", "")
        if re.fullmatch(r"[a-z0-9]{1,5}", suffix):
            text = f"{match[1]}.{suffix}"
    text = re.sub(r"\s+underscore\s+", "_", text, flags=re.IGNORECASE)
    return re.sub(r"\s+(?:dash|hyphen)\s+", "-", text, flags=re.IGNORECASE)
