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
from planner.runtime.state import PromptStates

MAX_BATCH = 512


class EngineError(Exception):
    """The model can't be loaded or can't work on this text."""


@dataclass
class Engine:
    """One loaded model with one sequence. Not thread-safe."""

    llama: llama_cpp.Llama
    states: PromptStates
    tokens: list[int] = field(default_factory=list)  # what the KV cache holds
    logits: npt.NDArray[np.float32] | None = None  # after the last token; None if stale
    counts: TokenCounts = field(default_factory=TokenCounts)
    _tokenizer: llguidance.LLTokenizer | None = None

    @classmethod
    def load(cls, path: Path, *, context: int, threads: int, state_folder: Path | None) -> Engine:
        """Load a GGUF file. EngineError when llama.cpp refuses it."""
        try:
            llama = llama_cpp.Llama(
                model_path=str(path),
                n_ctx=context,
                n_batch=MAX_BATCH,
                n_threads=threads,
                n_threads_batch=threads,
                verbose=False,
            )
        except (ValueError, RuntimeError, OSError) as error:
            raise EngineError(f"llama.cpp can't load {path.name}: {error}") from error
        identity = f"{path.name}:{path.stat().st_size}:{llama_cpp.__version__}:{context}"
        digest = hashlib.sha256(identity.encode() + _head(path)).hexdigest()
        return cls(llama, PromptStates(llama, state_folder, digest))

    def tokenize(self, text: str, *, special: bool = False) -> list[int]:
        """Tokens of a text; control tokens are recognised only if `special`."""
        return list(self.llama.tokenize(text.encode("utf-8"), add_bos=False, special=special))

    def piece(self, token: int) -> bytes:
        """The bytes of a token; control tokens as their text."""
        return bytes(self.llama.detokenize([token], special=True))

    def begin(self, static: list[int], dynamic: list[int]) -> None:
        """Set the text to a prompt, evaluating only what isn't in the cache already.

        The state after `static` is kept on disk, so a new process needn't evaluate it again.
        """
        self.counts = TokenCounts(prompt=len(static) + len(dynamic))
        if len(static) + len(dynamic) + 64 > self.llama.n_ctx():
            raise EngineError(
                f"the prompt has {len(static) + len(dynamic)} tokens, the context {self.llama.n_ctx()}"
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
        if self.states.load(static):
            self.tokens, self.logits = list(static), None
            return
        self._truncate(_common_prefix(self.tokens, static))
        missing = static[len(self.tokens) :]
        self._evaluate(missing)
        self.states.save(static)

    def _truncate(self, length: int) -> None:
        if length >= len(self.tokens):
            return
        self.llama._ctx.kv_cache_seq_rm(0, length, -1)
        del self.tokens[length:]
        self.logits = None

    def _evaluate(self, tokens: list[int]) -> None:
        """Run the network over `tokens` in batches; the logits after the last one are kept."""
        if len(self.tokens) + len(tokens) > self.llama.n_ctx():
            raise EngineError("the text has outgrown the model's context")
        context, batch = self.llama._ctx, self.llama._batch
        for start in range(0, len(tokens), MAX_BATCH):
            part = tokens[start : start + MAX_BATCH]
            batch.set_batch(part, len(self.tokens), logits_all=False)
            context.decode(batch)
            self.counts.forward_passes += 1
            self.tokens.extend(part)
        pointer = llama_cpp.llama_get_logits_ith(context.ctx, -1)
        self.logits = np.ctypeslib.as_array(pointer, shape=(self.llama.n_vocab(),))

    def generate(
        self, grammar: str | None, max_tokens: int, cancelled: Callable[[], bool] = lambda: False
    ) -> Iterator[bytes]:
        """Continue greedily; pieces as bytes. With a grammar only what it allows, until it is complete."""
        if grammar is None:
            yield from self._generate_freely(max_tokens, cancelled)
            return
        matcher = llguidance.LLMatcher(self.tokenizer, grammar)
        _check(matcher)
        bitmask = np.zeros((self.llama.n_vocab() + 31) // 32, dtype=np.int32)
        written = 0
        while written < max_tokens and not matcher.is_stopped() and not cancelled():
            forced = matcher.compute_ff_tokens()
            if forced:
                new = forced
                self.counts.forced += len(forced)
            else:
                new = [self._pick(matcher, bitmask)]
                if new[0] == self.llama.token_eos():
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
            yield b"".join(self.piece(token) for token in new)
            self._evaluate(new)

    def _generate_freely(self, max_tokens: int, cancelled: Callable[[], bool]) -> Iterator[bytes]:
        for _ in range(max_tokens):
            if cancelled():
                return
            logits = self._logits()
            token = int(np.argmax(logits))
            if llama_cpp.llama_vocab_is_eog(self.llama._model.vocab, token):
                return
            self.counts.generated += 1
            yield self.piece(token)
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
            raise EngineError("nothing was evaluated yet")
        return self.logits

    @property
    def tokenizer(self) -> llguidance.LLTokenizer:
        """llguidance's view of the vocabulary; made once (about half a second for 150,000 tokens)."""
        if self._tokenizer is None:
            self._tokenizer = llguidance.llamacpp.lltokenizer_from_vocab(self.llama._model.vocab)
        return self._tokenizer


def _check(matcher: llguidance.LLMatcher) -> None:
    if matcher.is_error():
        raise EngineError(f"grammar: {matcher.get_error()}")


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
