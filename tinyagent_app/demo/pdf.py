"""PDF files from a little Markdown: a title, headings, paragraphs, lists; Helvetica on A4 pages.

Written by hand because a page of text needs no library: seven kinds of objects of ISO 32000-1.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_LEFT, _TOP, _BOTTOM, _FOOT = 64, 770, 80, 40  # points from the lower left corner
_SPECIAL = str.maketrans({"\\": r"\\", "(": r"\(", ")": r"\)"})


@dataclass(frozen=True, slots=True)
class _Style:
    """How a block is set: the font, its size, the line pitch and the space before, in points."""

    font: str
    size: int
    pitch: int
    before: int
    columns: int  # characters of a line


_TITLE = _Style("F2", 18, 24, 0, 48)
_HEADING = _Style("F2", 12, 16, 14, 72)
_BODY = _Style("F1", 11, 15, 7, 86)
_ITEM = _Style("F1", 11, 15, 2, 82)
_FOOTER = _Style("F1", 9, 12, 0, 86)


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of text at a height of its page."""

    text: str
    style: _Style
    y: int


def pdf(markdown: str) -> bytes:
    """The document. UnicodeEncodeError for text beyond Windows-1252, which Helvetica does not have."""
    pages = list(_pages(markdown))
    title = next((line.text for line in pages[0] if line.style is _TITLE), "")
    kids = " ".join(f"{6 + 2 * number} 0 R" for number in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        *(_font(name) for name in ("Helvetica", "Helvetica-Bold")),
        b"<< /Title (%s) >>" % _escaped(title),
    ]
    for number, page in enumerate(pages, start=1):
        objects += _page_objects(page, f"{number} of {len(pages)}", content=len(objects) + 2)
    return _assembled(objects)


def _pages(markdown: str) -> Iterator[list[_Line]]:
    """The lines of each page, broken where the next one would be below the margin."""
    page: list[_Line] = []
    y = _TOP
    for text, style in _blocks(markdown):
        for number, line in enumerate(_wrapped(text, style)):
            y -= style.pitch + (style.before if number == 0 else 0)
            if y < _BOTTOM:
                yield page
                page, y = [], _TOP - style.pitch
            page.append(_Line(line, style, y))
    yield page


def _blocks(markdown: str) -> Iterator[tuple[str, _Style]]:
    for block in markdown.strip().split("\n\n"):
        if block.startswith("# "):
            yield block[2:], _TITLE
        elif block.startswith("## "):
            yield block[3:], _HEADING
        elif block.startswith("- "):
            yield from ((line, _ITEM) for line in block.splitlines())
        else:
            yield " ".join(block.split()), _BODY


def _wrapped(text: str, style: _Style) -> Sequence[str]:
    if style is not _ITEM:
        return textwrap.wrap(text, style.columns)
    return textwrap.wrap(f"\u2022 {text[2:]}", style.columns, subsequent_indent="   ")


def _font(name: str) -> bytes:
    return b"<< /Type /Font /Subtype /Type1 /BaseFont /%s /Encoding /WinAnsiEncoding >>" % name.encode()


def _page_objects(lines: Sequence[_Line], footer: str, *, content: int) -> list[bytes]:
    """The page, and its content stream, which is object number `content`."""
    shown = [*lines, _Line(footer, _FOOTER, _FOOT)]
    stream = b"\n".join(
        b"BT /%s %d Tf %d %d Td (%s) Tj ET"
        % (line.style.font.encode(), line.style.size, _LEFT, line.y, _escaped(line.text))
        for line in shown
    )
    page = (
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R"
        b" /Resources << /Font << /F1 3 0 R /F2 4 0 R >> >> >>" % content
    )
    return [page, b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream)]


def _escaped(text: str) -> bytes:
    return text.translate(_SPECIAL).encode("cp1252")


def _assembled(objects: Sequence[bytes]) -> bytes:
    """The objects, numbered from 1, with the table that says at which byte each begins."""
    out = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, content in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R /Info 5 0 R >>\n" % (len(objects) + 1)
    out += b"startxref\n%d\n%%%%EOF\n" % table
    return bytes(out)
