"""The rules of a note, without a database: every order of steps a person could try."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from app.core.ids import new_id
from app.core.problems import Problem
from app.record.notes import domain, models
from app.record.notes.domain import FailurePattern, FailureTags, NoteStatus, NoteTemplate

AUTHOR, COSIGNER, OTHER = new_id(), new_id(), new_id()
BEGAN = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
ENDED = BEGAN + timedelta(minutes=50)


def a_note() -> models.Note:
    return models.Note(
        created_at=BEGAN,
        client_id=new_id(),
        session_id=new_id(),
        author_id=AUTHOR,
        template=NoteTemplate.MBT,
        content=b"first",
        occurred_at=BEGAN,
        saved_at=BEGAN,
        versioned_at=BEGAN,
        failures=[],
    )


def seal(_row_id: UUID, excerpt: str | None) -> bytes | None:
    return None if excerpt is None else excerpt.encode()


def write(note: models.Note, by: UUID = AUTHOR, content: bytes = b"second") -> None:
    note.write(by, ENDED, template=NoteTemplate.DAP, content=content, felt_understood=1, bond=2)


def sign(note: models.Note, by: UUID = AUTHOR, at: datetime = ENDED, **facts: Any) -> None:
    chosen = {
        "content_hash": "0" * 64,
        "has_text": True,
        "cosigner_id": None,
        "ends_at": ENDED,
        "late_after": timedelta(hours=48),
        "late_entry_reason": None,
        **facts,
    }
    note.sign(by, at, **chosen)


def said(note: models.Note) -> tuple[Any, ...]:
    """Everything a signature freezes."""
    return (
        note.template,
        note.content,
        note.felt_understood,
        note.bond,
        note.occurred_at,
        note.signed_at,
        note.signed_by,
        note.content_hash,
        note.is_late_entry,
        tuple((one.id, one.position, one.pattern, one.signs, one.excerpt, one.occurred_at) for one in note.failures),
    )


def test_a_signed_note_refuses_every_change():
    note = a_note()
    sign(note)
    with pytest.raises(domain.NoteNotDraft, match="add an addendum instead"):
        write(note)
    with pytest.raises(domain.NoteNotDraft):
        note.tag(AUTHOR, [FailureTags(pattern=FailurePattern.MIXED)], seal)
    with pytest.raises(domain.NoteNotDraft):
        note.take_over(AUTHOR, ENDED, None)
    with pytest.raises(domain.NoteNotDraft):
        sign(note)


def test_there_is_no_way_back_from_a_signature():
    assert domain.MOVES[NoteStatus.SIGNED] == {NoteStatus.ENTERED_IN_ERROR}
    assert domain.MOVES[NoteStatus.ENTERED_IN_ERROR] == set()
    assert set(domain.MOVES) == set(NoteStatus)


def test_nobody_but_the_author_writes_or_signs():
    note = a_note()
    for attempt in (write, sign):
        with pytest.raises(domain.NotNoteAuthor):
            attempt(note, OTHER)


def test_late_is_later_than_the_clinics_hours_after_the_end():
    note = a_note()
    with pytest.raises(domain.LateEntryReasonMissing):
        sign(note, at=ENDED + timedelta(hours=48, seconds=1))
    sign(note, at=ENDED + timedelta(hours=48))
    assert not note.is_late_entry


def test_the_hash_covers_every_part_of_a_note_and_not_its_order_of_keys():
    assert domain.hash_of({"a": 1, "b": "ü"}) == domain.hash_of({"b": "ü", "a": 1})
    assert domain.hash_of({"a": 1}) != domain.hash_of({"a": 2})


class Steps(RuleBasedStateMachine):
    """A note in the hands of three people who try everything; what is signed must never change."""

    people = st.sampled_from([AUTHOR, COSIGNER, OTHER])

    @initialize()
    def begin(self) -> None:
        self.note = a_note()
        self.clock = ENDED
        self.frozen: tuple[Any, ...] | None = None

    def attempt(self, step: Any, *args: Any, **facts: Any) -> None:
        """Take a step; a refusal must leave the note as it was."""
        before, status = said(self.note), self.note.status
        self.clock += timedelta(minutes=1)
        try:
            step(*args, **facts)
        except Problem:
            assert (said(self.note), self.note.status) == (before, status)
            return
        if self.note.status is not status:
            assert self.note.status in domain.MOVES[status]

    @rule(by=people, content=st.binary(max_size=3))
    def save(self, by: UUID, content: bytes) -> None:
        self.attempt(write, self.note, by, content)

    @rule(by=people, patterns=st.lists(st.sampled_from(FailurePattern), max_size=3))
    def tag(self, by: UUID, patterns: list[FailurePattern]) -> None:
        kept = [one.id for one in self.note.failures]
        self.attempt(self.note.tag, by, [FailureTags(pattern=pattern, excerpt="x") for pattern in patterns], seal)
        shared = min(len(kept), len(self.note.failures))
        assert [one.id for one in self.note.failures][:shared] == kept[:shared]
        assert [one.position for one in self.note.failures] == list(range(len(self.note.failures)))

    @rule(by=people)
    def move(self, by: UUID) -> None:
        self.attempt(self.note.take_over, by, self.note.occurred_at - timedelta(minutes=5), None)

    @rule(
        by=people,
        has_text=st.booleans(),
        cosigner=st.sampled_from([None, COSIGNER]),
        hours=st.sampled_from([0, 72]),
        reason=st.sampled_from([None, b"ill"]),
    )
    def sign(self, by: UUID, *, has_text: bool, cosigner: UUID | None, hours: int, reason: bytes | None) -> None:
        status = self.note.status
        at = self.clock + timedelta(hours=hours)
        self.attempt(
            sign,
            self.note,
            by,
            at,
            has_text=has_text,
            cosigner_id=cosigner,
            late_entry_reason=reason,
            ends_at=self.clock,
        )
        if self.note.status is not status:
            assert (by, has_text, status) == (AUTHOR, True, NoteStatus.DRAFT)
            assert self.note.is_late_entry == (hours > 48)
            assert not self.note.is_late_entry or self.note.late_entry_reason is not None
            assert self.note.status is (NoteStatus.PENDING_COSIGN if cosigner else NoteStatus.SIGNED)

    @rule(by=people)
    def cosign(self, by: UUID) -> None:
        status = self.note.status
        self.attempt(self.note.cosign, by, self.clock)
        if self.note.status is not status:
            assert (by, status, self.note.status) == (COSIGNER, NoteStatus.PENDING_COSIGN, NoteStatus.SIGNED)

    @rule(by=people)
    def send_back(self, by: UUID) -> None:
        status = self.note.status
        self.attempt(self.note.send_back, by, b"more")
        if self.note.status is not status:
            assert (by, status, self.note.status) == (COSIGNER, NoteStatus.PENDING_COSIGN, NoteStatus.DRAFT)
            assert (self.note.signed_at, self.note.content_hash) == (None, None)

    @rule()
    def add(self) -> None:
        count = self.note.addenda_count
        self.attempt(self.note.count_addendum)
        assert self.note.addenda_count == count + (self.note.status is NoteStatus.SIGNED)

    @rule(by=people)
    def enter_in_error(self, by: UUID) -> None:
        self.attempt(self.note.enter_in_error, by, self.clock, b"wrong")

    @invariant()
    def what_is_signed_never_changes(self) -> None:
        if self.frozen is not None:
            assert said(self.note) == self.frozen
        if self.note.status is NoteStatus.SIGNED:
            self.frozen = said(self.note)


Steps.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
TestSteps = Steps.TestCase
