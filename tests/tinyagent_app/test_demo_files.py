"""The demo profile's own PDF and PNG files are read by other people's programs."""

from __future__ import annotations

import random
import struct
import zlib
from pathlib import Path

import pytest

from tinyagent_app.demo.content import Picture
from tinyagent_app.demo.pdf import pdf
from tinyagent_app.demo.pictures import png
from tools.pdf import read_pdf


def written(base: Path, markdown: str) -> Path:
    path = base / "try.pdf"
    path.write_bytes(pdf(markdown))
    return path


def test_a_pdf_gives_its_text_back(tmp_path: Path) -> None:
    text = r"Crème brûlée (two of them) costs 12 \ 14; the kiln reaches 1240 °C at Østergård's."
    document = read_pdf(written(tmp_path, f"# A menu\n\n{text}\n\n- first\n- second"))
    assert document.pages == 1
    joined = " ".join(document.text.split())
    assert joined == f"A menu {text} • first • second 1 of 1"


def test_a_long_pdf_has_pages_and_loses_nothing(tmp_path: Path) -> None:
    words = [f"word{number}" for number in range(2000)]
    document = read_pdf(written(tmp_path, "# Long\n\n" + " ".join(words)))
    assert document.pages > 2
    found = [word for word in document.text.split() if word.startswith("word")]
    assert found == words


def test_text_that_the_font_does_not_have_is_an_error() -> None:
    with pytest.raises(UnicodeEncodeError):
        pdf("# 薪窯")


def picture(*shapes: list[object]) -> bytes:
    drawn = Picture(file="x.png", sky="#000000", floor="#000000", shapes=list(shapes))
    return png(drawn, random.Random(1))


def rows_of(data: bytes) -> list[bytes]:
    """The points of a PNG, after checking every chunk's sum."""
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    chunks: dict[bytes, bytes] = {}
    place = 8
    while place < len(data):
        (length,) = struct.unpack_from(">I", data, place)
        kind, content = data[place + 4 : place + 8], data[place + 8 : place + 8 + length]
        assert struct.unpack_from(">I", data, place + 8 + length) == (zlib.crc32(kind + content),)
        chunks[kind] = content
        place += 12 + length
    wide, high = struct.unpack_from(">II", chunks[b"IHDR"])
    raw = zlib.decompress(chunks[b"IDAT"])
    line = 3 * wide + 1
    assert len(raw) == line * high
    return [raw[y * line + 1 : (y + 1) * line] for y in range(high)]


def test_a_picture_shows_its_shapes() -> None:
    rows = rows_of(
        picture(
            ["ellipse", 100, 100, 20, 10, "#ff0000"],
            ["polygon", [[200, 50], [240, 50], [240, 90], [200, 90]], "#00ff00"],
        )
    )
    point = {
        (x, y): rows[y][3 * x : 3 * x + 3].hex() for x, y in ((100, 100), (220, 70), (10, 10), (100, 112))
    }
    assert list(point.values()) == ["ff0000", "00ff00", "000000", "000000"]


def test_shapes_beyond_the_edge_are_cut() -> None:
    rows = rows_of(picture(["ellipse", 0, 0, 30, 30, "#0000ff"], ["ellipse", 320, 240, 30, 30, "#0000ff"]))
    assert rows[0][:3].hex() == "0000ff"
    assert rows[-1][-3:].hex() == "0000ff"


def test_an_unknown_shape_is_an_error() -> None:
    with pytest.raises(ValueError, match="no shape"):
        picture(["star", 1, 2])
