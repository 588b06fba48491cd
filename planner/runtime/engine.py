"""llama.cpp driven token by token: prompt reuse, grammar-constrained greedy decoding, forced tokens.

Runs inside the worker process (`planner.runtime.worker`). Why not `Llama.create_completion`: it
samples every token, also those that the grammar forces, and can't keep the state of a static prompt
on disk. Here forced tokens (llguidance's fast-forward tokens) join the batch of the token sampled
before them, and nothing is ever sampled that the grammar doesn't allow.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import llama_cpp
import llguidance
import llguidance.llamacpp
import numpy as np
import numpy.typing as npt

from planner.runtime.base import TokenCounts
from planner.runtime.network import MAX_BATCH, Network, NetworkError
from planner.runtime.state import PromptStates


@dataclass
class Engine:
    """One loaded model with one sequence. Not thread-safe."""

    network: Network
    states: PromptStates
    tokens: list[int] = field(default_factory=list)  # what the KV cache holds
    logits: npt.NDArray[np.float32] | None = None  # after the last token; None if stale
    counts: TokenCounts = field(default_factory=TokenCounts)
    _tokenizer: llguidance.LLTokenizer | None = None

    @classmethod
    def load(cls, path: Path, *, context: int, threads: int, state_folder: Path | None) -> Engine:
        """Load a GGUF file. NetworkError when llama.cpp refuses it."""
        network = Network(path, context=context, threads=threads)
        identity = f"{path.name}:{path.stat().st_size}:{llama_cpp.__version__}:{context}"
        digest = hashlib.sha256(identity.encode() + _head(path)).hexdigest()
        return cls(network, PromptStates(network, state_folder, digest))

    def begin(self, static: list[int], dynamic: list[int]) -> None:
        """Set the text to a prompt, evaluating only what isn't in the cache already.

        The state after `static` is kept on disk, so a new process needn't evaluate it again.
        """
        self.counts = TokenCounts(prompt=len(static) + len(dynamic))
        if len(static) + len(dynamic) + 64 > self.network.context_size:
            raise NetworkError(
                f"the prompt has {len(static) + len(dynamic)} tokens, the context {self.network.context_size}"
            )
        if self.tokens[: len(static)] != static:
            self._prepare_static(static)
        prompt = static + dynamic
        keep = _common_prefix(self.tokens, prompt)
        keep = min(keep, len(prompt) - 1)  # the last token is always evaluated: its logits are needed
        self._truncate(keep)
        self._evaluate(prompt[keep:])
        self.counts.cached = keep
        self.counts.prompt_passes, self.counts.forward_passes = self.counts.forward_passes, 0

    def _prepare_static(self, static: list[int]) -> None:
        if not static:
            return
        self._truncate(0)  # loading replaces everything, also when it fails
        if self.states.load(static):
            self.tokens = list(static)
            return
        self._evaluate(static)
        self.states.save(static)

    def _truncate(self, length: int) -> None:
        if length >= len(self.tokens):
            return
        self.network.truncate(length)
        del self.tokens[length:]
        self.logits = None

    def _evaluate(self, tokens: list[int]) -> None:
        """Run the network over `tokens` in batches; the logits after the last one are kept."""
        if len(self.tokens) + len(tokens) > self.network.context_size:
            raise NetworkError("the text has outgrown the model's context")
        for start in range(0, len(tokens), MAX_BATCH):
            part = tokens[start : start + MAX_BATCH]
            self.logits = self.network.decode(part)
            self.counts.forward_passes += 1
            self.tokens.extend(part)

    def generate(
        self, grammar: str | None, max_tokens: int, cancelled: Callable[[], bool] = lambda: False
    ) -> Iterator[bytes]:
        """Continue greedily; pieces as bytes. With a grammar only what it allows, until it is complete."""
        if grammar is None:
            yield from self._generate_freely(max_tokens, cancelled)
            return
        matcher = llguidance.LLMatcher(self.tokenizer, grammar)
        _check(matcher)
        bitmask = np.zeros((self.network.vocabulary_size + 31) // 32, dtype=np.int32)
        written = 0
        while written < max_tokens and not matcher.is_stopped() and not cancelled():
            forced = matcher.compute_ff_tokens()
            if forced:
                new = forced
                self.counts.forced += len(forced)
            else:
                new = [self._pick(matcher, bitmask)]
                if self.network.is_end(new[0]):
                    break
            matcher.consume_tokens(new)
            _check(matcher)
            if len(new) == 1 and not forced:
                more = matcher.compute_ff_tokens()  # forced tokens ride in the sampled one's batch
                matcher.consume_tokens(more)
                _check(matcher)
                self.counts.forced += len(more)
                new = new + more
            written += len(new)
            self.counts.generated += len(new)
            yield b"".join(self.network.piece(token) for token in new)
            self._evaluate(new)

    def _generate_freely(self, max_tokens: int, cancelled: Callable[[], bool]) -> Iterator[bytes]:
        for _ in range(max_tokens):
            if cancelled():
                return
            logits = self._logits()
            token = int(np.argmax(logits))
            if self.network.is_end(token):
                return
            self.counts.generated += 1
            yield self.network.piece(token)
            self._evaluate([token])

    def _pick(self, matcher: llguidance.LLMatcher, bitmask: npt.NDArray[np.int32]) -> int:
        """The likeliest token that the grammar allows."""
        matcher.unsafe_compute_mask_ptr(bitmask.ctypes.data, bitmask.nbytes)
        _check(matcher)
        allowed = np.flatnonzero(np.unpackbits(bitmask.view(np.uint8), bitorder="little"))
        logits = self._logits()
        return int(allowed[np.argmax(logits[allowed])])

    def _logits(self) -> npt.NDArray[np.float32]:
        if self.logits is None:
            raise NetworkError("nothing was evaluated yet")
        return self.logits

    @property
    def tokenizer(self) -> llguidance.LLTokenizer:
        """llguidance's view of the vocabulary; made once (about half a second for 150,000 tokens)."""
        if self._tokenizer is None:
            self._tokenizer = llguidance.llamacpp.lltokenizer_from_vocab(self.network.vocabulary)
        return self._tokenizer


def _check(matcher: llguidance.LLMatcher) -> None:
    if matcher.is_error():
        raise NetworkError(f"grammar: {matcher.get_error()}")


def _common_prefix(first: list[int], second: list[int]) -> int:
    length = 0
    for a, b in zip(first, second, strict=False):
        if a != b:
            break
        length += 1
    return length


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(1 << 20)
