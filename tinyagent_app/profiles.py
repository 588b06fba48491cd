"""Profiles: a settings file and a data folder each, in the XDG folders.

`TINYAGENT_HOME` puts everything below one folder instead; tests and portable installations use it.
"""

from __future__ import annotations

import json
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from tinyagent_app.journal import atomic
from tinyagent_app.settings import FolderSettings, Settings, SettingsError, load_settings
from tools.context import Folders, Person, Services
from tools.errors import Unavailable

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_READY = "ready"  # marker file: the profile was set up completely
DEMO = "demo"


class ProfileUnavailable(Unavailable):
    """The profile's folders can't be made or read."""


@dataclass(frozen=True, slots=True)
class Places:
    """The program's folders."""

    config: Path
    data: Path
    cache: Path

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Places:
        """The XDG folders, or those below TINYAGENT_HOME."""
        if home := environment.get("TINYAGENT_HOME"):
            base = _expanded("TINYAGENT_HOME", home)
            return cls(base / "config", base / "data", base / "cache")
        return cls(
            platformdirs.user_config_path("tinyagent"),
            platformdirs.user_data_path("tinyagent"),
            platformdirs.user_cache_path("tinyagent"),
        )


@dataclass(frozen=True)
class Profile:
    """An open profile; its folders exist."""

    name: str
    settings: Settings
    settings_file: Path
    data_folder: Path
    states_folder: Path  # evaluated prompts
    models_folder: Path  # shared by all profiles
    folders: Folders

    @classmethod
    def open(cls, name: str) -> Profile:
        """Open a profile; made if it is new. SettingsError, ProfileUnavailable."""
        if not _NAME.fullmatch(name):
            raise SettingsError(
                f"{name!r} can't be the name of a profile.", "Use letters, digits, '-' and '_'."
            )
        places = Places.of(os.environ)
        file = places.config / "profiles" / f"{name}.toml"
        settings = load_settings(file, os.environ)
        data = places.data / "profiles" / name
        folders = _folders(name, settings, data)
        profile = cls(
            name=name,
            settings=settings,
            settings_file=file,
            data_folder=data,
            states_folder=places.cache / "prompts",
            models_folder=models_folder(),
            folders=folders,
        )
        profile._make_folders()
        return profile

    @property
    def journal_folder(self) -> Path:
        """Where the journal is kept."""
        return self.data_folder / "journal"

    @property
    def is_new(self) -> bool:
        """Whether the profile was never set up completely."""
        return not (self.data_folder / _READY).exists()

    def mark_ready(self) -> None:
        """The profile is set up."""
        with _explained(self.data_folder):
            (self.data_folder / _READY).touch()

    @property
    def person(self) -> Person:
        """The user."""
        return Person(**self.settings.person.model_dump())

    @property
    def services(self) -> Services:
        """The settings of the tools' back ends, and the selected mail."""
        return Services(
            **self.settings.backends.model_dump(),
            selected_mail=self._selected_mail,
            select_mail=self._select_mail,
        )

    def _state(self) -> dict[str, object]:
        try:
            state = json.loads((self.data_folder / "state.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return state if isinstance(state, dict) else {}

    def _selected_mail(self) -> str:
        return str(self._state().get("selected_mail", ""))

    def _select_mail(self, message_id: str) -> None:
        """Remember the mail that "this mail" means; replaced in one go, so that it is never half there."""
        state = json.dumps(self._state() | {"selected_mail": message_id}).encode()
        target = self.data_folder / "state.json"
        temporary = atomic.temporary(target, secrets.token_hex(4))
        with _explained(self.data_folder):
            try:
                with temporary.open("xb") as file:
                    file.write(state)
                    file.flush()
                    os.fsync(file.fileno())
                temporary.replace(target)
            finally:
                atomic.discard(temporary)  # only there if something failed

    def _make_folders(self) -> None:
        folders = self.folders
        boxes = [folders.mail / box for box in ("", ".Drafts", ".Sent")]
        # A box before what is in it: `parents` would make it with permissions for everybody.
        mail = [box / place for box in boxes for place in ("", "cur", "new", "tmp")]
        plain = [folders.contacts, folders.calendars, folders.reminders, folders.notes, folders.outbox]
        own_roots = [root for root in folders.roots if root.is_relative_to(self.data_folder)]
        for folder in (self.data_folder, *plain, *mail, *own_roots):
            with _explained(folder):
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)


def models_folder() -> Path:
    """Where model files are kept: TINYAGENT_MODELS, or below the data folder."""
    if chosen := os.environ.get("TINYAGENT_MODELS"):
        return _expanded("TINYAGENT_MODELS", chosen)
    return Places.of(os.environ).data / "models"


def _expanded(variable: str, folder: str) -> Path:
    try:
        return Path(folder).expanduser().absolute()
    except RuntimeError:
        raise SettingsError(f"{variable}: there is no home folder for {folder}.", "Correct it.") from None


def _folders(name: str, settings: Settings, data: Path) -> Folders:
    # What is made up must not get among the user's own data, nor a request of the demo change that.
    chosen = settings.folders if name != DEMO else FolderSettings()
    roots = tuple(root.expanduser() for root in chosen.roots) or _default_roots(name, data)

    def place(setting: Path | None, default: str) -> Path:
        return setting.expanduser() if setting is not None else data / default

    return Folders(
        contacts=place(chosen.contacts, "contacts"),
        calendars=place(chosen.calendars, "calendars"),
        reminders=place(chosen.reminders, "reminders"),
        mail=place(chosen.mail, "mail"),
        notes=place(chosen.notes, "notes"),
        outbox=place(chosen.outbox, "outbox"),
        roots=roots,
    )


def _default_roots(name: str, data: Path) -> tuple[Path, ...]:
    """The user's own folders for the default profile, a folder of its own for any other."""
    if name != "default":
        return (data / "files",)
    own = (
        platformdirs.user_documents_path(),
        platformdirs.user_downloads_path(),
        platformdirs.user_pictures_path(),
        platformdirs.user_desktop_path(),
    )
    return tuple(path for path in own if path.is_dir()) or (data / "files",)


class _explained:  # noqa: N801 (a context manager, used like a function)
    """Turns the system's errors into ProfileUnavailable."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __enter__(self) -> None:
        """Nothing to do."""

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, OSError):
            raise ProfileUnavailable(
                f"The profile's folder {self._folder} can't be used: {error.strerror or error}.",
                hint="Free some space, correct its permissions, or set TINYAGENT_HOME to another folder.",
            ) from error
