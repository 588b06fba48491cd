"""Real English text that lies on any development machine: documentation, with its origin and licence.

Nothing is fetched and nothing is imported: docstrings are read from syntax trees. Their sources are the
installed Python packages, the standard library, and what the system's packages put into /usr/share/doc.
"""

from __future__ import annotations

import ast
import gzip
import re
import sysconfig
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

LEAST, MOST = 200, 400_000  # letters of a document
SYSTEM = Path("/usr/share/doc")
UNKNOWN = "unknown"
NO_PROSE = re.compile(
    r"change|news|history|copying|licen[cs]e|notice|authors|thanks|top_level|entry_points|requires|sources|"
    r"cmakelists|test",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Document:
    """A piece of text, where it is from and what allows its use."""

    text: str
    source: str  # "docstrings", "documents" or "system"
    origin: str  # a package, not a place on this machine
    licence: str


def documents() -> Iterator[Document]:
    """All of them, source by source, in an order that only what is installed determines."""
    packages, standard = Path(sysconfig.get_path("purelib")), Path(sysconfig.get_path("stdlib"))
    licences = package_licences()
    for path in sorted(packages.iterdir()):
        name = path.stem
        if path.suffix not in {".dist-info", ".libs"} and name != "__pycache__":
            yield from _package(path, name, licences.get(name, UNKNOWN))
    for path in sorted(standard.iterdir()):
        if path.name not in {"site-packages", "test", "__pycache__"}:
            yield from _package(path, f"python/{path.stem}", "PSF-2.0")
    for folder in sorted(SYSTEM.iterdir()) if SYSTEM.is_dir() else ():
        yield from _texts(folder, "system", f"debian/{folder.name}", "see the package's copyright file")


def package_licences() -> Mapping[str, str]:
    """What each importable top-level name is licensed under, as its package says."""
    licences: dict[str, str] = {}
    for name, distributions in metadata.packages_distributions().items():
        about: Any = metadata.metadata(distributions[0])
        classifiers = [value for value in about.get_all("Classifier") or () if value.startswith("License ::")]
        classified = ", ".join(value.rsplit(" :: ", 1)[-1] for value in classifiers)
        stated = about.get("License-Expression") or classified or about.get("License") or UNKNOWN
        licences[name] = stated.strip().splitlines()[0][:80]
    return licences


def docstrings(code: str) -> list[str]:
    """The docstrings of a module, its classes and functions, in order; none if it is not Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # other people's escapes
            tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    found = [ast.get_docstring(node) for node in ast.walk(tree) if isinstance(node, documented)]
    return [text for text in found if text]


def _package(path: Path, name: str, licence: str) -> Iterator[Document]:
    """The docstrings of each module of a package as one document, and the texts that lie beside them."""
    modules = [path] if path.suffix == ".py" else sorted(path.rglob("*.py")) if path.is_dir() else []
    for module in modules:
        code = _read(module)
        if '"""' in code or "'''" in code:
            yield from _document("\n\n".join(docstrings(code)), "docstrings", name, licence)
    if path.is_dir():
        yield from _texts(path, "documents", name, licence)


def _texts(folder: Path, source: str, origin: str, licence: str) -> Iterator[Document]:
    """Texts for readers: Markdown, reStructuredText, plain text, also compressed."""
    endings = (".md", ".rst", ".txt", ".md.gz", ".rst.gz", ".txt.gz", "README", "README.gz")
    for path in sorted(folder.rglob("*")):
        if path.name.endswith(endings) and not NO_PROSE.search(path.name) and path.is_file():
            yield from _document(_read(path), source, origin, licence)


def _document(text: str, source: str, origin: str, licence: str) -> Iterator[Document]:
    """The document, or none if it is too short or too long."""
    if LEAST <= len(text) <= MOST:
        yield Document(text, source, origin, licence)


def _read(path: Path) -> str:
    """The text of a file; "" if it is none, or can't be read."""
    try:
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        return data.decode("utf-8")
    except (OSError, EOFError, ValueError):
        return ""
