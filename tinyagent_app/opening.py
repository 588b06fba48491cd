"""Puts the parts together for one command: profile, tools, journal, model."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from planner.runtime.base import LanguageModel
from tinyagent_app.assistant import Limits
from tinyagent_app.journal import Journal
from tinyagent_app.launcher import DesktopLauncher
from tinyagent_app.profiles import Profile
from tools.context import ToolContext
from tools.errors import Refused
from tools.spec import ToolSpec

log = logging.getLogger(__name__)


class _NoChanges:
    """Outside a recorded step nothing is changed."""

    def create(self, path: Path, data: bytes) -> None:
        """Refused."""
        del path, data
        raise Refused("Files are changed only by the steps of a request.")

    def update(self, path: Path, edit: Callable[[bytes | None], bytes]) -> None:
        """Refused."""
        del edit
        self.create(path, b"")

    def delete(self, path: Path) -> None:
        """Refused."""
        self.create(path, b"")


@dataclass(frozen=True)
class Opened:
    """A profile that is ready for requests."""

    profile: Profile
    tools: tuple[ToolSpec, ...]
    context: ToolContext
    journal: Journal
    limits: Limits
    model_name: str

    @contextlib.asynccontextmanager
    async def model_running(self) -> AsyncIterator[LanguageModel]:
        """The model of this command; its process ends with the block. ModelUnavailable."""
        model = make_model(self.profile, self.model_name)
        try:
            yield model
        finally:
            await model.close()
