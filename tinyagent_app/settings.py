"""The settings of a profile: a TOML file, overridden by environment variables `TINYAGENT_…`.

    model = "coder-1.5b"
    [person]
    name = "Robin Vale"
    [backends]
    sendmail = ["msmtp", "-t"]

In the environment two underscores separate the levels: `TINYAGENT_PERSON__REGION=GB`.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

DEFAULT_MODEL = "coder-1.5b"


class SettingsError(Exception):
    """The settings can't be used; the message names the file and the key, `hint` what to do."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PersonSettings(_Section):
    """Who the user is."""

    name: str = ""
    email: str = ""
    region: str = Field(default="US", pattern="^[A-Z]{2}$")  # for phone numbers without a country code


class BackendSettings(_Section):
    """What the tools talk to."""

    sendmail: tuple[str, ...] = ()  # command that sends a mail from standard input
    map_url: str = "https://www.openstreetmap.org"
    meeting_url: str = "https://meet.jit.si"
    zoom_url: str = ""  # personal meeting room


class ServerSettings(_Section):
    """An OpenAI-compatible server that is used instead of a local model when `url` is set."""

    url: str = ""
    model: str = ""
    api_key: SecretStr = SecretStr("")


class FolderSettings(_Section):
    """Where the data lies; what is not set lies in the profile's own folder."""

    contacts: Path | None = None
    calendars: Path | None = None
    reminders: Path | None = None
    mail: Path | None = None
    notes: Path | None = None
    outbox: Path | None = None
    roots: tuple[Path, ...] = ()


class Settings(BaseSettings):
    """All settings of a profile. Made by `load_settings`."""

    model_config = SettingsConfigDict(
        extra="forbid", frozen=True, env_prefix="TINYAGENT_", env_nested_delimiter="__"
    )

    model: str = DEFAULT_MODEL  # a name of the catalogue, or the path of a GGUF file
    threads: int = Field(default_factory=lambda: os.cpu_count() or 2, ge=1, le=256)
    context: int = Field(default=6144, ge=4608, le=131072)  # tokens
    max_parallel: int = Field(default=8, ge=1, le=64)
    step_timeout: float = Field(default=120.0, gt=0, le=86400)  # seconds
    person: PersonSettings = PersonSettings()
    backends: BackendSettings = BackendSettings()
    server: ServerSettings = ServerSettings()
    folders: FolderSettings = FolderSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment counts more than the file, which is passed in as initial values."""
        del settings_cls, dotenv_settings, file_secret_settings
        return env_settings, init_settings


def load_settings(file: Path) -> Settings:
    """The settings of a file (which need not exist) and the environment. SettingsError."""
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        data = {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file} is not valid TOML: {error}.", "Correct or move the file.") from error
    except OSError as error:
        raise SettingsError(f"{file} can't be read: {error.strerror}.", "Check its permissions.") from error
    try:
        return Settings(**data)
    except ValidationError as error:
        raise _explained(error, file, data) from error


def _explained(error: ValidationError, file: Path, data: Mapping[str, Any]) -> SettingsError:
    """The first thing that is wrong, in words."""
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"])
    where = str(file) if _is_in(data, first["loc"]) else "The environment"
    if first["type"] == "extra_forbidden":
        hint = f"Did you mean {nearest}?" if (nearest := _nearest(key)) else "Remove it."
        return SettingsError(f"{where} has an unknown setting: {key}.", hint)
    return SettingsError(f"{where}: {key} is not right: {first['msg']}.", "Correct it.")


def _is_in(data: Mapping[str, Any], place: tuple[int | str, ...]) -> bool:
    value: Any = data
    for part in place:
        if isinstance(value, Mapping):
            if part not in value:
                return False
            value = value[part]
    return True


def _nearest(key: str) -> str:
    from rapidfuzz import process  # noqa: PLC0415 (only for this error)

    known = []
    for name, field in Settings.model_fields.items():
        section = field.annotation
        if isinstance(section, type) and issubclass(section, BaseModel):
            known += [f"{name}.{inner}" for inner in section.model_fields]
        else:
            known.append(name)
    found = process.extractOne(key, known, score_cutoff=60)
    return found[0] if found else ""
