"""Finds wheels in a Python package index (simple API as JSON, PEP 691)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urljoin

from pydantic import BaseModel, ValidationError

from tinyagent_app.models.download import Downloader, Remote, shown
from tinyagent_app.models.errors import DownloadFailed

DEFAULT_INDEX = "https://pypi.org/simple"
_JSON = "application/vnd.pypi.simple.v1+json"
_OTHER = "Set TINYAGENT_PACKAGE_INDEX to an index that answers with JSON (PEP 691)."


class _File(BaseModel):
    filename: str
    url: str
    hashes: dict[str, str] = {}


class _Page(BaseModel):
    files: list[_File]


def index_url(environ: Mapping[str, str]) -> str:
    """The index to ask: TINYAGENT_PACKAGE_INDEX, pip's PIP_INDEX_URL, or the public one."""
    chosen = environ.get("TINYAGENT_PACKAGE_INDEX") or environ.get("PIP_INDEX_URL")
    return (chosen or DEFAULT_INDEX).rstrip("/")


@dataclass(frozen=True)
class Index:
    """A package index."""

    url: str
    downloader: Downloader

    def wheel(self, package: str, version: str, limit: int) -> Remote:
        """The wheel of a package's version, at most `limit` bytes. DownloadFailed."""
        address = f"{self.url}/{package}/"
        text = self.downloader.read(address, _JSON)
        try:
            page = _Page.model_validate_json(text)
        except ValidationError as error:
            raise DownloadFailed(f"{shown(self.url)} does not answer as a package index.", _OTHER) from error
        prefix = _plain(f"{package}-{version}-")
        for file in page.files:
            digest = file.hashes.get("sha256")
            if digest and file.filename.endswith(".whl") and _plain(file.filename).startswith(prefix):
                return Remote(f"{package} {version}", urljoin(address, file.url), digest, limit)
        raise DownloadFailed(f"{shown(self.url)} has no wheel of {package} {version} with a SHA-256.", _OTHER)


def _plain(name: str) -> str:
    """File names of wheels differ in how they write separators and capitals."""
    return re.sub(r"[-_.]+", "_", name.lower())
