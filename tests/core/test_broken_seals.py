"""Ciphertext that somebody moved does not open: the request fails without a word, and the audit log says where."""

from typing import Any
from uuid import UUID

import httpx

from tests.record.notes.raw import literal, run
from tests.support.house import Api, Clinic
from tests.support.world import SECTIONS


async def client_of(therapist: Api, name: str) -> str:
    made = await therapist.made("/clients", {"given_name": name, "family_name": "Example"})
    return str(made["id"])


async def draft_of(therapist: Api, client_id: str) -> str:
    wanted = {
        "format": "individual",
        "delivery": "in_person",
        "kind": "therapy",
        "starts_at": "2026-03-01T10:00:00Z",
        "duration_minutes": 50,
        "status": "held",
        "participants": [{"client_id": client_id, "attendance": "attended"}],
    }
    session = await therapist.made("/sessions", wanted)
    note = {"client_id": client_id, "template": "mbt", "sections": SECTIONS}
    return str((await therapist.made(f"/sessions/{session['id']}/notes", note))["id"])


async def entries(clinic: Clinic) -> list[dict[str, Any]]:
    page = await clinic["admin"].read("/audit-events", params={"type": "record.seal_broken"})
    return [
        {name: entry[name] for name in ("entity_id", "client_ids", "actor_id")} | entry["details"]
        for entry in page["data"]
    ]


def is_silent(refused: httpx.Response) -> bool:
    """Whether it is the problem document of any failure, which has no word about this one."""
    told: dict[str, Any] = refused.json()
    del told["instance"]
    return told == {
        "type": "/problems/internal-error",
        "code": "internal_error",
        "title": "Something went wrong on our side",
        "status": 500,
        "detail": "Nothing was saved. Quote the request id if you write to us.",
        "errors": [],
    }


async def test_a_field_of_another_row_fails_closed_and_is_audited(clinic: Clinic, therapist: Api):
    robin, sam = [await client_of(therapist, name) for name in ("Robin", "Sam")]
    own, other = literal(robin), literal(sam)
    await run(
        clinic.house.settings,
        f"UPDATE clients SET details = (SELECT details FROM clients WHERE id = {other}) WHERE id = {own}",
    )
    refused = await therapist.get(f"/clients/{robin}")
    assert is_silent(refused), refused.text
    (entry,) = await entries(clinic)
    assert entry == {
        "entity_id": robin,
        "client_ids": [robin],
        "actor_id": therapist.id,
        "table": "clients",
        "column": "details",
    }
    assert (await therapist.get("/clients")).status_code == 500, "nor is she in a list as somebody else"
    assert (await therapist.read(f"/clients/{sam}"))["given_name"] == "Sam"


async def test_a_field_of_another_column_fails_closed_and_is_audited(clinic: Clinic, therapist: Api):
    note_id = await draft_of(therapist, await client_of(therapist, "Robin"))
    await run(clinic.house.settings, f"UPDATE notes SET return_comment = content WHERE id = {literal(note_id)}")
    assert is_silent(await therapist.get(f"/notes/{note_id}"))
    (entry,) = await entries(clinic)
    assert (entry["entity_id"], entry["table"], entry["column"]) == (note_id, "notes", "return_comment")


async def test_a_field_of_another_clinic_fails_closed_and_is_audited(clinic: Clinic, therapist: Api):
    there = await clinic.house.clinic()
    robin, stranger = await client_of(therapist, "Robin"), await client_of(there["therapist"], "Somebody")
    await run(
        clinic.house.settings,
        f"UPDATE clients SET details = (SELECT details FROM clients WHERE id = {literal(stranger)}) "
        f"WHERE id = {literal(robin)}",
    )
    assert is_silent(await therapist.get(f"/clients/{robin}"))
    assert [entry["entity_id"] for entry in await entries(clinic)] == [robin]
    assert await entries(there) == []


async def test_a_broken_field_met_while_writing_is_audited_though_the_write_is_undone(clinic: Clinic, therapist: Api):
    client_id = await client_of(therapist, "Robin")
    note_id = await draft_of(therapist, client_id)
    await run(
        clinic.house.settings,
        "UPDATE notes SET content = (SELECT details FROM clients WHERE clients.id = notes.client_id) "
        f"WHERE id = {literal(note_id)}",
    )
    refused = await therapist.change(f"/notes/{note_id}/sign", {}, version=1, method="POST")
    assert is_silent(refused), refused.text
    (entry,) = await entries(clinic)
    assert (UUID(entry["entity_id"]), entry["table"], entry["column"]) == (UUID(note_id), "notes", "content")


async def test_of_a_private_note_the_log_names_no_client(clinic: Clinic, therapist: Api):
    client_id = await client_of(therapist, "Robin")
    note_id = await draft_of(therapist, client_id)
    session_id = (await therapist.read(f"/notes/{note_id}"))["session_id"]
    wanted = {"session_id": session_id, "client_id": client_id, "text": "For myself."}
    private = await therapist.made("/private-notes", wanted)
    await run(
        clinic.house.settings,
        "UPDATE private_notes SET content = (SELECT details FROM clients WHERE clients.id = private_notes.client_id)",
    )
    assert is_silent(await therapist.get(f"/private-notes/{private['id']}"))
    (entry,) = await entries(clinic)
    assert (entry["entity_id"], entry["client_ids"], entry["table"]) == (private["id"], [], "private_notes")
