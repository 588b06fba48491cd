"""Small PDF and PNG files, written without a library: only the demo profile needs them."""

from __future__ import annotations

import struct
import textwrap
import zlib
from collections.abc import Sequence

_LINE, _TOP, _LEFT, _WIDTH = 16, 780, 60, 84  # points, points, points, characters
_LINES_OF_A_PAGE = 40


def pdf(title: str, paragraphs: Sequence[str]) -> bytes:
    """A PDF (ISO 32000-1) with the title and the paragraphs as text, Helvetica, A4."""
    lines = [title, ""]
    for paragraph in paragraphs:
        lines += [*textwrap.wrap(paragraph, _WIDTH), ""]
    pages = [lines[i : i + _LINES_OF_A_PAGE] for i in range(0, len(lines), _LINES_OF_A_PAGE)]
    kids = " ".join(f"{4 + 2 * i} 0 R" for i in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    for number, page in enumerate(pages):
        content = _page(page)
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R"
            b" /Resources << /Font << /F1 3 0 R >> >> >>" % (5 + 2 * number)
        )
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
    return _assemble(objects)


def png(width: int, height: int, colour: tuple[int, int, int]) -> bytes:
    """A picture (PNG, 8 bit RGB): a round shape of the colour on a pale ground that fades."""
    rows = bytearray()
    for y in range(height):
        rows.append(0)  # filter: none
        for x in range(width):
            inside = ((x - width / 2) / (width / 3)) ** 2 + ((y - height / 2) / (height / 3)) ** 2 < 1
            pale = 245 - 40 * y // height
            shade = 1 - 0.4 * y / height
            rows += bytes(int(c * shade) for c in colour) if inside else bytes((pale, pale, pale - 8))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        _chunk(kind, data)
        for kind, data in ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(rows), 9)), (b"IEND", b""))
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _page(lines: Sequence[str]) -> bytes:
    shown = [b"BT /F1 11 Tf %d %d Td %d TL" % (_LEFT, _TOP, _LINE)]
    for line in lines:
        text = line.encode("cp1252", "replace")
        for special in (b"\\", b"(", b")"):
            text = text.replace(special, b"\\" + special)
        shown.append(b"(%s) Tj T*" % text)
    return b"\n".join([*shown, b"ET"])


def _assemble(objects: Sequence[bytes]) -> bytes:
    """The objects with the table that says at which byte each begins."""
    out = bytearray(b"%PDF-1.4\n")
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table)
    return bytes(out)
