"""A disk that is full or read-only under the whole program: a small file system of its own, really mounted."""

from __future__ import annotations

import dataclasses
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.model_server import planning
from tests.program.conftest import Program, served

SIZE = 16 << 20  # bytes; the demo profile takes about 2 MB
PLAN = """1. create_note("Disk", "A note.", "Work")
2. create_calendar_event("Lunch", "tomorrow at one", "", "", [], "", "")
3. join()"""
ASK = ("ask", "new note Disk in Work: A note. And Lunch on my calendar tomorrow at one", "--profile", "demo")
OUTSIDE = 'mount -t tmpfs -o size="$1",mode=0700 tmpfs "$2" && echo mounted && read -r _'


@dataclass(frozen=True)
class Disk:
    """A mounted file system in a mount namespace of its own."""

    process: int
    folder: Path

    @property
    def prefix(self) -> tuple[str, ...]:
        """Of commands that see the disk."""
        return ("nsenter", f"--target={self.process}", "--user", "--mount", "--preserve-credentials")

    @property
    def seen(self) -> Path:
        """Its folder, as this process sees it."""
        return Path(f"/proc/{self.process}/root{self.folder}")

    def fill(self) -> None:
        """Leave no room for anything."""
        with (self.seen / "filler").open("wb", buffering=0) as file:
            for size in (1 << 16, 1 << 10, 1):
                try:
                    while file.write(bytes(size)):
                        pass
                except OSError as error:
                    assert error.strerror == "No space left on device"

    def mount(self, how: str) -> None:
        """Mount it again, `ro` or `rw`."""
        subprocess.run([*self.prefix, "mount", "-o", f"remount,{how}", str(self.folder)], check=True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    """Needs no rights, but a kernel that lets users have namespaces (some distributions forbid it)."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = [
        "unshare",
        "--user",
        "--map-root-user",
        "--mount",
        "sh",
        "-c",
        OUTSIDE,
        "sh",
        str(SIZE),
        str(folder),
    ]
    if shutil.which("unshare") is None or shutil.which("nsenter") is None:
        pytest.skip("util-linux is not installed")
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdin is not None
        assert holder.stdout is not None
        if holder.stdout.readline() != "mounted\n":
            pytest.skip("this kernel lets nobody but root mount a file system")
        yield Disk(holder.pid, folder)
        holder.stdin.close()


@pytest.fixture
def on_disk(program: Program, disk: Disk) -> Iterator[Program]:
    """The program with its home on the disk and the demo profile filled; a server plays the model."""
    environment = program.environment | {"TINYAGENT_HOME": str(disk.folder)}
    with planning({"": PLAN}) as url:
        moved = dataclasses.replace(
            program, home=disk.seen, environment=environment | served(url), prefix=disk.prefix
        )
        assert moved.run("history", "--profile", "demo").code == 0
        yield moved


def test_a_full_disk_is_named_nothing_changes_and_with_room_the_same_request_works(
    on_disk: Program, disk: Disk
) -> None:
    before = on_disk.files()
    disk.fill()
    full = on_disk.run(*ASK)
    assert full.code == 4
    assert "disk is full" in full.err + full.out
    assert "Traceback" not in full.err
    assert on_disk.files() == before
    (disk.seen / "filler").unlink()
    ran = on_disk.run(*ASK)
    assert ran.code == 0, ran.err
    assert len(on_disk.files()) == len(before) + 2
    assert on_disk.run("undo", "--profile", "demo").code == 0
    assert on_disk.files() == before


@pytest.mark.parametrize("free", [6_000, 20_000, 40_000, 80_000, 160_000])
def test_a_disk_that_fills_up_on_the_way_leaves_whole_files_and_can_be_undone(
    on_disk: Program, disk: Disk, free: int
) -> None:
    before = on_disk.files()
    disk.fill()
    with (disk.seen / "filler").open("r+b") as file:
        file.truncate(file.seek(0, 2) - free)
    ran = on_disk.run(*ASK)
    assert ran.code in {0, 1, 4}
    assert ran.code == 0 or "disk is full" in ran.err + ran.out
    new = {name: data for name, data in on_disk.files().items() if before.get(name) != data}
    assert all(data.endswith(b"\n") for data in new.values())
    assert len(new) == 2 if ran.code == 0 else len(new) < 2
    (disk.seen / "filler").unlink()
    undone = on_disk.run("undo", "--profile", "demo")
    assert undone.code == 0 if new else "nothing to undo" in undone.err
    assert on_disk.files() == before


def test_a_read_only_disk_is_named_and_nothing_changes(on_disk: Program, disk: Disk) -> None:
    before = on_disk.files()
    disk.mount("ro")
    ran = on_disk.run(*ASK)
    assert ran.code == 4
    assert "ead-only" in ran.err + ran.out
    assert str(disk.folder) in ran.err + ran.out
    assert "Traceback" not in ran.err
    disk.mount("rw")
    assert on_disk.files() == before
    assert on_disk.run(*ASK).code == 0
