"""Fetches one file over HTTP: resumed after a break, tried again, bounded, and checked.

What was received so far stays in the target file, so that the next try, or the next run of the
program, asks the server only for the rest. A server that can't do that is read from the beginning.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import httpx

from tinyagent_app.models.errors import DownloadFailed

TRIES = 5
_WORTH_ANOTHER_TRY = frozenset({408, 425, 429})  # besides the server's own failures, 5xx
_AGAIN = "Check the connection and run the same command again; it goes on where it stopped."
_ELSE = "The source is damaged or has changed. Set TINYAGENT_PACKAGE_INDEX to another index."

T = TypeVar("T")
Progress = Callable[[int], None]
"""Called with how many bytes of the file are here."""


@dataclass(frozen=True, slots=True)
class Remote:
    """A file on a server."""

    label: str  # what people call it
    url: str
    sha256: str
    limit: int  # bytes; more than that can't be the right file


@dataclass(frozen=True)
class Downloader:
    """Fetches files. `pause` waits between tries (seconds)."""

    client: httpx.Client
    pause: Callable[[float], None] = time.sleep

    def read(self, url: str, accept: str) -> bytes:
        """A short document. DownloadFailed."""

        def get() -> bytes:
            return self.client.get(url, headers={"Accept": accept}).raise_for_status().content

        return self._persistently(get, shown(url))

    def fetch(self, remote: Remote, target: Path, progress: Progress) -> None:
        """Put the file at `target`, going on where an interrupted try stopped. DownloadFailed."""

        if target.exists() and _digest(target) == remote.sha256:
            return  # stopped after the last byte

        def receive() -> None:
            resumed = target.exists()
            self._receive(remote, target, progress)
            if _digest(target) == remote.sha256:
                return
            target.unlink()
            if not resumed:  # from beginning to end: another try would bring the same
                raise DownloadFailed(f"{remote.label} is not what was announced: its SHA-256 differs.", _ELSE)
            raise _Wrong("what was put together from several tries is not the file")

        self._persistently(receive, remote.label)

    def _persistently(self, act: Callable[[], T], label: str) -> T:
        reason = ""
        for attempt in range(TRIES):
            if attempt:
                self.pause(2.0**attempt)
            try:
                return act()
            except httpx.HTTPStatusError as error:
                code = error.response.status_code
                reason = f"the server answered {code}"
                if code < HTTPStatus.INTERNAL_SERVER_ERROR and code not in _WORTH_ANOTHER_TRY:
                    break
            except (httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
                raise DownloadFailed(f"{label} can't be fetched: {error}", "Correct the address.") from error
            except (httpx.HTTPError, _Wrong) as error:
                reason = str(error) or type(error).__name__
        raise DownloadFailed(f"{label} could not be fetched: {reason}.", _AGAIN)

    def _receive(self, remote: Remote, target: Path, progress: Progress) -> None:
        have = target.stat().st_size if target.exists() else 0
        headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
        with self.client.stream("GET", remote.url, headers=headers) as response:
            if have and response.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                return  # there is no more; the digest tells whether what is here is right
            response.raise_for_status()
            resumed = response.status_code == HTTPStatus.PARTIAL_CONTENT
            here = have if resumed else 0
            with target.open("ab" if resumed else "wb") as file:
                # As the blocks come: httpx would hold back an incomplete one of a given size, and lose it.
                for block in response.iter_raw():
                    here += len(block)
                    if here > remote.limit:
                        raise DownloadFailed(f"{remote.label} is larger than it can be.", _ELSE)
                    file.write(block)
                    progress(here)


class _Wrong(Exception):  # noqa: N818
    """Another try, from the beginning, may bring the right file."""


def shown(url: str) -> str:
    """An address without the name and password that may be in it."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "an address that is none"
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def _digest(path: Path) -> str:
    if not path.exists():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
