"""What several test modules need: a context of temporary folders, and plain file changes."""

from __future__ import annotations

import socket
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from tools.context import Folders, ToolContext


class DirectChanges:
    """`tools.context.Changes` without a journal."""

    def create(self, path: Path, data: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            file.write(data)

    def update(self, path: Path, edit: Callable[[bytes | None], bytes]) -> None:
        data = edit(path.read_bytes() if path.exists() else None)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    def delete(self, path: Path) -> None:
        path.unlink()


def make_folders(base: Path) -> Folders:
    """Folders below `base`, as in a profile; the files root exists."""
    root = base / "files"
    root.mkdir(parents=True, exist_ok=True)
    return Folders(
        contacts=base / "contacts",
        calendars=base / "calendars",
        reminders=base / "reminders",
        mail=base / "mail",
        notes=base / "notes",
        outbox=base / "outbox",
        roots=(root,),
    )


def make_context(base: Path, now: str = "2026-03-12T09:30") -> ToolContext:
    """A context whose folders lie below `base` and whose clock stands at `now`."""
    return ToolContext(folders=make_folders(base), changes=DirectChanges(), now=datetime.fromisoformat(now))


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
