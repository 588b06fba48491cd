"""Requests in a profile's journal that no model planned: changes of files, as tools make them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from planner.plan import Plan, Step
from tests.support import make_context
from tinyagent_app.journal import Journal, Outcome
from tools.context import Changes
from tools.spec import Effect


def journaled(data: Path, work: Callable[[Changes], object], *, text: str = "a request") -> int:
    """A finished request with one step, in the profile whose folder this is; its number."""
    journal = Journal.open(data / "journal")
    run = journal.start_run(text, "a model")
    step = Step(1, "work", {})
    record = run.recorder(make_context(data)).begin(step, {}, Effect.LOCAL_WRITE)
    work(record.context.changes)
    record.succeeded("value", "Did it.")
    run.finish(Plan((step,)), Outcome.DONE, "Did it.")
    journal.close()
    return run.id
