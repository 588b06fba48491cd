"""Cases of the Berkeley Function Calling Leaderboard, version 4: requests with functions of their own.

Only the Python categories of single requests are read; the data (PyPI `bfcl-eval`, Apache-2.0) is a
folder or a tar archive with `BFCL_v4_CATEGORY.json` and `possible_answer/BFCL_v4_CATEGORY.json`,
JSON lines both. It is a benchmark: nothing of it may get into training data.
"""

from __future__ import annotations

import json
import tarfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from training.evaluation.cases import CaseFormatError

IRRELEVANCE = "irrelevance"
CATEGORIES = ("simple_python", "multiple", "parallel", "parallel_multiple", IRRELEVANCE)

Function = Mapping[str, Any]
"""A function as the data describes it: name, description, parameters."""

Answer = Mapping[str, Mapping[str, Sequence[Any]]]
"""An expected call: the function's name to its arguments, each with all values that are accepted."""


@dataclass(frozen=True, slots=True)
class BfclCase:
    """A request, the functions it may call, and the calls that are expected (none of irrelevant ones)."""

    id: str
    category: str
    query: str
    functions: tuple[Function, ...]
    answers: tuple[Answer, ...]


def load_bfcl(data: Path, categories: Sequence[str], limit: int | None = None) -> list[BfclCase]:
    """The first `limit` cases of each category. CaseFormatError."""
    cases: list[BfclCase] = []
    try:
        with _Source(data) as source:
            for category in categories:
                cases += list(_read(source.read, category))[:limit]
    except (OSError, tarfile.TarError, EOFError) as error:
        raise CaseFormatError(f"{data} can't be read: {error}") from error
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise CaseFormatError(f"{data} is no BFCL v4 data: {type(error).__name__}: {error}") from error
    return cases


class _Source:
    """The files of a folder or an archive by the last two parts of their paths; nothing is unpacked."""

    def __init__(self, data: Path) -> None:
        self._folder = data if data.is_dir() else None
        self._archive = None if self._folder else tarfile.open(data)  # noqa: SIM115 (closed by __exit__)

    def __enter__(self) -> _Source:
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the archive."""
        if self._archive is not None:
            self._archive.close()

    def read(self, name: str) -> str:
        """The text of the file whose path ends so. OSError if there is none."""
        if self._folder is not None:
            return (self._folder / name).read_text(encoding="utf-8")
        assert self._archive is not None  # noqa: S101 (narrowing)
        wanted = PurePosixPath(name).parts
        for member in self._archive:
            parts = PurePosixPath(member.name).parts
            inside = len(wanted) == 1 and "possible_answer" in parts
            if parts[-len(wanted) :] == wanted and not inside and (file := self._archive.extractfile(member)):
                return file.read().decode("utf-8")
        raise FileNotFoundError(f"there is no {name}")


def _read(read: Callable[[str], str], category: str) -> Iterator[BfclCase]:
    name = f"BFCL_v4_{category}.json"
    answers = {}
    if category != IRRELEVANCE:
        answers = {line["id"]: line["ground_truth"] for line in _lines(read(f"possible_answer/{name}"))}
    for line in _lines(read(name)):
        turns = line["question"][0]
        query = " ".join(str(turn["content"]) for turn in turns if turn["role"] == "user")
        expected = tuple(answers[line["id"]]) if category != IRRELEVANCE else ()
        yield BfclCase(line["id"], category, query, tuple(line["function"]), expected)


def _lines(text: str) -> Iterator[dict[str, Any]]:
    return (json.loads(line) for line in text.split("\n") if line.strip())
