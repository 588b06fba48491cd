"""The worker process that holds the model: commands in, text out, one JSON object a line.

A process of its own, because llama.cpp can crash and the kernel kills the largest process when
memory runs out: both must end a request, never the assistant. The worker ends when its standard
input does, so that it never outlives the assistant.

    {"id": 1, "op": "open", "static": "…", "dynamic": "…"}        -> {"id": 1, "done": true}
    {"id": 2, "op": "generate", "grammar": "…", "max_tokens": 96} -> {"id": 2, "text": "…"}*, then done
    {"op": "cancel", "id": 2}                                     ends command 2 early

Each of these answers also has "counts", what the session cost up to there: who cancels reads no further.
"""

from __future__ import annotations

import argparse
import codecs
import functools
import json
import os
import queue
import sys
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TextIO

from planner.runtime.engine import Engine
from planner.runtime.merge import merged
from planner.runtime.network import NetworkError


@dataclass
class Commands:
    """Commands from standard input, read by a thread so that a cancel is seen while the model works."""

    source: TextIO
    waiting: queue.SimpleQueue[dict[str, Any]] = field(default_factory=queue.SimpleQueue)
    cancelled: set[int] = field(default_factory=set)

    def start(self) -> None:
        """Begin to read."""
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in self.source:
            command = json.loads(line)
            if command["op"] == "cancel":
                self.cancelled.add(command["id"])
            else:
                self.waiting.put(command)
        os._exit(0)  # the assistant is gone; nothing here is worth saving


@dataclass
class Worker:
    """Carries out commands with one engine."""

    engine: Engine
    commands: Commands
    out: TextIO

    def serve(self) -> None:
        """Work until the process ends."""
        self.commands.start()
        self._send({"ready": True})
        while True:
            command = self.commands.waiting.get()
            try:
                self._carry_out(command)
            except NetworkError as error:
                self._send({"id": command["id"], "error": str(error)})

    def _carry_out(self, command: Mapping[str, Any]) -> None:
        number: int = command["id"]
        if command["op"] == "open":
            static = self.engine.network.tokenize(command["static"], special=True)
            dynamic = self.engine.network.tokenize(command["dynamic"], special=True)
            self.engine.begin(static, dynamic)
        else:
            self._generate(number, command["grammar"], command["max_tokens"])
        self._answer({"id": number, "done": True})

    def _generate(self, number: int, grammar: str | None, max_tokens: int) -> None:
        decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        for piece in self.engine.generate(grammar, max_tokens, lambda: number in self.commands.cancelled):
            if text := decoder.decode(piece):
                self._answer({"id": number, "text": text})
        if rest := decoder.decode(b"", final=True):
            self._answer({"id": number, "text": rest})

    def _answer(self, message: Mapping[str, object]) -> None:
        self._send({**message, "counts": asdict(self.engine.counts)})

    def _send(self, message: Mapping[str, object]) -> None:
        self.out.write(json.dumps(message) + "\n")
        self.out.flush()


def protocol_channel() -> TextIO:
    """Standard output for the protocol alone: whatever libraries print goes to standard error."""
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return channel


def _load(options: argparse.Namespace) -> Engine:
    load = functools.partial(
        Engine.load, context=options.context, threads=options.threads, state_folder=options.states
    )
    if options.adapter is None:
        return load(options.model)
    path = merged(options.model, options.adapter, options.merged)
    try:
        return load(path)
    except NetworkError:
        path.unlink(missing_ok=True)  # only a cache, and perhaps a damaged one
        return load(merged(options.model, options.adapter, options.merged))


def main() -> int:
    """Load the model, then serve."""
    parser = argparse.ArgumentParser(prog="planner.runtime.worker", description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("--context", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--states", type=Path)
    parser.add_argument("--adapter", type=Path)
    parser.add_argument("--merged", type=Path, help="folder for the model merged with the adapter")
    options = parser.parse_args()
    out = protocol_channel()
    try:
        engine = _load(options)
    except NetworkError as error:
        out.write(json.dumps({"error": str(error)}) + "\n")
        out.flush()
        return 1
    Worker(engine, Commands(sys.stdin), out).serve()
    return 0


if __name__ == "__main__":
    sys.exit(main())
