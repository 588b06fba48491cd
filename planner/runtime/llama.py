"""A GGUF model in a worker process, as a `LanguageModel`.

The process is started at the first use (or by `start`, while other things are prepared). If it dies,
the request at hand ends with `ModelUnavailable`, and the next one starts it again.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import signal
import sys
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from planner.errors import ModelUnavailable
from planner.runtime import chatml
from planner.runtime.base import Prompt, TokenCounts, Turn

LINE_LIMIT = 1 << 20  # bytes of one message


@dataclass(frozen=True, slots=True)
class Tuning:
    """How a model was trained to plan. It always runs merged with its adapter (`planner.runtime.merge`)."""

    adapter: Path  # a LoRA file
    folder: Path  # where the merged model is kept


@dataclass(frozen=True, slots=True)
class ModelFile:
    """Which file to load, and how."""

    name: str
    path: Path
    context: int = 6144  # tokens
    threads: int = 2
    states: Path | None = None  # folder of evaluated prompts; None: none are kept
    tuning: Tuning | None = None


class LlamaModel:
    """See `planner.runtime.base.LanguageModel`."""

    constrained = True

    def __init__(self, file: ModelFile) -> None:
        self.file = file
        self.name = file.name
        self.tuned = file.tuning is not None
        self._worker: _Worker | None = None
        self._memory = asyncio.Lock()  # sessions and chats share the model's one sequence
        self._starting = asyncio.Lock()

    @property
    def pid(self) -> int | None:
        """The worker's process id, None when it does not run."""
        return self._worker.process.pid if self._worker is not None else None

    async def start(self) -> None:
        """Load the model if it isn't loaded. ModelUnavailable if that fails."""
        await self._running()

    @contextlib.asynccontextmanager
    async def session(self, prompt: Prompt) -> AsyncIterator[LlamaSession]:
        """See `LanguageModel.session`."""
        async with self._memory:
            worker = await self._running()
            session = LlamaSession(worker)
            dynamic = chatml.render(prompt.dynamic) + chatml.opening()
            await session.open(chatml.render(prompt.static), dynamic)
            yield session

    async def chat(self, turns: Sequence[Turn], max_tokens: int) -> str:
        """See `LanguageModel.chat`."""
        async with self.session(Prompt((), tuple(turns))) as session:
            pieces = [piece async for piece in session.generate(max_tokens=max_tokens)]
        return "".join(pieces).strip()

    async def close(self) -> None:
        """See `LanguageModel.close`."""
        if self._worker is not None:
            await self._worker.stop()
            self._worker = None

    async def _running(self) -> _Worker:
        async with self._starting:
            if self._worker is None or self._worker.process.returncode is not None or self._worker.broken:
                await self.close()
                self._worker = await _Worker.start(self.file)
            return self._worker


class LlamaSession:
    """See `planner.runtime.base.Session`."""

    def __init__(self, worker: _Worker) -> None:
        self._worker = worker
        self.counts = TokenCounts()

    async def open(self, static: str, dynamic: str) -> None:
        """Evaluate the prompt."""
        command = {"op": "open", "static": static, "dynamic": dynamic}
        async for message in self._worker.command(command):
            self._count(message)

    async def generate(
        self, *, grammar: str | None = None, max_tokens: int = 512
    ) -> AsyncGenerator[str, None]:
        """See `Session.generate`."""
        command = {"op": "generate", "grammar": grammar, "max_tokens": max_tokens}
        async with contextlib.aclosing(self._worker.command(command)) as messages:
            async for message in messages:
                self._count(message)
                if "text" in message:
                    yield message["text"]

    def _count(self, message: Mapping[str, Any]) -> None:
        self.counts = TokenCounts(**message["counts"])


def _remedy(file: ModelFile) -> str:
    again = f"Fetch it again with: tinyagent models pull {file.name}"
    return again if file.tuning is None else f"Look at the setting 'adapter'. {again}"


class _Worker:
    """The running process. One command at a time; an abandoned one is cancelled and its rest ignored."""

    def __init__(self, name: str, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.broken = False
        self._name = name
        self._numbers = itertools.count(1)
        self._complaints: deque[str] = deque(maxlen=20)
        self._listener = asyncio.create_task(self._listen())

    @classmethod
    async def start(cls, file: ModelFile) -> _Worker:
        """Start the process and wait until the model is loaded."""
        arguments = [str(file.path), "--context", str(file.context), "--threads", str(file.threads)]
        if file.states is not None:
            arguments += ["--states", str(file.states)]
        if file.tuning is not None:
            arguments += ["--adapter", str(file.tuning.adapter), "--merged", str(file.tuning.folder)]
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "planner.runtime.worker", *arguments),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=LINE_LIMIT,
            process_group=0,  # Ctrl-C in the terminal is for the assistant
        )
        worker = cls(file.name, process)
        try:
            message = await worker._read()
        except BaseException:  # cancelled while it loads: nobody else knows of the process
            await worker.stop()
            raise
        if "error" in message:
            await worker.stop()
            raise ModelUnavailable(
                f"The model {file.name} can't be loaded: {message['error']}",
                _remedy(file),
            )
        return worker

    async def command(self, command: Mapping[str, object]) -> AsyncGenerator[dict[str, Any], None]:
        """Send a command; yields its messages, all with `counts`, the last one with `done`."""
        number = next(self._numbers)
        await self._write({**command, "id": number})
        finished = False
        try:
            while not finished:
                message = await self._read()
                if message.get("id") != number:
                    continue  # left over from an abandoned command
                if "error" in message:
                    finished = True
                    raise ModelUnavailable(f"The model {self._name} gave up: {message['error']}.")
                finished = "done" in message
                yield message
        finally:
            if not finished and self.process.returncode is None and self.process.stdin is not None:
                cancel = json.dumps({"op": "cancel", "id": number}) + "\n"
                self.process.stdin.write(cancel.encode())

    async def stop(self) -> None:
        """End the process and wait for it."""
        self.broken = True
        if self.process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self.process.kill()
        await self.process.wait()
        await self._listener
        if self.process.stdin is not None:
            self.process.stdin.close()

    async def _write(self, message: Mapping[str, object]) -> None:
        assert self.process.stdin is not None  # noqa: S101 (narrowing: the process was made with a pipe)
        try:
            self.process.stdin.write((json.dumps(message) + "\n").encode())
            await self.process.stdin.drain()
        except (BrokenPipeError, ConnectionResetError):
            raise await self._death() from None

    async def _read(self) -> dict[str, Any]:
        assert self.process.stdout is not None  # noqa: S101 (narrowing)
        line = await self.process.stdout.readline()
        if not line.endswith(b"\n"):
            raise await self._death()
        message: dict[str, Any] = json.loads(line)
        return message

    async def _death(self) -> ModelUnavailable:
        """What to say of a process that is gone."""
        self.broken = True
        code = await self.process.wait()
        await self._listener
        if code == -signal.SIGKILL:
            why = "it was killed (signal 9), perhaps because memory ran out"
            hint = "Ask again; if it happens again, close other programs or choose a smaller model (--model)."
        elif code < 0:
            why, hint = f"it crashed (signal {-code})", "Ask again; the model is loaded anew."
        else:
            why, hint = f"it ended with code {code}", "Ask again; the model is loaded anew."
        last = f" Its last words: {self._complaints[-1]}" if self._complaints else ""
        return ModelUnavailable(f"The process of the model {self._name} is gone: {why}.{last}", hint)

    async def _listen(self) -> None:
        """Keep the end of what the process says on standard error."""
        assert self.process.stderr is not None  # noqa: S101 (narrowing)
        with contextlib.suppress(ValueError):  # a line over the limit: not worth more than its loss
            async for line in self.process.stderr:
                if text := line.decode("utf-8", "replace").strip():
                    self._complaints.append(text)
