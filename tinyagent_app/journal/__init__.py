"""The journal: what was done, and how to take it back.

Every change that a tool makes to a file is recorded before it happens, applied atomically, and can
be undone byte for byte, also after `kill -9` and by another process:

    journal = Journal.open(profile / "journal")
    journal.recover()                                   # once, at the start
    run = journal.start_run("note: buy milk", model="…")
    recorder = run.recorder(context)                    # for the executor; context.changes is replaced
    record = recorder.begin(step, args, spec.effect)    # the executor does this …
    record.context.changes.create(path, b"…")           # … and the tool this
    record.succeeded("…", "Noted.")
    run.finish(plan, Outcome.DONE, "Noted.")            # always: in a `finally`
    report = journal.undo()                             # the last run that had an effect
    journal.history(limit=20); journal.show(run.id)
    journal.close()

Modules, from the bottom up: `atomic` (files), `locks`, `database`, `changelog` (rows of changes),
`apply` (one change, either direction), `changes` (what tools get), `recorder` and `run`, `recovery`,
`undo`, `history`, `prune`.
"""

from tinyagent_app.journal.errors import Busy, JournalUnavailable
from tinyagent_app.journal.history import ChangeSummary, RunDetail, RunSummary, StepSummary
from tinyagent_app.journal.journal import Journal
from tinyagent_app.journal.recovery import Recovery
from tinyagent_app.journal.run import Outcome, Run
from tinyagent_app.journal.undo import Sent, UndoConflict, UndoReport

__all__ = [
    "Busy",
    "ChangeSummary",
    "Journal",
    "JournalUnavailable",
    "Outcome",
    "Recovery",
    "Run",
    "RunDetail",
    "RunSummary",
    "Sent",
    "StepSummary",
    "UndoConflict",
    "UndoReport",
]
