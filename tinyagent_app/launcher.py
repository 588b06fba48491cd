"""Shows files and links with the desktop's own programs."""

from __future__ import annotations

import os
import shutil
import subprocess


class DesktopLauncher:
    """See `tools.context.Launcher`: `xdg-open`, when there is a desktop to show things on."""

    def open(self, target: str) -> bool:
        """Open a path or link; False without a desktop."""
        program = shutil.which("xdg-open")
        if program is None or not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
            return False
        try:
            subprocess.Popen(
                [program, target],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError:
            return False
        return True


class NoLauncher:
    """Opens nothing: for evaluations, dry runs and profiles that ask for it."""

    def open(self, target: str) -> bool:
        """Nothing is shown."""
        del target
        return False
