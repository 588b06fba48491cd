"""The folder of model files: what is there, whether it is sound, and fetching what is not.

A file is trusted when its SHA-256 is the catalogue's. Computing that takes seconds for a gigabyte, so
the result is remembered together with the file's size, time and inode: any change asks for it again.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from planner.errors import ModelUnavailable
from tinyagent_app.models.catalogue import Catalogue, Entry
from tinyagent_app.models.errors import DownloadFailed, ModelDamaged, ModelMissing

if TYPE_CHECKING:  # what fetches loads an HTTP client, which every other command does without
    from tinyagent_app.models.index import Index

GGUF = b"GGUF"

Progress = Callable[[int, int], None]
"""Called with the bytes that are here and those expected in all."""

State = Literal["ready", "missing", "partial", "damaged"]


@dataclass(frozen=True)
class ModelStore:
    """Model files of a catalogue, in one folder."""

    folder: Path
    catalogue: Catalogue

    def file(self, name: str) -> Path:
        """Where the model's file is or would be. ModelMissing if there is no such model."""
        return self.folder / f"{self.catalogue.get(name).name}.gguf"

    @property
    def merged(self) -> Path:
        """Where models merged with their adapters are kept: made from what is here, when it is used."""
        return self.folder / "merged"

    def state(self, name: str) -> State:
        """What is here of a model, by looking at sizes only: `path` finds damage that keeps the size."""
        path = self.file(name)
        if path.exists():
            return "ready" if path.stat().st_size == self.catalogue.get(name).size else "damaged"
        return "partial" if self._work(name).exists() else "missing"

    def path(self, name: str) -> Path:
        """The verified file of a model. ModelMissing, ModelDamaged, ModelUnavailable if it can't be read."""
        entry, path = self.catalogue.get(name), self.file(name)
        try:
            self._verify(entry, path)
        except (FileNotFoundError, NotADirectoryError) as error:
            raise ModelMissing(
                f"The model {name} ({entry.size / 1e6:,.0f} MB) is not on this machine yet.", _fetch(name)
            ) from error
        except OSError as error:
            raise ModelUnavailable(
                f"The model file {path} can't be read: {error.strerror}.", "Check its permissions."
            ) from error
        return path

    def remove(self, name: str) -> bool:
        """Delete a model's file and what was fetched of it; whether there was anything."""
        path, work = self.file(name), self._work(name)
        existed = path.exists() or work.exists()
        path.unlink(missing_ok=True)
        for copy in self.merged.glob(f"{name}-*"):
            copy.unlink(missing_ok=True)
        shutil.rmtree(work, ignore_errors=True)
        return existed

    def pull(self, name: str, progress: Progress, index: Index | None = None) -> Path:
        """Fetch a model unless a sound one is here. What an interrupted fetch got is kept for the next.

        `index` is the one that the environment names, by default. DownloadFailed.
        """
        entry = self.catalogue.get(name)
        try:
            return self.path(name)
        except ModelDamaged:
            self.file(name).unlink()  # it is of no use, and its space is needed
        except ModelMissing:
            pass
        from tinyagent_app.models.pulling import Pull, open_index  # noqa: PLC0415 (see above)

        try:
            with contextlib.nullcontext(index) if index else open_index() as source:
                complete = Pull(entry, self._work(name), progress, source).run()
            complete.replace(self.file(name))
            shutil.rmtree(self._work(name))
        except OSError as error:
            raise DownloadFailed(
                f"The model {name} can't be written to {self.folder}: {error.strerror or error}.",
                "Free some space or set TINYAGENT_MODELS to another folder, and run the command again.",
            ) from error
        self._remember(name, _mark(self.file(name)))
        return self.file(name)

    def _work(self, name: str) -> Path:
        return self.folder / f"{name}.part"

    def _verify(self, entry: Entry, path: Path) -> None:
        mark = _mark(path)  # before reading: what changes meanwhile is verified again next time
        if self._verified().get(entry.name) == [*mark, entry.sha256]:
            return
        if path.stat().st_size != entry.size or _digest(path) != entry.sha256:
            raise ModelDamaged(f"The file of the model {entry.name} is damaged: {path}", _fetch(entry.name))
        self._remember(entry.name, mark)

    def _verified(self) -> dict[str, object]:
        try:
            data = json.loads((self.folder / "verified.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return data if isinstance(data, dict) else {}

    def _remember(self, name: str, mark: list[int]) -> None:
        """Note that the model's file was sound when it had this mark."""
        found = self._verified() | {name: [*mark, self.catalogue.get(name).sha256]}
        temporary = self.folder / f"verified.json.{os.getpid()}"
        try:
            temporary.write_text(json.dumps(found), encoding="utf-8")
            temporary.replace(self.folder / "verified.json")
        except OSError:
            temporary.unlink(missing_ok=True)  # then it is verified again next time


def model_path(store: ModelStore, setting: str) -> Path:
    """The file that the setting `model` means: a name of the catalogue, or a GGUF file of the user's.

    ModelUnavailable.
    """
    if setting in store.catalogue.entries or not (os.sep in setting or setting.endswith(".gguf")):
        return store.path(setting)
    try:
        path = Path(setting).expanduser()
        with path.open("rb") as file:
            magic = file.read(len(GGUF))
    except (OSError, ValueError, RuntimeError) as error:  # a NUL; a user after `~` who is not there
        reason = error.strerror if isinstance(error, OSError) else str(error).rstrip(".")
        raise ModelUnavailable(
            f"The model file {setting} can't be read: {reason}.",
            "Give the path of a GGUF file, or a name of: tinyagent models list",
        ) from error
    if magic != GGUF:
        raise ModelUnavailable(f"{path} is not a GGUF file.", "Give a model in the GGUF format.")
    return path


def _fetch(name: str) -> str:
    return f"Fetch it with: tinyagent models pull {name}"


def _mark(path: Path) -> list[int]:
    status = path.stat()
    return [status.st_size, status.st_mtime_ns, status.st_ino]


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
