"""The journal through its front door: history, undo, conflicts, limits, and disks that refuse."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.plan import Plan, Step
from tests.support import make_context
from tests.tinyagent_app.trees import tree
from tinyagent_app.journal import Busy, Journal, JournalUnavailable, Outcome
from tools.context import Changes
from tools.errors import NotFound, Refused, ToolError
from tools.spec import Effect


@dataclass
class Clock:
    """UTC, moved by the test."""

    now: datetime = field(default_factory=lambda: datetime(2026, 3, 12, 8, 30, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Desk:
    """A journal over a profile, and single requests to it."""

    base: Path
    clock: Clock
    journal: Journal

    @property
    def notes(self) -> Path:
        return self.base / "profile" / "notes"

    def request(
        self,
        *works: Callable[[Changes], object],
        text: str = "a request",
        effect: Effect = Effect.LOCAL_WRITE,
        outcome: Outcome = Outcome.DONE,
    ) -> int:
        """A finished request with one step for each work; its number."""
        run = self.journal.start_run(text, "a model")
        recorder = run.recorder(make_context(self.base / "profile"))
        steps = []
        for number, work in enumerate(works, 1):
            step = Step(number, "work", {"text": text})
            record = recorder.begin(step, {"text": text}, effect)
            work(record.context.changes)
            record.succeeded("value", f"Did {text}.")
            steps.append(step)
        run.finish(Plan(tuple(steps)), outcome, f"Answer to {text}.")
        return run.id


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    clock = Clock()
    return Desk(tmp_path, clock, Journal.open(tmp_path / "journal", clock))


def append(path: Path, data: bytes) -> Callable[[Changes], object]:
    return lambda changes: changes.update(path, lambda old: (old or b"") + data)


def test_the_history_tells_the_requests_newest_first_and_finds_them_by_their_words(desk: Desk) -> None:
    for text in ("buy 100% milk", "call_mum", "buy bread"):
        desk.request(append(desk.notes / "a.md", b"x"), text=text)
    assert [run.request for run in desk.journal.history()] == ["buy bread", "call_mum", "buy 100% milk"]
    assert [run.request for run in desk.journal.history(query="BUY")] == ["buy bread", "buy 100% milk"]
    assert [run.request for run in desk.journal.history(query="0%")] == ["buy 100% milk"]
    assert [run.request for run in desk.journal.history(query="l_m")] == ["call_mum"]
    assert len(desk.journal.history(limit=2)) == 2


def test_a_request_is_told_with_its_plan_steps_and_changes(desk: Desk) -> None:
    number = desk.request(
        lambda changes: changes.create(desk.notes / "new.md", b"1"),
        append(desk.notes / "new.md", b"2"),
        lambda changes: changes.delete(desk.notes / "new.md"),
    )
    detail = desk.journal.show(number)
    assert detail.run.outcome == "done"
    assert detail.run.answer == "Answer to a request."
    assert detail.plan is not None
    assert [step["tool"] for step in detail.plan] == ["work"] * 3
    (first, *_) = detail.steps
    assert (first.step, first.state, first.value, first.effect) == (1, "succeeded", "value", "local write")
    assert [change.action for change in detail.changes] == ["created", "updated", "deleted"]
    assert all(change.undoable for change in detail.changes)
    with pytest.raises(NotFound, match="number 99"):
        desk.journal.show(99)


def test_a_plain_undo_goes_back_request_by_request_until_nothing_is_left(desk: Desk) -> None:
    note = desk.notes / "a.md"
    desk.request(append(note, b"1"))
    desk.request(text="only looked")
    desk.request(append(note, b"2"))
    first = desk.journal.undo()
    assert (first.request, first.restored, first.complete) == ("a request", [str(note)], True)
    assert note.read_bytes() == b"1"
    assert desk.journal.undo().removed == [str(note)]
    assert not note.exists()
    with pytest.raises(NotFound, match="nothing to undo"):
        desk.journal.undo()


def test_one_step_of_a_request_can_be_taken_back_alone(desk: Desk) -> None:
    a, b = desk.notes / "a.md", desk.notes / "b.md"
    number = desk.request(append(a, b"1"), append(b, b"2"))
    assert desk.journal.undo(number, step=2).removed == [str(b)]
    assert a.exists()
    assert desk.journal.history()[0].undone is None
    assert desk.journal.undo(number).removed == [str(a)]
    assert desk.journal.history()[0].undone is not None


def test_a_file_changed_since_is_left_alone_and_the_others_are_put_back(desk: Desk) -> None:
    a, b = desk.notes / "a.md", desk.notes / "b.md"
    desk.notes.mkdir(parents=True)
    a.write_bytes(b"old")
    number = desk.request(append(a, b" new"), append(b, b"2"))
    a.write_bytes(b"by hand")
    report = desk.journal.undo()
    assert [conflict.path for conflict in report.conflicts] == [str(a)]
    assert "changed since, by you" in report.conflicts[0].reason
    assert report.removed == [str(b)]
    assert a.read_bytes() == b"by hand"
    a.write_bytes(b"old new")  # as it was left: now it can be taken back
    assert desk.journal.undo(number).restored == [str(a)]
    assert a.read_bytes() == b"old"


def test_what_a_later_request_changed_again_is_undone_in_order(desk: Desk) -> None:
    note = desk.notes / "a.md"
    first, second = desk.request(append(note, b"1")), desk.request(append(note, b"2"))
    report = desk.journal.undo(first)
    assert f"later request ({second})" in report.conflicts[0].reason
    step = desk.request(append(note, b"3"), append(note, b"4"))
    assert "later step of the same request" in desk.journal.undo(step, step=1).conflicts[0].reason
    assert note.read_bytes() == b"1234"
    for number in (step, second, first):
        assert desk.journal.undo(number).complete
    assert not note.exists()


def test_a_removed_file_is_said_to_be_removed(desk: Desk) -> None:
    desk.request(append(desk.notes / "a.md", b"1"))
    (desk.notes / "a.md").unlink()
    assert "removed since" in desk.journal.undo().conflicts[0].reason


def test_what_was_sent_is_named_because_it_cannot_be_taken_back(desk: Desk) -> None:
    desk.request(lambda _: None, text="mail Ana", effect=Effect.OUTGOING)
    report = desk.journal.undo()
    assert not report.complete
    assert [(sent.text, sent.certain) for sent in report.sent] == [("Did mail Ana.", True)]


def test_a_draft_is_not_sent_and_can_be_taken_back(desk: Desk) -> None:
    draft = desk.base / "profile" / "outbox" / "1.json"
    desk.request(lambda changes: changes.create(draft, b"{}"), effect=Effect.OUTGOING)
    report = desk.journal.undo()
    assert report.complete
    assert not draft.exists()


def test_a_running_request_cannot_be_undone(desk: Desk) -> None:
    run = desk.journal.start_run("still at it", "a model")
    with pytest.raises(ToolError, match="still running"):
        desk.journal.undo(run.id)
    run.finish(None, Outcome.CANCELLED, "")


def test_a_step_that_was_stopped_changes_nothing_more(desk: Desk) -> None:
    run = desk.journal.start_run("stop it", "a model")
    recorder = run.recorder(make_context(desk.base / "profile"))
    record = recorder.begin(Step(1, "work", {}), {}, Effect.LOCAL_WRITE)
    record.revoke()
    with pytest.raises(ToolError, match="was stopped"):
        record.context.changes.create(desk.notes / "late.md", b"late")
    run.finish(None, Outcome.CANCELLED, "")
    with pytest.raises(ToolError, match="over"):
        recorder.begin(Step(2, "work", {}), {}, Effect.LOCAL_WRITE)
    assert [step.state for step in desk.journal.show(run.id).steps] == ["revoked"]
    assert not (desk.notes / "late.md").exists()


@pytest.mark.parametrize("place", ["../../elsewhere.md", "../journal/x", "/etc/tinyagent-test", ".."])
def test_a_file_outside_the_profiles_folders_is_refused(desk: Desk, place: str) -> None:
    with pytest.raises(Refused, match=r"outside|not a usable"):
        desk.request(append(desk.notes / place, b"x"))


def test_a_link_out_of_the_folders_is_not_followed(desk: Desk) -> None:
    desk.notes.mkdir(parents=True)
    (desk.base / "secret").write_text("secret")
    (desk.notes / "link.md").symlink_to(desk.base / "secret")
    with pytest.raises(Refused):
        desk.request(append(desk.notes / "link.md", b"x"))
    assert (desk.base / "secret").read_text() == "secret"


def test_old_contents_go_after_ninety_days_and_undo_says_so(desk: Desk) -> None:
    note = desk.notes / "a.md"
    desk.request(append(note, b"1"))
    desk.request(append(note, b"2"))
    desk.clock.now += timedelta(days=91)
    desk.request(append(desk.notes / "b.md", b"new"))
    desk.journal.recover()
    report = desk.journal.undo(2)
    assert "too old" in report.conflicts[0].reason
    assert note.read_bytes() == b"12"
    assert desk.journal.undo(3).complete


def test_contents_of_many_megabytes_are_kept_beside_the_database(desk: Desk) -> None:
    note, big = desk.notes / "big.md", b"x" * (33 << 20)
    desk.notes.mkdir(parents=True)
    note.write_bytes(big)
    desk.request(append(note, b"y"))
    assert (desk.base / "journal" / "journal.sqlite3").stat().st_size < 1 << 20
    assert desk.journal.undo().complete
    assert note.read_bytes() == big
    assert not list((desk.base / "journal" / "before").iterdir())


def test_a_journal_that_cannot_be_opened_is_explained(tmp_path: Path) -> None:
    (tmp_path / "journal").write_text("not a folder")
    with pytest.raises(JournalUnavailable, match="can't be made"):
        Journal.open(tmp_path / "journal")
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / "journal.sqlite3").write_bytes(b"no database at all" * 500)
    with pytest.raises(JournalUnavailable):
        Journal.open(tmp_path / "damaged")


def test_two_journals_of_one_profile_see_each_other(desk: Desk) -> None:
    other = Journal.open(desk.base / "journal", desk.clock)
    run = desk.journal.start_run("alive", "a model")
    assert other.recover().runs == ()  # its process lives
    run.finish(None, Outcome.DONE, "")
    desk.request(append(desk.notes / "a.md", b"1"))
    assert other.undo().complete
    other.close()


class Faults:
    """Makes the n-th call of a system function fail."""

    def __init__(self, at: int, number: int) -> None:
        self.left, self.number = at, number

    def check(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise OSError(self.number, os.strerror(self.number))


@given(
    at=st.integers(1, 30),
    number=st.sampled_from([errno.ENOSPC, errno.EIO, errno.EROFS, errno.EDQUOT, errno.EACCES]),
    function=st.sampled_from(["open", "write", "fsync", "rename", "replace", "link", "unlink"]),
)
@settings(deadline=None, max_examples=150)
def test_whatever_the_disk_refuses_files_are_whole_and_undo_restores_them(
    tmp_path_factory: pytest.TempPathFactory, at: int, number: int, function: str
) -> None:
    base = tmp_path_factory.mktemp("disk")
    desk = Desk(base, Clock(), Journal.open(base / "journal"))
    desk.notes.mkdir(parents=True)
    (desk.notes / "a.md").write_bytes(b"old a")
    (desk.notes / "b.md").write_bytes(b"old b")
    context = make_context(base / "profile")
    before = tree(base / "profile")
    run = desk.journal.start_run("faults", "a model")
    record = run.recorder(context).begin(Step(1, "work", {}), {}, Effect.LOCAL_WRITE)
    faults, real = Faults(at, number), getattr(os, function)

    def failing(*args: object, **options: object) -> object:
        faults.check()
        return real(*args, **options)

    changes = record.context.changes
    works: list[Callable[[Changes], object]] = [
        append(desk.notes / "a.md", b" new"),
        lambda changes: changes.create(desk.notes / "deep" / "c.md", b"new c"),
        lambda changes: changes.delete(desk.notes / "b.md"),
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, function, failing)
        for work in works:
            try:
                work(changes)
            except ToolError as error:
                assert not isinstance(error, Busy)
                assert str(error)
    run.finish(None, Outcome.FAILED, "")
    again = Journal.open(base / "journal")
    again.recover()
    assert (desk.notes / "a.md").read_bytes() in {b"old a", b"old a new"}
    new = desk.notes / "deep" / "c.md"
    assert not new.exists() or new.read_bytes() == b"new c"
    if again.history()[0].changes:
        assert again.undo().complete
    assert tree(base / "profile") == before
    again.close()
    desk.journal.close()
