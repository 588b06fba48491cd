"""Changing a few properties of an existing iCalendar file, and not one byte of the rest.

Parsing and writing a file again would drop or rewrite what this program does not know: properties
of other programs, values that are slightly wrong, the order of things. So the lines of the changed
properties are replaced and all others copied.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from tools.stores.ical import DamagedFile


def with_properties(data: bytes, component: str, index: int, properties: Mapping[str, str]) -> bytes:
    """`data` with these properties in the `index`-th component of that name (counted from 0).

    `properties` maps names to what stands after the name (":COMPLETED", ";VALUE=DATE:20260312"). Old
    lines of the name go, the new line stands before the first sub-component. DamagedFile if there
    is no such component, or its end is missing.
    """
    lines = _content_lines(data)
    own, insert_at = _own_lines(lines, component.encode(), index)
    newline = b"\r\n" if b"\r\n" in data else b"\n"
    new = [f"{name}{rest}".encode() + newline for name, rest in properties.items()]
    replaced = {name.encode() for name in properties}
    output: list[bytes] = []
    for number, line in enumerate(lines):
        if number == insert_at:
            output.extend(new)
        if number in own and _name_and_value(line)[0] in replaced:
            continue
        output.append(line)
    return b"".join(output)


def _own_lines(lines: list[bytes], component: bytes, index: int) -> tuple[set[int], int]:
    """The positions of the component's own property lines, and where new ones belong."""
    own: set[int] = set()
    depth = seen = 0
    inside = insert_at = -1  # the depth of the component once it was found
    for number, line in enumerate(lines):
        name, value = _name_and_value(line)
        here = depth == inside
        if here and name not in {b"BEGIN", b"END"}:
            own.add(number)
        elif here and insert_at < 0:
            insert_at = number
        if name == b"BEGIN":
            depth += 1
            if value == component:
                inside = depth if seen == index else inside
                seen += 1
        elif name == b"END":
            if here:
                return own, insert_at
            depth -= 1
    raise DamagedFile(f"it holds no complete {component.decode()} number {index + 1}")


def _content_lines(data: bytes) -> list[bytes]:
    """The lines with their ends; folded ones (RFC 5545, 3.1) stay together."""
    lines: list[bytes] = []
    for line in re.findall(rb"[^\n]*\n|[^\n]+", data):  # splitlines() would split at a lone \r too
        if lines and line[:1] in {b" ", b"\t"}:
            lines[-1] += line
        else:
            lines.append(line)
    return lines


def _name_and_value(line: bytes) -> tuple[bytes, bytes]:
    head, _, value = line.partition(b":")
    return head.partition(b";")[0].strip().upper(), value.strip().upper()
