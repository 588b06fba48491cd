"""A GGUF model as a network: tokens in, logits out, through llama.cpp's C interface.

Why not `llama_cpp.Llama`: it samples, formats chats and keeps a history of its own, and hides what is
needed here: the vocabulary (for grammars), the memory of the sequence (for reuse), and the choice of
kernels, without which some machines crash (see `_crashing_kernels`).
"""

from __future__ import annotations

import ctypes
import logging
from collections.abc import Sequence
from pathlib import Path

import llama_cpp
import numpy as np
import numpy.typing as npt

MAX_BATCH = 512
SEQUENCE = 0  # the only one


class NetworkError(Exception):
    """The model can't be loaded, or can't work on these tokens."""


class Network:
    """One loaded model with one sequence. Not thread-safe; freed with its process."""

    def __init__(self, path: Path, *, context: int, threads: int) -> None:
        """Load a file with room for `context` tokens. NetworkError when llama.cpp refuses it."""
        logging.getLogger("llama-cpp-python").setLevel(logging.ERROR)  # it prints its log by this level
        llama_cpp.llama_backend_init()
        self._model = _load(path)
        self._context = _open(self._model, path, context, threads)
        self._memory = llama_cpp.llama_get_memory(self._context)
        self.vocabulary = llama_cpp.llama_model_get_vocab(self._model)
        self.vocabulary_size: int = llama_cpp.llama_vocab_n_tokens(self.vocabulary)
        self.context_size: int = llama_cpp.llama_n_ctx(self._context)

    def tokenize(self, text: str, *, special: bool = False) -> list[int]:
        """Tokens of a text; control tokens are recognised only if `special`."""
        data = text.encode("utf-8")
        room = len(data) + 8  # no token stands for less than a byte
        tokens = (llama_cpp.llama_token * room)()
        count = llama_cpp.llama_tokenize(self.vocabulary, data, len(data), tokens, room, False, special)
        if count < 0:
            raise NetworkError(f"a text of {len(data)} bytes can't be divided into tokens")
        return list(tokens[:count])

    def piece(self, token: int) -> bytes:
        """The bytes of a token; control tokens as their text."""
        room = 256
        buffer = ctypes.create_string_buffer(room)
        size = llama_cpp.llama_token_to_piece(self.vocabulary, token, buffer, room, 0, True)
        if size < 0:
            buffer = ctypes.create_string_buffer(-size)
            size = llama_cpp.llama_token_to_piece(self.vocabulary, token, buffer, -size, 0, True)
        return buffer.raw[:size]

    def is_end(self, token: int) -> bool:
        """Whether the model ends its turn with this token."""
        return bool(llama_cpp.llama_vocab_is_eog(self.vocabulary, token))

    def decode(self, tokens: Sequence[int]) -> npt.NDArray[np.float32]:
        """Append up to MAX_BATCH tokens: the logits (vocabulary_size,) after the last, till the next call."""
        array = (llama_cpp.llama_token * len(tokens))(*tokens)
        batch = llama_cpp.llama_batch_get_one(array, len(tokens))
        if code := llama_cpp.llama_decode(self._context, batch):
            raise NetworkError(f"llama_decode failed with {code} on {len(tokens)} tokens")
        pointer = llama_cpp.llama_get_logits_ith(self._context, -1)
        return np.ctypeslib.as_array(pointer, shape=(self.vocabulary_size,))

    def truncate(self, length: int) -> None:
        """Forget everything after the first `length` tokens."""
        llama_cpp.llama_memory_seq_rm(self._memory, SEQUENCE, length, -1)

    def save_state(self, path: Path, tokens: Sequence[int]) -> bool:
        """Write the evaluated state, which must be that after `tokens`; False if it can't be written."""
        array = (llama_cpp.llama_token * len(tokens))(*tokens)
        name = str(path).encode()
        size = llama_cpp.llama_state_seq_save_file(self._context, name, SEQUENCE, array, len(tokens))
        return bool(size)

    def load_state(self, path: Path, tokens: Sequence[int]) -> bool:
        """Replace everything by the state in a file; False, and empty, if it is not that after `tokens`."""
        self.truncate(0)
        array = (llama_cpp.llama_token * len(tokens))()
        count = ctypes.c_size_t(0)
        name = str(path).encode()
        size = llama_cpp.llama_state_seq_load_file(
            self._context, name, SEQUENCE, array, len(tokens), ctypes.byref(count)
        )
        if size and list(array[: count.value]) == list(tokens):
            return True
        self.truncate(0)
        return False


def crashing_kernels() -> bool:
    """Whether llama.cpp was compiled with AMX kernels.

    GCC drops most of the tile configuration that they load (llama.cpp issue 20824, pull request
    26954), so the first matrix product ends the process. They take part only through the repacked
    layout of weights, which can be left out; `make` compiles llama.cpp without them.
    """
    return b"AMX_INT8 = 1" in llama_cpp.llama_print_system_info()


def _load(path: Path) -> llama_cpp.llama_model_p:
    parameters = llama_cpp.llama_model_default_params()
    parameters.n_gpu_layers = 0
    parameters.use_extra_bufts = not crashing_kernels()
    model: llama_cpp.llama_model_p = llama_cpp.llama_model_load_from_file(str(path).encode(), parameters)
    if not model:
        raise NetworkError(f"llama.cpp can't load {path.name}: it is damaged, or no model it knows")
    return model


def _open(
    model: llama_cpp.llama_model_p, path: Path, context: int, threads: int
) -> llama_cpp.llama_context_p:
    parameters = llama_cpp.llama_context_default_params()
    parameters.n_ctx = context
    parameters.n_batch = parameters.n_ubatch = MAX_BATCH
    parameters.n_threads = parameters.n_threads_batch = threads
    parameters.flash_attn_type = llama_cpp.LLAMA_FLASH_ATTN_TYPE_DISABLED
    opened: llama_cpp.llama_context_p = llama_cpp.llama_init_from_model(model, parameters)
    if not opened:
        raise NetworkError(f"there is not enough memory for {path.name} with a context of {context} tokens")
    return opened
