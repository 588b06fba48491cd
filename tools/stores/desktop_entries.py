"""The programs installed on a freedesktop desktop: its `.desktop` files, and the commands in them.

Desktop Entry Specification 1.5. Commands are split into arguments as it says; no shell ever sees
them. Nothing but the file decides about the arguments: its field codes (files, URLs) stay empty.
"""

from __future__ import annotations

import configparser
import os
import re
import shlex
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

_GROUP = "Desktop Entry"
_ESCAPES = {"s": " ", "n": "\n", "t": "\t", "r": "\r", "\\": "\\"}
_ESCAPED = re.compile(r"\\(.)")
_FIELD_CODE = re.compile(r"%(.)")
_DEFAULT_DATA_DIRS = "/usr/local/share:/usr/share"


@dataclass(frozen=True, slots=True)
class DesktopEntry:
    """A program that the desktop's menu offers."""

    entry_id: str  # "org.gnome.Calculator.desktop"
    name: str  # as the user sees it, in the user's language
    aliases: tuple[str, ...]  # its English name, what kind of program it is, its command
    argv: tuple[str, ...]
    folder: str  # in which it wants to start, "" anywhere
    terminal: bool
    path: Path


def desktop_entries(environ: Mapping[str, str]) -> list[DesktopEntry]:
    """The visible programs, by name. An entry of the user hides the system's one with the same id."""
    found: dict[str, DesktopEntry | None] = {}
    for folder in _application_folders(environ):
        for path in sorted(folder.rglob("*.desktop")):
            entry_id = "-".join(path.relative_to(folder).parts)
            if entry_id not in found:
                found[entry_id] = _read(path, entry_id, environ)
    return sorted((entry for entry in found.values() if entry is not None), key=lambda entry: entry.name)


def parse_exec(command: str, *, name: str, icon: str, path: Path) -> tuple[str, ...]:
    """The arguments of an Exec line (its general escapes already resolved). ValueError if it is malformed."""
    argv: list[str] = []
    for word in shlex.split(_ESCAPED.sub(_without_shell_escape, command)):
        if word == "%i":
            argv.extend(["--icon", icon] if icon else [])
        elif value := _FIELD_CODE.sub(lambda code: _field(code.group(1), name, path), word):
            argv.append(value)
    if not argv or "=" in argv[0]:
        raise ValueError(f"no program in the command: {command}")
    return tuple(argv)


def _without_shell_escape(escaped: re.Match[str]) -> str:
    """The specification escapes two characters in quotes that `shlex` does not know of."""
    return escaped.group(1) if escaped.group(1) in "`$" else escaped.group()


def _field(code: str, name: str, path: Path) -> str:
    return {"%": "%", "c": name, "k": str(path)}.get(code, "")


def _application_folders(environ: Mapping[str, str]) -> Iterator[Path]:
    home = environ.get("XDG_DATA_HOME") or str(Path(environ.get("HOME") or "~").expanduser() / ".local/share")
    system = environ.get("XDG_DATA_DIRS") or _DEFAULT_DATA_DIRS
    for base in dict.fromkeys([home, *system.split(":")]):
        folder = Path(base) / "applications"
        if Path(base).is_absolute() and folder.is_dir():
            yield folder


def _read(path: Path, entry_id: str, environ: Mapping[str, str]) -> DesktopEntry | None:
    """The entry, None if it is not to be offered or can't be read."""
    values = _values(path)
    if values.get("Type") != "Application" or _hidden(values, environ):
        return None
    name = _localized(values, "Name", environ) or path.stem
    try:
        argv = parse_exec(values.get("Exec", ""), name=name, icon=values.get("Icon", ""), path=path)
    except ValueError:
        return None
    kinds = (_localized(values, "GenericName", environ), values.get("GenericName", ""))
    aliases = (values.get("Name", ""), *kinds, Path(argv[0]).name)
    others = tuple(dict.fromkeys(alias for alias in aliases if alias and alias != name))
    terminal = values.get("Terminal", "").lower() == "true"
    return DesktopEntry(entry_id, name, others, argv, values.get("Path", ""), terminal, path)


def _values(path: Path) -> dict[str, str]:
    parser = configparser.RawConfigParser(
        delimiters=("=",), comment_prefixes=("#",), strict=False, empty_lines_in_values=False
    )
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # keys keep their case
    try:
        parser.read_string(path.read_text(encoding="utf-8", errors="replace"))
    except (configparser.Error, OSError):
        return {}
    if not parser.has_section(_GROUP):
        return {}
    return {key: _unescaped(value) for key, value in parser.items(_GROUP)}


def _unescaped(value: str) -> str:
    return re.sub(r"\\(.)", lambda found: _ESCAPES.get(found.group(1), found.group()), value)


def _hidden(values: Mapping[str, str], environ: Mapping[str, str]) -> bool:
    if "true" in {values.get("NoDisplay", "").lower(), values.get("Hidden", "").lower()}:
        return True
    desktops = set(environ.get("XDG_CURRENT_DESKTOP", "").split(":"))
    only, never = (set(filter(None, values.get(key, "").split(";"))) for key in ("OnlyShowIn", "NotShowIn"))
    if (only and only.isdisjoint(desktops)) or not never.isdisjoint(desktops):
        return True
    needed = values.get("TryExec", "")
    return bool(needed) and shutil.which(needed, path=environ.get("PATH", os.defpath)) is None


def _localized(values: Mapping[str, str], key: str, environ: Mapping[str, str]) -> str:
    """The value in the user's language: the locale with country, modifier, then without."""
    wanted = (environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    locale, _, modifier = (next(filter(None, wanted), "")).partition("@")
    country = locale.partition(".")[0]
    language = country.partition("_")[0]
    forms = [f"{country}@{modifier}", country, f"{language}@{modifier}", language]
    return next(
        (values[f"{key}[{form}]"] for form in forms if f"{key}[{form}]" in values), values.get(key, "")
    )
