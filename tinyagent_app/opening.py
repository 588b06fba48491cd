"""Puts the parts together for one command: profile, tools, journal, model."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import planner
from planner.errors import ModelUnavailable
from planner.runtime.base import LanguageModel
from planner.runtime.llama import LlamaModel, ModelFile, Tuning
from tinyagent_app.assistant import Limits
from tinyagent_app.journal import Journal
from tinyagent_app.launcher import DesktopLauncher
from tinyagent_app.models import Catalogue, Entry, ModelStore
from tinyagent_app.models.store import model_path
from tinyagent_app.profiles import DEMO, Profile
from tools.context import Person, ToolContext
from tools.errors import Refused
from tools.registry import all_tools
from tools.spec import ToolSpec

if TYPE_CHECKING:
    from planner.runtime.server import ServerModel

log = logging.getLogger(__name__)
WEIGHTS = Path(planner.__file__).parent / "weights"


@dataclass(frozen=True)
class Opened:
    """A profile that is ready for requests."""

    profile: Profile
    tools: tuple[ToolSpec, ...]
    context: ToolContext
    journal: Journal
    model_name: str

    @property
    def limits(self) -> Limits:
        """Bounds of executions."""
        return Limits(self.profile.settings.max_parallel, self.profile.settings.step_timeout)

    @property
    def adapter(self) -> Path | None:
        """The file of the adapter with which the model plans. ModelUnavailable if a chosen one is missing."""
        return None if self.is_remote else adapter_of(self.profile, Catalogue.load(), self.model_name)

    @property
    def is_remote(self) -> bool:
        """Whether the model runs on the configured server."""
        return is_remote(self.profile, self.model_name)

    @contextlib.asynccontextmanager
    async def model_running(self) -> AsyncIterator[LanguageModel]:
        """The model of this command; its process ends with the block. ModelUnavailable."""
        model = make_model(self.profile, self.model_name)
        try:
            yield model
        finally:
            await model.close()


@contextlib.contextmanager
def open_profile(name: str, *, model: str = "", now: datetime) -> Iterator[Opened]:
    """Open everything for requests. SettingsError, ProfileUnavailable, JournalUnavailable."""
    profile = set_up(name, now)
    found = all_tools()
    for problem in found.problems:
        log.warning("%s: %s", problem.source, problem.message)
    context = ToolContext(
        folders=profile.folders,
        changes=_NoChanges(),
        now=now,
        person=person_of(profile),
        services=profile.services,
        launcher=DesktopLauncher() if name != DEMO else None,
    )
    settings = profile.settings
    shown = model or (settings.server.model if settings.server.url else settings.model)
    with _journal(profile) as journal:
        yield Opened(profile, found.tools, context, journal, shown)


@contextlib.contextmanager
def open_journal(name: str) -> Iterator[Journal]:
    """The journal of a profile, for looking back and undoing."""
    with _journal(set_up(name, datetime.now())) as journal:
        yield journal


def set_up(name: str, now: datetime) -> Profile:
    """The profile, filled if it is the demo one and new."""
    profile = Profile.open(name)
    if profile.is_new:
        if name == DEMO:
            from tinyagent_app.demo import fill  # noqa: PLC0415 (once in a profile's life)

            fill(profile.folders, now)
        profile.mark_ready()
    return profile


def person_of(profile: Profile) -> Person:
    """The user; in the demo profile the made-up one, unless the settings name another."""
    person = profile.person
    if profile.name == DEMO and not person.name and not person.email:
        from tinyagent_app.demo import demo_person  # noqa: PLC0415

        return demo_person()
    return person


def is_remote(profile: Profile, name: str) -> bool:
    """Whether the model called `name` is that of the configured server."""
    server = profile.settings.server
    return bool(server.url) and name == server.model


def make_model(profile: Profile, name: str) -> LanguageModel:
    """The model called `name`, on the configured server or in a local file. ModelUnavailable."""
    if is_remote(profile, name):
        return make_server(profile)
    settings, catalogue = profile.settings, Catalogue.load()
    store = ModelStore(profile.models_folder, catalogue)
    path, adapter = model_path(store, name), adapter_of(profile, catalogue, name)
    tuning = Tuning(adapter, store.merged) if adapter is not None else None
    return LlamaModel(
        ModelFile(name, path, settings.context, settings.threads, profile.states_folder, tuning)
    )


def adapter_of(profile: Profile, catalogue: Catalogue, name: str) -> Path | None:
    """The planner's adapter for a model, None if there is none: then it plans by examples.

    ModelUnavailable if the settings name one that is missing.
    """
    if (chosen := profile.settings.adapter) is not None:
        path = chosen.expanduser()
        if not path.is_file():
            raise ModelUnavailable(f"There is no adapter {path}.", "Correct the setting 'adapter'.")
        return path
    entry = catalogue.entries.get(name)
    return adapter_of_ours(entry) if entry is not None else None


def adapter_of_ours(entry: Entry) -> Path | None:
    """The adapter that comes with the program for a model of the catalogue."""
    return WEIGHTS / entry.adapter if entry.adapter else None


def make_server(profile: Profile) -> ServerModel:
    """The model on the configured server. ModelUnavailable if there can't be such a server."""
    from planner.runtime.server import Endpoint, ServerModel  # noqa: PLC0415 (httpx is slow to import)

    server = profile.settings.server
    return ServerModel(Endpoint(server.url, server.model, server.api_key.get_secret_value()))


@contextlib.contextmanager
def _journal(profile: Profile) -> Iterator[Journal]:
    journal = Journal.open(profile.journal_folder)
    try:
        found = journal.recover()
        for path in found.conflicts:
            log.warning("%s was changed after an interrupted request; it was left as it is.", path)
        yield journal
    finally:
        journal.close()


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
