"""A signed note is frozen with everything in it: the times and participants of its session too."""

from uuid import UUID

import pytest
from sqlalchemy.exc import DBAPIError

from app.core.work import UnitOfWork
from app.record.sessions import domain, service
from tests.record.sessions.requests import ids, seats, wanted
from tests.support.house import Api, Clinic


async def sign_a_note(clinic: Clinic, session_id: str) -> None:
    def freeze(work: UnitOfWork) -> None:
        session = service.load_session(work, UUID(session_id))
        session.freeze()
        work.record(domain.SessionChanged(), session)

    await clinic.house.door.transactions.write(clinic.operator, freeze)


async def test_a_signed_note_fixes_times_format_and_participants(
    clinic: Clinic, therapist: Api, robin: str, sam: str, admin: Api
):
    created = await therapist.made("/sessions", wanted(robin, status="held", **seats((robin, "late"))))
    await sign_a_note(clinic, created["id"])
    path = f"/sessions/{created['id']}"
    version = (await therapist.read(path))["version"]
    for changes in (
        {"starts_at": "2026-03-02T07:00:00Z"},
        {"duration_minutes": 75},
        {"format": "family"},
        seats((sam, "late")),
    ):
        refused = await admin.change(path, changes, version=version)
        assert (refused.status_code, refused.json()["code"]) == (409, "session_frozen")
    corrected = await therapist.changed(path, {**seats((robin, "attended")), "kind": "review"}, version=version)
    assert corrected["has_signed_note"]
    assert corrected["participants"][0]["attendance"] == "attended"


async def test_a_planned_session_with_a_signed_note_cannot_be_cancelled(clinic: Clinic, therapist: Api, robin: str):
    created = await therapist.made("/sessions", wanted(robin))
    await sign_a_note(clinic, created["id"])
    cancel = f"/sessions/{created['id']}/cancel"
    refused = await therapist.change(cancel, {"by": "clinic"}, version=created["version"] + 1, method="POST")
    assert (refused.status_code, refused.json()["code"]) == (409, "session_frozen")


async def test_the_database_too_keeps_a_session_with_a_signed_note(clinic: Clinic, therapist: Api, robin: str):
    created = await therapist.made("/sessions", wanted(robin))
    await sign_a_note(clinic, created["id"])

    def change(work: UnitOfWork, field: str, value: object) -> None:
        session = service.load_session(work, UUID(created["id"]))
        setattr(session, field, value)
        work.record(domain.SessionChanged(), session)

    def leave(work: UnitOfWork) -> None:
        session = service.load_session(work, UUID(created["id"]))
        session.participants.clear()
        work.record(domain.SessionChanged(), session)

    transactions = clinic.house.door.transactions
    for field, value in (("duration_minutes", 75), ("has_signed_note", False), ("format", "family")):
        with pytest.raises(DBAPIError, match="a signed note keeps the session as it is"):
            await transactions.write(clinic.operator, change, field, value)
    with pytest.raises(DBAPIError, match="a signed note keeps the session as it is"):
        await transactions.write(clinic.operator, leave)
    assert ids(await therapist.read(f"/sessions/{created['id']}")) == {robin}
