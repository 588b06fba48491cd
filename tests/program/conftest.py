"""The whole program, run as a user runs it, with a home of its own and the 135M model."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tinyagent_app.models import Catalogue, ModelStore
from tinyagent_app.profiles import models_folder

MODEL = "smollm2-135m"


@pytest.fixture(scope="session")
def model_file() -> Path:
    """The 135M model; `make test` fetches it."""
    store = ModelStore(models_folder(), Catalogue.load())
    assert store.state(MODEL) == "ready", f"run `tinyagent models pull {MODEL}` first, as `make test` does"
    return store.path(MODEL)


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """What `--json` printed."""
        return json.loads(self.out)


@dataclass(frozen=True)
class Program:
    """`tinyagent` with a home of its own."""

    home: Path
    environment: dict[str, str]
    prefix: tuple[str, ...] = ()  # of the command line

    def run(self, *arguments: str, stdin: bytes = b"") -> Ran:
        """Run to the end; piped, so nobody is there to answer."""
        done = subprocess.run(
            [*self.prefix, sys.executable, "-m", "tinyagent_app", *arguments],
            input=stdin, capture_output=True, env=self.environment, timeout=900, check=False,
        )  # fmt: skip
        return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())

    @property
    def data(self) -> Path:
        """The demo profile's data."""
        return self.home / "data" / "profiles" / "demo"

    def files(self) -> dict[str, bytes]:
        """The contents of all files of the demo profile, without the journal's own."""
        found = [p for p in sorted(self.data.rglob("*")) if p.is_file() and "journal" not in p.parts]
        return {str(p.relative_to(self.data)): p.read_bytes() for p in found}


def served(url: str) -> dict[str, str]:
    """The environment in which a server is the model."""
    return {"TINYAGENT_SERVER__URL": url, "TINYAGENT_SERVER__MODEL": "canned"}


@pytest.fixture
def program(tmp_path: Path, model_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Program:
    cache = tmp_path_factory.getbasetemp() / "prompts"  # evaluated prompts are shared by all tests
    home = tmp_path / "home"
    (home / "cache").mkdir(parents=True)
    cache.mkdir(exist_ok=True)
    (home / "cache" / "prompts").symlink_to(cache)
    environment = os.environ | {
        "TINYAGENT_HOME": str(home),
        "TINYAGENT_MODELS": str(model_file.parent),
        "TINYAGENT_MODEL": MODEL,
        "LANG": "C.UTF-8",
    }
    return Program(home, environment)
