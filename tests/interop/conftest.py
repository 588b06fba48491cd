"""Other people's programs on the assistant's files: environment and configuration."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support import make_context
from tools.context import ToolContext

ROOT = Path(__file__).parents[2]
KHAL = """[calendars]
[[work]]
path = {calendars}/Work
type = calendar
[locale]
local_timezone = Europe/Berlin
default_timezone = Europe/Berlin
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%d %H:%M
longdatetimeformat = %Y-%m-%d %H:%M
[default]
default_calendar = work
"""
TODOMAN = 'path = "{reminders}/*"\ndate_format = "%Y-%m-%d"\ntime_format = "%H:%M"\ndefault_list = "Home"\n'
KHARD = "[addressbooks]\n[[own]]\npath = {contacts}\n[general]\neditor = true\nmerge_editor = true\n"


@dataclass(frozen=True)
class Programs:
    """Runs khal, todo and khard on the folders of a context."""

    context: ToolContext
    home: Path

    def run(self, program: str, *arguments: str, text: str = "") -> str:
        """What the program prints; an assertion error with its complaint if it fails."""
        folder = Path(os.environ.get("TINYAGENT_INTEROP_ENV", ROOT / ".venv-interop")) / "bin"
        assert (folder / program).exists(), f"{program} is missing: run `make interop-env`"
        environment = {
            "HOME": str(self.home),
            "XDG_CONFIG_HOME": str(self.home / "config"),
            "XDG_DATA_HOME": str(self.home / "data"),
            "XDG_CACHE_HOME": str(self.home / "cache"),
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "TZ": "Europe/Berlin",
        }
        done = subprocess.run(
            [str(folder / program), *arguments],
            input=text, capture_output=True, text=True, env=environment, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr + done.stdout
        return done.stdout


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Programs:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    context = make_context(tmp_path / "profile")
    folders = context.folders
    for folder in (folders.calendars / "Work", folders.reminders / "Home", folders.contacts):
        folder.mkdir(parents=True)
    settings = {
        "khal/config": KHAL.format(calendars=folders.calendars),
        "todoman/config.py": TODOMAN.format(reminders=folders.reminders),
        "khard/khard.conf": KHARD.format(contacts=folders.contacts),
    }
    home = tmp_path / "home"
    for name, text in settings.items():
        path = home / "config" / name
        path.parent.mkdir(parents=True)
        path.write_text(text, encoding="utf-8")
    (home / "data").mkdir()
    (home / "cache").mkdir()
    return Programs(context, home)
