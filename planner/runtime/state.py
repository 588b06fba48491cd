"""The evaluated state (KV cache) of static prompts, kept on disk.

Evaluating the static part of a few-shot prompt costs tens of seconds on two cores, loading its state
a fraction of one. A state file is named by a digest of the model, the llama.cpp build and the
tokens; it is a cache: a file that can't be loaded is deleted and rebuilt, never believed.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from array import array
from dataclasses import dataclass
from pathlib import Path

from planner.runtime.network import Network

KEEP_FILES = 4  # per folder: a few models and tool sets; each file is tens of megabytes


@dataclass(frozen=True)
class PromptStates:
    """State files of one model's sequence 0. Without a folder nothing is kept."""

    network: Network
    folder: Path | None
    model_digest: str

    def _path(self, tokens: list[int]) -> Path | None:
        if self.folder is None:
            return None
        digest = hashlib.sha256(self.model_digest.encode() + array("i", tokens).tobytes()).hexdigest()
        return self.folder / f"{digest[:32]}.kv"

    def load(self, tokens: list[int]) -> bool:
        """Put the state after `tokens` into the cache; False if there is none that is sound."""
        path = self._path(tokens)
        if path is None:
            return False
        try:
            if not path.exists():
                return False
            loaded = _sound(path) and self.network.load_state(path, tokens)
        except OSError:
            return False  # only a cache
        with contextlib.suppress(OSError):  # one that can't be written can still be read
            os.utime(path) if loaded else path.unlink(missing_ok=True)
        return loaded

    def save(self, tokens: list[int]) -> None:
        """Keep the cache's state, which must be exactly that after `tokens`. A full disk is no error."""
        path = self._path(tokens)
        if path is None:
            return
        temporary = path.with_suffix(f".{os.getpid()}.tmp")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if not self.network.save_state(temporary, tokens):
                return
            _seal(temporary)
            temporary.replace(path)
            self._prune()
        except OSError:
            return  # only a cache
        finally:
            with contextlib.suppress(OSError):  # a read-only disk says so also of what is not there
                temporary.unlink(missing_ok=True)

    def _prune(self) -> None:
        assert self.folder is not None  # noqa: S101 (narrowing: called after _path)
        files = sorted(self.folder.glob("*.kv"), key=lambda file: file.stat().st_mtime, reverse=True)
        for file in files[KEEP_FILES:]:
            file.unlink(missing_ok=True)


def _digest(path: Path, length: int) -> bytes:
    digest = hashlib.blake2b(digest_size=32)
    with path.open("rb") as file:
        while length > 0 and (block := file.read(min(1 << 20, length))):
            digest.update(block)
            length -= len(block)
    return digest.digest()


def _seal(path: Path) -> None:
    """Append a digest of the content: llama.cpp does not check what it loads."""
    digest = _digest(path, path.stat().st_size)
    with path.open("ab") as file:
        file.write(digest)
        file.flush()
        os.fsync(file.fileno())


def _sound(path: Path) -> bool:
    size = path.stat().st_size
    if size <= 32:
        return False
    with path.open("rb") as file:
        file.seek(size - 32)
        seal = file.read(32)
    return seal == _digest(path, size - 32)
