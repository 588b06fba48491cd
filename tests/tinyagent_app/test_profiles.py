"""Profiles: where their folders are, what they remember, and what is said when they can't be used."""

from __future__ import annotations

import errno
import json
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinyagent_app.profiles import Profile, ProfileUnavailable, models_folder
from tinyagent_app.settings import DEFAULT_MODEL, SettingsError
from tools.context import Person


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own, for TinyAgent and for the user."""
    home = tmp_path / "tinyagent"
    monkeypatch.setenv("TINYAGENT_HOME", str(home))
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    for name in ("TINYAGENT_MODELS", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    return home


def write_settings(home: Path, text: str, name: str = "work") -> None:
    file = home / "config" / "profiles" / f"{name}.toml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def test_a_profile_keeps_everything_below_its_own_folder(home: Path) -> None:
    profile = Profile.open("work")
    data = home / "data" / "profiles" / "work"
    assert profile.data_folder == data
    assert profile.settings_file == home / "config" / "profiles" / "work.toml"
    assert profile.journal_folder == data / "journal"
    assert profile.states_folder == home / "cache" / "prompts"
    assert profile.models_folder == home / "data" / "models"
    folders = profile.folders
    kept = (
        folders.contacts,
        folders.calendars,
        folders.reminders,
        folders.mail,
        folders.notes,
        folders.outbox,
    )
    assert {folder.parent for folder in kept} == {data}
    assert all(folder.is_dir() for folder in kept)
    assert folders.roots == (data / "files",)
    assert (data / "files").is_dir()


def test_nobody_else_can_look_into_a_profile() -> None:
    profile = Profile.open("work")
    for folder in (profile.data_folder, profile.folders.mail, profile.folders.contacts):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_the_mail_folder_is_a_maildir_with_drafts_and_sent() -> None:
    mail = Profile.open("work").folders.mail
    for box in ("", ".Drafts", ".Sent"):
        assert {child.name for child in (mail / box).iterdir() if child.is_dir()} >= {"cur", "new", "tmp"}


def test_without_a_home_of_its_own_the_xdg_folders_are_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TINYAGENT_HOME")
    for name in ("config", "data", "cache"):
        monkeypatch.setenv(f"XDG_{name.upper()}_HOME", str(tmp_path / name))
    profile = Profile.open("work")
    assert profile.settings_file == tmp_path / "config" / "tinyagent" / "profiles" / "work.toml"
    assert profile.data_folder == tmp_path / "data" / "tinyagent" / "profiles" / "work"
    assert profile.states_folder == tmp_path / "cache" / "tinyagent" / "prompts"


def test_the_default_profile_searches_the_users_own_folders(tmp_path: Path) -> None:
    for name in ("Documents", "Downloads"):
        (tmp_path / "user" / name).mkdir(parents=True)
    assert Profile.open("default").folders.roots == (
        tmp_path / "user" / "Documents",
        tmp_path / "user" / "Downloads",
    )


def test_the_default_profile_of_a_user_without_such_folders_gets_a_folder_of_its_own(home: Path) -> None:
    assert Profile.open("default").folders.roots == (home / "data" / "profiles" / "default" / "files",)


@pytest.mark.parametrize(
    "name", ["", "..", "a/b", "../other", ".hidden", "a b", "-x", "ä", "a" * 65, "a\n", "a\0"]
)
def test_a_name_that_is_no_folder_name_is_refused(home: Path, name: str) -> None:
    with pytest.raises(SettingsError, match="name of a profile") as caught:
        Profile.open(name)
    assert "letters, digits" in caught.value.hint
    assert not home.exists()


@given(st.text())
def test_no_name_leads_out_of_the_profiles_folder(name: str) -> None:
    try:
        profile = Profile.open(name)
    except SettingsError:
        return
    assert profile.data_folder.parent.name == "profiles"
    assert profile.data_folder.name == name


def test_settings_move_folders_and_name_the_person(home: Path, tmp_path: Path) -> None:
    write_settings(
        home,
        f'[person]\nname = "Robin"\nemail = "robin@example.org"\nregion = "GB"\n'
        f'[folders]\nmail = "{tmp_path}/Mail"\nnotes = "~/Notes"\nroots = ["{tmp_path}/music"]\n'
        '[backends]\nsendmail = ["msmtp", "-t"]\nzoom_url = "https://zoom.example/j/1"\n',
    )
    profile = Profile.open("work")
    assert profile.person == Person("Robin", "robin@example.org", "GB")
    assert profile.folders.mail == tmp_path / "Mail"
    assert (tmp_path / "Mail" / "new").is_dir()
    assert profile.folders.notes == tmp_path / "user" / "Notes"
    assert profile.folders.roots == (tmp_path / "music",)
    assert not (tmp_path / "music").exists()
    assert profile.services.sendmail == ("msmtp", "-t")
    assert profile.services.zoom_url == "https://zoom.example/j/1"


def test_the_settings_of_one_profile_are_not_those_of_another(home: Path) -> None:
    write_settings(home, 'model = "coder-0.5b"', "work")
    assert Profile.open("work").settings.model == "coder-0.5b"
    assert Profile.open("play").settings.model == DEFAULT_MODEL


def test_a_mistake_in_the_settings_makes_no_folders(home: Path) -> None:
    write_settings(home, "treads = 2")
    with pytest.raises(SettingsError, match="treads"):
        Profile.open("work")
    assert not (home / "data").exists()


def test_a_profile_is_new_until_it_is_marked_ready() -> None:
    profile = Profile.open("work")
    assert profile.is_new
    assert Profile.open("work").is_new
    profile.mark_ready()
    assert not profile.is_new
    assert not Profile.open("work").is_new


def test_the_selected_mail_is_remembered() -> None:
    services = Profile.open("work").services
    assert services.selected_mail() == ""
    assert services.select_mail is not None
    services.select_mail("<1@example.org>")
    services.select_mail("<2@example.org>")
    assert services.selected_mail() == "<2@example.org>"  # in the same session too
    assert Profile.open("work").services.selected_mail() == "<2@example.org>"
    assert Profile.open("play").services.selected_mail() == ""


def test_selecting_a_mail_keeps_what_else_is_remembered_and_leaves_no_other_file() -> None:
    profile = Profile.open("work")
    (profile.data_folder / "state.json").write_text('{"later": [1]}', encoding="utf-8")
    before = {path.name for path in profile.data_folder.iterdir()}
    select = profile.services.select_mail
    assert select is not None
    select("<1@example.org>")
    state = json.loads((profile.data_folder / "state.json").read_text(encoding="utf-8"))
    assert state == {"later": [1], "selected_mail": "<1@example.org>"}
    assert {path.name for path in profile.data_folder.iterdir()} == before


@pytest.mark.parametrize("damaged", [b"", b"{", b"[]", b'"x"', b"\xff\xfe", b'{"other": 1}'])
def test_a_damaged_memory_is_no_memory(damaged: bytes) -> None:
    profile = Profile.open("work")
    (profile.data_folder / "state.json").write_bytes(damaged)
    assert profile.services.selected_mail() == ""


def test_a_full_disk_while_selecting_a_mail_keeps_the_old_selection(monkeypatch: pytest.MonkeyPatch) -> None:
    profile = Profile.open("work")
    select = profile.services.select_mail
    assert select is not None
    select("<1@example.org>")
    before = {path.name for path in profile.data_folder.iterdir()}

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(ProfileUnavailable, match="No space left") as caught:
        select("<2@example.org>")
    assert "Free some space" in caught.value.hint
    assert profile.services.selected_mail() == "<1@example.org>"
    assert {path.name for path in profile.data_folder.iterdir()} == before


def test_a_read_only_disk_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    # Permissions don't stop the superuser, as whom tests may run; so the system's answer is made up.
    def read_only(self: Path, mode: int = 0o777, parents: bool = False, exist_ok: bool = False) -> None:
        raise OSError(errno.EROFS, "Read-only file system", str(self))

    monkeypatch.setattr(Path, "mkdir", read_only)
    with pytest.raises(ProfileUnavailable, match="Read-only file system") as caught:
        Profile.open("work")
    assert "TINYAGENT_HOME" in caught.value.hint


def test_a_home_that_is_a_file_is_explained(home: Path) -> None:
    home.write_text("", encoding="utf-8")
    with pytest.raises(ProfileUnavailable, match="can't be used"):
        Profile.open("work")


def test_models_may_lie_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TINYAGENT_MODELS", str(tmp_path / "big"))
    assert models_folder() == tmp_path / "big"
    assert Profile.open("work").models_folder == tmp_path / "big"
