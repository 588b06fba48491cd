"""The folder of one evaluation: which model planned which cases, and each prediction as soon as it is there.

A run over hundreds of cases takes hours on two cores, so it must survive being stopped: every
prediction is a line that is on the disk before the next case begins, and a run that is started again
goes on after the last whole line. What was planned by another model or for other cases is never mixed in.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

PREDICTIONS, HEADER = "predictions.jsonl", "run.json"


class RunError(ValueError):
    """A folder holds no run, or one that does not belong here; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Header:
    """What a run is about. `digest` tells case files apart that have the same name."""

    evaluation: str  # "plans", "bfcl", "tinyagent"
    model: str
    cases: str  # the file's name without its folder
    digest: str  # SHA-256 of the file, in hexadecimal
    setup: str = ""  # what else makes a difference: the adapter, parts that are off

    @classmethod
    def of(cls, evaluation: str, model: str, cases: Path, setup: str = "") -> Header:
        """The header of a run over a file, or over a folder of files. OSError if that can't be read."""
        files = sorted(path for path in cases.rglob("*.json")) if cases.is_dir() else [cases]
        digest = hashlib.sha256()
        for file in files:
            digest.update(file.read_bytes())
        return cls(evaluation, model, cases.name, digest.hexdigest(), setup)

    def json(self) -> dict[str, Any]:
        """As data."""
        return asdict(self)


class Run:
    """A run's folder, open for more predictions."""

    def __init__(self, folder: Path, header: Header) -> None:
        """Open or begin a run. RunError if the folder holds another one; OSError."""
        self.folder, self.header = folder, header
        folder.mkdir(parents=True, exist_ok=True)
        self._check()
        self._cut_torn_line()
        self.done = self._read()

    @property
    def predictions(self) -> Path:
        """The file of predictions, in the format that `tinyagent plan --jsonl` prints."""
        return self.folder / PREDICTIONS

    def of_cases(self, ids: Iterable[str]) -> list[dict[str, Any]]:
        """The predictions of these cases, in their order; those that are not there yet are left out."""
        return [self.done[name] for name in ids if name in self.done]

    def append(self, prediction: Mapping[str, Any]) -> None:
        """Keep a prediction; it is on the disk when this returns."""
        with self.predictions.open("a", encoding="utf-8") as file:
            file.write(json.dumps(prediction, ensure_ascii=False) + "\n")
            file.flush()
            os.fsync(file.fileno())
        self.done[prediction["id"]] = dict(prediction)

    def _check(self) -> None:
        if not (self.folder / HEADER).exists():
            if self.predictions.exists():
                raise RunError(f"{self.folder} has predictions of an unknown run; take another folder")
            text = json.dumps(self.header.json(), ensure_ascii=False, indent=2)
            (self.folder / HEADER).write_text(text + "\n", encoding="utf-8")
            return
        found = read_header(self.folder)
        for name, wanted in self.header.json().items():
            if found.json()[name] != wanted:
                there = found.json()[name] or "as usual"
                raise RunError(
                    f"{self.folder} holds a run with {name} {there}, not {wanted or 'as usual'}; "
                    "take another folder"
                )

    def _cut_torn_line(self) -> None:
        """A line without an end was being written when the run was killed."""
        if not self.predictions.exists():
            return
        with self.predictions.open("rb+") as file:
            file.truncate(file.read().rfind(b"\n") + 1)

    def _read(self) -> dict[str, dict[str, Any]]:
        if not self.predictions.exists():
            return {}
        found: dict[str, dict[str, Any]] = {}
        lines = self.predictions.read_text(encoding="utf-8", errors="replace").split("\n")
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                data = json.loads(line)
                found.setdefault(data["id"], data)
            except (ValueError, KeyError, TypeError):
                raise RunError(f"{self.predictions}, line {number} is no prediction; delete it") from None
        return found


def read_header(folder: Path) -> Header:
    """What the run in a folder is about. RunError if there is none."""
    try:
        return Header(**json.loads((folder / HEADER).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        raise RunError(f"{folder} holds no run: its {HEADER} can't be read") from None
