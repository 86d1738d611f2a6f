"""A signed note is frozen three times over: the service refuses, the model refuses, and the database refuses.

Each test goes past the levels above the one it proves.
"""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.exc import DBAPIError

from app.core.work import UnitOfWork
from app.record.notes import domain, models, queries
from tests.record.notes.raw import literal, refusal, run
from tests.record.notes.writing import draft, signed, step
from tests.support.house import Api, Clinic

FROZEN = "a signed note is frozen"
FAILURES_FROZEN = "mentalizing failures are frozen with their note"
MOMENT = datetime(2026, 3, 1, tzinfo=UTC)


async def test_the_service_refuses_to_change_a_signed_note(therapist: Api, robin: str):
    note = await signed(therapist, robin)
    attempts: tuple[dict[str, Any], ...] = (
        {"sections": []},
        {"template": "dap", "sections": []},
        {"mentalizing_failures": []},
        {"interventions": []},
        {"risk": None},
        {"felt_understood": 1},
        {"bond": 1},
    )
    for changes in attempts:
        refused = await therapist.change(f"/notes/{note['id']}", changes, version=note["version"])
        assert (refused.status_code, refused.json()["code"]) == (409, "note_not_draft")
    assert await therapist.read(f"/notes/{note['id']}") == note


async def test_the_model_refuses_to_change_a_signed_note(clinic: Clinic, therapist: Api, robin: str):
    note = await signed(therapist, robin)

    def change(work: UnitOfWork) -> None:
        kept = work.one(queries.note_to_change(UUID(note["id"]), work.caller, work.today)).Note
        kept.write(kept.author_id, work.now, template=kept.template, content=b"other", felt_understood=None, bond=None)

    def untag(work: UnitOfWork) -> None:
        kept = work.one(queries.note_to_change(UUID(note["id"]), work.caller, work.today)).Note
        kept.tag(kept.author_id, [], lambda _row_id, _excerpt: None)

    for attempt in (change, untag):
        with pytest.raises(domain.NoteNotDraft):
            await clinic.house.door.transactions.write(clinic.operator, attempt)


async def test_the_database_refuses_what_a_careless_mapper_would_write(clinic: Clinic, therapist: Api, robin: str):
    note = await signed(therapist, robin)

    def change(work: UnitOfWork, field: str, value: Any) -> None:
        kept = work.one(queries.note_to_change(UUID(note["id"]), work.caller, work.today)).Note
        setattr(kept, field, value)
        work.record(domain.NoteAutosaved(), kept)

    def retag(work: UnitOfWork, field: str, value: Any) -> None:
        kept = work.one(queries.note_to_change(UUID(note["id"]), work.caller, work.today)).Note
        setattr(kept.failures[0], field, value)
        work.record(domain.NoteAutosaved(), kept)

    def add(work: UnitOfWork) -> None:
        kept = work.one(queries.note_to_change(UUID(note["id"]), work.caller, work.today)).Note
        kept.failures.append(
            models.MentalizingFailure(
                note_id=kept.id,
                client_id=kept.client_id,
                treatment_id=None,
                occurred_at=kept.occurred_at,
                position=9,
                pattern=domain.FailurePattern.MIXED,
            )
        )
        work.record(domain.NoteAutosaved(), kept)

    def untag(work: UnitOfWork) -> None:
        kept = work.one(queries.note_to_change(UUID(note["id"]), work.caller, work.today)).Note
        kept.failures.clear()
        work.record(domain.NoteAutosaved(), kept)

    write = clinic.house.door.transactions.write
    for field, value in (
        ("content", b"other"),
        ("template", domain.NoteTemplate.DAP),
        ("felt_understood", None),
        ("bond", 0),
        ("occurred_at", MOMENT),
        ("saved_at", MOMENT),
        ("signed_at", MOMENT),
        ("signed_by", UUID(clinic["stranger"].id)),
        ("content_hash", "0" * 64),
        ("is_late_entry", True),
        ("cosigned_at", MOMENT),
        ("author_id", UUID(clinic["stranger"].id)),
        ("status", domain.NoteStatus.DRAFT),
        ("status", domain.NoteStatus.PENDING_COSIGN),
    ):
        with pytest.raises(DBAPIError, match=FROZEN):
            await write(clinic.operator, change, field, value)
    for field, tag in (("pattern", domain.FailurePattern.MIXED), ("signs", ()), ("excerpt", None), ("position", 7)):
        with pytest.raises(DBAPIError, match=FAILURES_FROZEN):
            await write(clinic.operator, retag, field, tag)
    for attempt in (add, untag):
        with pytest.raises(DBAPIError, match=FAILURES_FROZEN):
            await write(clinic.operator, attempt)
    assert await therapist.read(f"/notes/{note['id']}") == note


async def test_the_database_refuses_its_owner_too(clinic: Clinic, therapist: Api, robin: str):
    note, other = await signed(therapist, robin), await draft(therapist, robin)
    await therapist.made(f"/notes/{note['id']}/addenda", {"kind": "addendum", "text": "More."})
    before = await therapist.read(f"/notes/{note['id']}")
    here, there = literal(note["id"]), literal(other["id"])
    settings = clinic.house.settings
    for statement, message in (
        (f"UPDATE notes SET bond = 1 WHERE id = {here}", FROZEN),
        (f"UPDATE notes SET session_id = {literal(other['session_id'])} WHERE id = {here}", FROZEN),
        (f"UPDATE notes SET status = 'draft', signed_at = NULL WHERE id = {here}", FROZEN),
        (f"DELETE FROM notes WHERE id = {here}", "a signed note is never deleted"),
        (f"UPDATE mentalizing_failures SET arousal = 1 WHERE note_id = {here}", FAILURES_FROZEN),
        (f"UPDATE mentalizing_failures SET note_id = {there}, position = 9 WHERE note_id = {here}", FAILURES_FROZEN),
        (f"UPDATE mentalizing_failures SET note_id = {here}, position = 9 WHERE note_id = {there}", FAILURES_FROZEN),
        (f"DELETE FROM mentalizing_failures WHERE note_id = {here}", FAILURES_FROZEN),
        (f"UPDATE note_versions SET number = 9 WHERE note_id = {there}", "note_versions is append-only"),
        (f"DELETE FROM note_versions WHERE note_id = {there}", "note_versions is append-only"),
        (f"UPDATE note_addenda SET kind = 'correction' WHERE note_id = {here}", "note_addenda is append-only"),
        (f"DELETE FROM note_addenda WHERE note_id = {here}", "note_addenda is append-only"),
    ):
        assert message in await refusal(settings, statement), statement
    assert await therapist.read(f"/notes/{note['id']}") == before
    await run(settings, f"UPDATE mentalizing_failures SET arousal = 1 WHERE note_id = {there}")
    tagged = (await therapist.read(f"/notes/{other['id']}"))["mentalizing_failures"]
    assert [one["arousal"] for one in tagged] == [1, 1]


async def test_an_entry_in_error_is_final_in_the_database(clinic: Clinic, therapist: Api, robin: str):
    note = await step(therapist, await signed(therapist, robin), "entered-in-error", {"reason": "Wrong."})
    for change in ("status = 'signed'", "status = 'draft'", "bond = 1", "addenda_count = 1"):
        assert FROZEN in await refusal(
            clinic.house.settings, f"UPDATE notes SET {change} WHERE id = {literal(note['id'])}"
        )


async def test_a_note_that_waits_for_its_cosignature_is_frozen_in_the_database(
    clinic: Clinic, trainee: Api, supervisor: Api, sam: str
):
    note = await signed(trainee, sam)
    for change in ("bond = 1", "signed_at = created_at, version = 9", "cosigner_id = author_id"):
        refused = await refusal(
            clinic.house.settings, f"UPDATE notes SET {change}, felt_understood = 0 WHERE id = {literal(note['id'])}"
        )
        assert FROZEN in refused
    assert FROZEN in await refusal(
        clinic.house.settings, f"UPDATE notes SET cosigner_id = author_id WHERE id = {literal(note['id'])}"
    )
    assert (await step(supervisor, note, "cosign"))["status"] == "signed"
