"""The worker process with a network that writes what is written here: no model is loaded."""

import sys
from collections.abc import Sequence
from typing import cast

import numpy as np
import numpy.typing as npt

from planner.runtime.engine import Engine
from planner.runtime.network import Network
from planner.runtime.state import PromptStates
from planner.runtime.worker import Commands, Worker, protocol_channel

RIGHT = '1. get_phone_number("Ana")\n2. join()\n'
WRONG = "1. dance()\n"
MORE = "And so it goes on. " * 20
END = 256


class ScriptedNetwork:
    """Its tokens are bytes. It mends a plan that it is told of; asked to dance, its first plan is wrong."""

    vocabulary_size, context_size = END + 1, 1 << 16

    def __init__(self) -> None:
        self._length, self._prompt, self._text = 0, [0, 0], b""

    def tokenize(self, text: str, *, special: bool = False) -> list[int]:
        """Called with the static, then with the dynamic part of a prompt."""
        del special
        data = text.encode()
        self._prompt = [self._prompt[1], len(data)]
        wrong = "dance" in text and "not valid" not in text
        self._text = f"{WRONG if wrong else RIGHT}{MORE}".encode()
        return list(data)

    def decode(self, tokens: Sequence[int]) -> npt.NDArray[np.float32]:
        self._length += len(tokens)
        written = self._length - sum(self._prompt)
        logits = np.zeros(self.vocabulary_size, dtype=np.float32)
        logits[self._text[written] if 0 <= written < len(self._text) else END] = 1
        return logits

    def truncate(self, length: int) -> None:
        self._length = length

    def piece(self, token: int) -> bytes:
        return bytes([token])

    def is_end(self, token: int) -> bool:
        return token == END


if __name__ == "__main__":
    network = cast(Network, ScriptedNetwork())
    engine = Engine(network, PromptStates(network, None, ""))
    Worker(engine, Commands(sys.stdin), protocol_channel()).serve()
