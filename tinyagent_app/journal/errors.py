"""What can go wrong with the journal and with files, as sentences for the user.

The operating system says `ENOSPC`; the user needs to know that nothing was changed and what helps.
"""

from __future__ import annotations

import errno
from pathlib import Path

from tools.errors import ToolError, Unavailable


class JournalUnavailable(Unavailable):
    """The journal can't be opened, read or written. Effects are refused: they could not be undone."""


class Busy(ToolError):  # noqa: N818 (a state of the world)
    """Another step or another TinyAgent holds the file for longer than one should wait."""


class ChangedMeanwhile(OSError):  # noqa: N818 (a state of the file)
    """Another program wrote the file between our reading it and our replacing it."""


class UnsupportedFileError(OSError):
    """The path is a folder, a device or the like: not something with contents to keep."""


def explain(error: OSError, path: Path) -> ToolError:
    """The failure of changing `path`, which was left as it was."""
    match error:
        case ChangedMeanwhile():
            message = f"{path.name} was changed by another program at the same moment"
            hint = "Try again when the other program is done with it."
        case UnsupportedFileError() | IsADirectoryError():
            message, hint = f"{path} is not a plain file", "Choose another name."
        case _:
            message, hint = _explain_number(error, path)
    return ToolError(f"{message}: nothing was changed.", hint)


def _explain_number(error: OSError, path: Path) -> tuple[str, str]:
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return "The disk is full", "Free some space and try again."
        case errno.EROFS | errno.EACCES | errno.EPERM:
            hint = f"Check the permissions of {path.parent}; is it on a read-only disk?"
            return f"{path} can't be written", hint
        case errno.ENOTDIR:
            hint = "Move that file away, or choose another folder in the settings."
            return f"{path} can't be written, because a part of its path is a file", hint
        case errno.EFBIG:
            return f"{path.name} would be larger than a file may be here", "Make it shorter."
        case errno.ENAMETOOLONG:
            return "The file's name is too long", "Choose a shorter name."
    return f"{path} can't be written ({error.strerror or type(error).__name__})", "Check the disk."
