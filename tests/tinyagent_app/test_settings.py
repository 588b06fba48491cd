"""The settings file and the environment, and what is said about mistakes in them."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path

import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from tinyagent_app.settings import PersonSettings, Settings, SettingsError, load_settings

TEXT = st.text(st.characters(codec="utf-8"))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "default.toml"


def problem(file: Path, environ: dict[str, str] | None = None) -> SettingsError:
    with pytest.raises(SettingsError) as caught:
        load_settings(file, environ or {})
    return caught.value


def test_without_a_file_the_defaults_hold(file: Path) -> None:
    settings = load_settings(file, {})
    assert (settings.model, settings.context, settings.max_parallel) == ("smollm2-135m", 6144, 8)
    assert settings.step_timeout == 120
    assert settings.threads == (os.cpu_count() or 2)
    assert settings.person.region == "US"
    assert settings.backends.meeting_url == "https://meet.jit.si"
    assert settings.folders.mail is None


def test_every_section_of_a_file_is_read(file: Path) -> None:
    file.write_text(
        'model = "coder-0.5b"\n[person]\nname = "Robin Vale"\nregion = "GB"\n'
        '[backends]\nsendmail = ["msmtp", "-t"]\n[folders]\nmail = "~/Mail"\nroots = ["/srv/a", "/srv/b"]\n'
        '[server]\nurl = "http://localhost:8080/v1"\nmodel = "big"\n',
        encoding="utf-8",
    )
    settings = load_settings(file, {})
    assert settings.model == "coder-0.5b"
    assert settings.person == PersonSettings(name="Robin Vale", region="GB")
    assert settings.backends.sendmail == ("msmtp", "-t")
    assert settings.folders.mail == Path("~/Mail")
    assert settings.folders.roots == (Path("/srv/a"), Path("/srv/b"))
    assert settings.server.url == "http://localhost:8080/v1"


def test_the_environment_counts_more_than_the_file_and_leaves_the_rest_of_a_section(file: Path) -> None:
    file.write_text('threads = 3\n[person]\nname = "Robin"\nregion = "GB"\n', encoding="utf-8")
    environ = {"TINYAGENT_THREADS": "5", "TINYAGENT_PERSON__REGION": "DE", "TINYAGENT_HOME": "/elsewhere"}
    settings = load_settings(file, environ)
    assert settings.threads == 5
    assert settings.person == PersonSettings(name="Robin", region="DE")


def test_lists_in_the_environment_are_json(file: Path) -> None:
    settings = load_settings(file, {"TINYAGENT_BACKENDS__SENDMAIL": '["msmtp", "-t"]'})
    assert settings.backends.sendmail == ("msmtp", "-t")


def test_a_list_in_the_environment_that_is_no_json_is_explained(file: Path) -> None:
    error = problem(file, {"TINYAGENT_FOLDERS": "~/Documents"})
    assert "folders" in str(error)
    assert "JSON" in error.hint


def test_the_api_key_comes_from_the_environment_and_is_never_shown(file: Path) -> None:
    settings = load_settings(file, {"TINYAGENT_SERVER__API_KEY": "sesame"})
    assert settings.server.api_key.get_secret_value() == "sesame"
    assert "sesame" not in repr(settings)
    assert "sesame" not in str(settings.model_dump())


def test_a_wrong_key_value_is_not_repeated_in_the_message(file: Path) -> None:
    file.write_text("[server]\napi_key = [12345]\n", encoding="utf-8")
    error = problem(file)
    assert "server.api_key" in str(error)
    assert "12345" not in str(error) + error.hint


def test_bad_toml_names_the_file_and_the_line(file: Path) -> None:
    file.write_text('model = "x"\nthreads = = 2\n', encoding="utf-8")
    error = problem(file)
    assert str(file) in str(error)
    assert "line 2" in str(error)
    assert error.hint


def test_a_file_that_is_not_utf8_is_explained(file: Path) -> None:
    file.write_bytes(b'model = "\xff"')
    assert "not valid TOML" in str(problem(file))


def test_a_settings_file_that_is_a_folder_is_explained(file: Path) -> None:
    file.mkdir()
    assert "can't be read" in str(problem(file))


@pytest.mark.parametrize(
    ("text", "key", "nearest"),
    [
        ("treads = 2", "treads", "threads"),
        ('modell = "x"', "modell", "model"),
        ('[person]\nregoin = "GB"', "person.regoin", "person.region"),
        ("[backend]\nsendmail = []", "backend", "backends"),
    ],
)
def test_an_unknown_setting_names_the_nearest_one(file: Path, text: str, key: str, nearest: str) -> None:
    file.write_text(text, encoding="utf-8")
    error = problem(file)
    assert f"unknown setting: {key}." in str(error)
    assert str(file) in str(error)
    assert error.hint == f"Did you mean {nearest}?"


def test_an_unknown_setting_like_no_other_is_to_be_removed(file: Path) -> None:
    file.write_text("zzzzqq = 2", encoding="utf-8")
    assert problem(file).hint == "Remove it."


def test_an_unknown_setting_in_the_environment_names_the_variable(file: Path) -> None:
    error = problem(file, {"TINYAGENT_PERSON__NAMES": "Robin"})
    assert "TINYAGENT_PERSON__NAMES" in str(error)
    assert error.hint == "Did you mean person.name?"


@pytest.mark.parametrize(
    ("text", "key", "expected"),
    [
        ('threads = "many"', "threads", "integer"),
        ("threads = 0", "threads", "greater than or equal to 1"),
        ("context = 100", "context", "4608"),
        ("step_timeout = -1", "step_timeout", "greater than 0"),
        ('person = "Robin"', "person", "a section"),
        ('[person]\nregion = "Britain"', "person.region", "two capital letters"),
        ('[backends]\nsendmail = "msmtp -t"', "backends.sendmail", "a list"),
    ],
)
def test_a_wrong_value_names_file_key_and_what_is_expected(
    file: Path, text: str, key: str, expected: str
) -> None:
    file.write_text(text, encoding="utf-8")
    error = problem(file)
    assert str(file) in str(error)
    assert f"the setting {key} is not right" in str(error)
    assert expected in str(error)


def test_a_wrong_value_in_the_environment_names_the_variable(file: Path) -> None:
    error = problem(file, {"TINYAGENT_THREADS": "many"})
    assert "TINYAGENT_THREADS" in str(error)


@given(
    name=TEXT,
    threads=st.integers(1, 256),
    timeout=st.floats(0.1, 86400),
    sendmail=st.lists(TEXT),
)
def test_what_is_written_as_toml_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, name: str, threads: int, timeout: float, sendmail: list[str]
) -> None:
    file = tmp_path_factory.mktemp("settings") / "default.toml"
    data = {
        "threads": threads,
        "step_timeout": timeout,
        "person": {"name": name},
        "backends": {"sendmail": sendmail},
    }
    file.write_text(tomli_w.dumps(data), encoding="utf-8", newline="")
    settings = load_settings(file, {})
    assert (settings.threads, settings.step_timeout) == (threads, timeout)
    assert settings.person.name == name
    assert list(settings.backends.sendmail) == sendmail


@given(st.dictionaries(st.text(), st.recursive(st.none() | st.integers() | st.text(), st.lists), max_size=3))
def test_any_section_in_the_environment_is_settings_or_a_settings_error(section: dict[str, object]) -> None:
    environ = {"TINYAGENT_PERSON": json.dumps(section)}
    with contextlib.suppress(SettingsError):
        assert isinstance(load_settings(Path("/nowhere/x.toml"), environ), Settings)
