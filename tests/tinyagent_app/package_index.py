"""A small package index on loopback that can be told to misbehave."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import threading
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def wheel(member: str, data: bytes) -> bytes:
    """A wheel with one data file besides what every wheel has."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("package/__init__.py", "raise RuntimeError('wheels are never imported')\n")
        archive.writestr(member, data)
        archive.writestr("package-1.0.dist-info/METADATA", "Name: package\n")
    return target.getvalue()


@dataclass
class PackageIndex:
    """What is served, and how badly."""

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)  # by path
    ranges: bool = True
    drops: dict[str, list[int]] = field(default_factory=dict)  # path: after how many bytes, answer by answer
    codes: dict[str, list[int]] = field(default_factory=dict)  # path: status codes instead of answers
    asked: list[tuple[str, str]] = field(default_factory=list)  # path and Range header
    received: Counter[str] = field(default_factory=Counter)  # bytes sent, by path

    def add(self, package: str, version: str, content: bytes, digest: str = "") -> str:
        """Serve a wheel; its path."""
        name = f"{package.replace('-', '_')}-{version}-py3-none-any.whl"
        path = f"/files/{name}"
        self.files[path] = content
        listing = {
            "filename": name,
            "url": f"../../files/{name}",
            "hashes": {"sha256": digest or sha256(content)},
        }
        source = {"filename": f"{package}-{version}.tar.gz", "url": "../x", "hashes": {"sha256": "0" * 64}}
        self.files[f"/simple/{package}/"] = json.dumps({"files": [source, listing]}).encode()
        return path

    def ranges_asked(self, path: str) -> list[str]:
        """The Range headers of the requests for a path."""
        return [header for asked, header in self.asked if asked == path]


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


class _Handler(BaseHTTPRequestHandler):
    index: PackageIndex

    def do_GET(self) -> None:
        index, path = self.index, self.path
        wanted = self.headers.get("Range", "")
        index.asked.append((path, wanted))
        if index.codes.get(path):
            return self.send_error(index.codes[path].pop(0))
        if path not in index.files:
            return self.send_error(404)
        body, start = index.files[path], 0
        if wanted and index.ranges:
            start = int(wanted.removeprefix("bytes=").removesuffix("-"))
            if start >= len(body):
                return self.send_error(416)
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(body) - start))
        self.end_headers()
        end = start + index.drops[path].pop(0) if index.drops.get(path) else len(body)
        index.received[path] += len(body[start:end])
        self.wfile.write(body[start:end])
        return None

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the name of the base class)
        """Nothing is logged."""


@contextlib.contextmanager
def serving() -> Iterator[PackageIndex]:
    """A running index."""
    index = PackageIndex()
    handler = type("Handler", (_Handler,), {"index": index})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    index.url = f"http://127.0.0.1:{server.server_port}/simple"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield index
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
