"""Simple drawings as PNG files (ISO 15948), made with the standard library."""

from __future__ import annotations

import random
import struct
import zlib
from collections.abc import Sequence
from itertools import pairwise

from tinyagent_app.demo.content import Picture

_WIDTH, _HEIGHT = 320, 240  # points


def png(picture: Picture, draw: random.Random) -> bytes:
    """The drawing, 8 bit RGB. ValueError for a shape that is none."""
    canvas = _Canvas(_colour(picture.sky), _colour(picture.floor))
    for shape in picture.shapes:
        _paint(canvas, shape, draw)
    header = struct.pack(">IIBBBBB", _WIDTH, _HEIGHT, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(canvas.scanlines(), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


class _Canvas:
    """Rows of RGB points, filled span by span."""

    def __init__(self, sky: bytes, floor: bytes) -> None:
        self._rows = [
            bytearray(bytes(a + (b - a) * y // _HEIGHT for a, b in zip(sky, floor, strict=True)) * _WIDTH)
            for y in range(_HEIGHT)
        ]

    def span(self, y: int, left: float, right: float, colour: bytes) -> None:
        """Fill from `left` to `right` in row `y`, as far as the canvas goes."""
        first, last = max(round(left), 0), min(round(right), _WIDTH)
        if 0 <= y < _HEIGHT and first < last:
            self._rows[y][3 * first : 3 * last] = colour * (last - first)

    def scanlines(self) -> bytes:
        """The rows as PNG wants them, each after a filter byte: none."""
        return b"".join(b"\0" + bytes(row) for row in self._rows)


def _paint(canvas: _Canvas, shape: Sequence[object], draw: random.Random) -> None:
    match shape:
        case ["ellipse", int(x), int(y), int(wide), int(high), str(colour)]:
            _ellipse(canvas, (x, y), (wide, high), _colour(colour))
        case ["polygon", list(points), str(colour)]:
            _polygon(canvas, [(int(x), int(y)) for x, y in points], _colour(colour))
        case ["speckles", int(count), int(x), int(y), int(wide), int(high), str(colour)]:
            for _ in range(count):
                place = (x + draw.randint(-wide, wide), y + draw.randint(-high, high))
                size = draw.choice((1, 1, 2))
                _ellipse(canvas, place, (size, size), _colour(colour))
        case _:
            raise ValueError(f"{shape!r} is no shape")


def _ellipse(canvas: _Canvas, centre: tuple[int, int], half: tuple[int, int], colour: bytes) -> None:
    (x, y), (wide, high) = centre, half
    for row in range(y - high, y + high + 1):
        reach = wide * (1 - ((row - y) / high) ** 2) ** 0.5
        canvas.span(row, x - reach, x + reach + 1, colour)


def _polygon(canvas: _Canvas, points: Sequence[tuple[int, int]], colour: bytes) -> None:
    """Fill between the edges that a row crosses, taken two by two."""
    edges = list(pairwise([*points, points[0]]))
    for row in range(min(y for _, y in points), max(y for _, y in points) + 1):
        crossings = sorted(
            x1 + (x2 - x1) * (row + 0.5 - y1) / (y2 - y1)
            for (x1, y1), (x2, y2) in edges
            if min(y1, y2) <= row + 0.5 < max(y1, y2)
        )
        for left, right in zip(crossings[::2], crossings[1::2], strict=True):
            canvas.span(row, left, right, colour)


def _colour(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("#"))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
