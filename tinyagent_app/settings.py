"""The settings of a profile: a TOML file, overridden by environment variables `TINYAGENT_…`.

    model = "smollm2-135m"
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
from typing import Annotated

import pydantic_settings
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

DEFAULT_MODEL = "smollm2-135m"


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


def _usable(folder: Path) -> Path:
    """Refuses what can't be a place on this machine."""
    if "\0" in str(folder):
        raise PydanticCustomError("folder", "the name of a folder or file has no NUL character")
    try:
        folder.expanduser()
    except RuntimeError:
        raise PydanticCustomError("folder", "there is no user of the name that follows ~") from None
    return folder


Place = Annotated[Path, AfterValidator(_usable)]


class FolderSettings(_Section):
    """Where the data lies; what is not set lies in the profile's own folder."""

    contacts: Place | None = None
    calendars: Place | None = None
    reminders: Place | None = None
    mail: Place | None = None
    notes: Place | None = None
    outbox: Place | None = None
    roots: tuple[Place, ...] = ()


class Settings(BaseSettings):
    """All settings of a profile. Made by `load_settings`."""

    model_config = SettingsConfigDict(
        extra="forbid", frozen=True, env_prefix="TINYAGENT_", env_nested_delimiter="__"
    )

    model: str = DEFAULT_MODEL  # a name of the catalogue, or the path of a GGUF file
    adapter: Place | None = None  # GGUF file of 'tinyagent train planner' for the model, instead of ours
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
        """Only what is passed in: `load_settings` merges the file and the environment itself."""
        del settings_cls, env_settings, dotenv_settings, file_secret_settings
        return (init_settings,)


def load_settings(file: Path, environ: Mapping[str, str]) -> Settings:
    """The settings of a file (which need not exist), overridden by the environment. SettingsError."""
    written = _read(file)
    merged = _merge(written, _from_environment(environ))
    try:
        return Settings.model_validate(merged)
    except ValidationError as error:
        raise _explained(error, file, written) from error


def _read(file: Path) -> dict[str, object]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file} is not valid TOML: {error}.", "Correct or move the file.") from error
    except OSError as error:
        raise SettingsError(f"{file} can't be read: {error.strerror}.", "Check its permissions.") from error


def _from_environment(environ: Mapping[str, str]) -> dict[str, object]:
    source = EnvSettingsSource(Settings)
    source.env_vars = {name.lower(): value for name, value in environ.items()}
    try:
        return source()
    except pydantic_settings.SettingsError as error:
        raise SettingsError(
            f"An environment variable TINYAGENT_… can't be read: {error}.",
            'Lists and sections are written as JSON: TINYAGENT_BACKENDS__SENDMAIL=\'["msmtp", "-t"]\'',
        ) from error


def _merge(below: Mapping[str, object], above: Mapping[str, object]) -> dict[str, object]:
    """Both, section by section; `above` counts more."""
    merged = dict(below)
    for key, value in above.items():
        old = merged.get(key)
        if isinstance(old, dict) and isinstance(value, dict):
            merged[key] = _merge(old, value)
        else:
            merged[key] = value
    return merged


def _explained(error: ValidationError, file: Path, written: Mapping[str, object]) -> SettingsError:
    """The first thing that is wrong, in words. The value is left out: it may be a secret."""
    first = error.errors(include_input=False)[0]
    key = ".".join(str(part) for part in first["loc"])
    where = str(file) if _is_in(written, first["loc"]) else f"The environment ({_variable(first['loc'])})"
    if first["type"] == "extra_forbidden":
        nearest = _nearest(key)
        hint = f"Did you mean {nearest}?" if nearest else "Remove it."
        return SettingsError(f"{where} has an unknown setting: {key}.", hint)
    return SettingsError(
        f"{where}: the setting {key} is not right: {_expected(first['type'], first['msg'])}.", "Correct it."
    )


def _expected(kind: str, message: str) -> str:
    """What was expected, without words of the program's inside."""
    if kind in {"model_type", "model_attributes_type"}:
        return "it is a section with settings of its own, not a value"
    if kind == "tuple_type":
        return 'it is a list, such as ["msmtp", "-t"]'
    if kind == "string_pattern_mismatch":
        return "a country is two capital letters, such as US"
    return message[:1].lower() + message[1:]


def _variable(place: tuple[int | str, ...]) -> str:
    return "TINYAGENT_" + "__".join(str(part).upper() for part in place if isinstance(part, str))


def _is_in(data: Mapping[str, object], place: tuple[int | str, ...]) -> bool:
    value: object = data
    for part in place:
        if isinstance(value, Mapping):
            if part not in value:
                return False
            value = value[part]
    return True


def _nearest(key: str) -> str:
    from rapidfuzz import process  # noqa: PLC0415 (only for this error)

    known: list[str] = []
    for name, field in Settings.model_fields.items():
        section = field.annotation
        if isinstance(section, type) and issubclass(section, BaseModel):
            known += [name, *(f"{name}.{inner}" for inner in section.model_fields)]
        else:
            known.append(name)
    found = process.extractOne(key, known, score_cutoff=60)
    return found[0] if found else ""
