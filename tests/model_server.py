"""A server on loopback that plays the language model: what it answers is written in the test."""

from __future__ import annotations

import contextlib
import http.server
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

Answer = tuple[int, str]
"""HTTP status and body."""


def stream(text: str) -> str:
    """A body that streams `text` as one piece of a chat completion."""
    piece = json.dumps({"choices": [{"delta": {"content": text}}]})
    return f"data: {piece}\n\ndata: [DONE]\n\n"


@contextlib.contextmanager
def serving(answer: Callable[[str], Answer]) -> Iterator[str]:
    """The URL of a server that answers each request by its last message."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            """The list of models, by which the program sees that the server is there."""
            self.send_response(200 if self.path == "/v1/models" else 404)
            self.end_headers()
            self.wfile.write(b'{"data": []}')

        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, body = answer(request["messages"][-1]["content"])
            self.send_response(status)
            self.end_headers()
            with contextlib.suppress(ConnectionError):  # the program was killed meanwhile
                self.wfile.write(body.encode())

        def log_message(self, *_: Any) -> None:
            """Silent."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        server.server_close()


@contextlib.contextmanager
def canned(*answers: Answer) -> Iterator[str]:
    """Answers in this order, whatever is asked."""
    left = list(answers)
    with serving(lambda _: left.pop(0)) as url:
        yield url


@contextlib.contextmanager
def planning(plans: Mapping[str, str]) -> Iterator[str]:
    """Answers a request that contains one of the texts with its plan, as often as it is asked."""

    def answer(request: str) -> Answer:
        plan = next((plan for words, plan in plans.items() if words in request), None)
        return (200, stream(plan)) if plan is not None else (500, f"no plan for {request!r}")

    with serving(answer) as url:
        yield url
