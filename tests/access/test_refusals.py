"""Whoever is refused leaves an entry that says what was tried, on which thing, and why it was refused."""

from typing import Any

import pytest

from app.access.identity.domain import AccessRefused
from app.core.caller import Caller
from app.core.events import DomainEvent
from app.core.problems import Busy
from app.core.transactions import Transactions
from tests.support.house import Clinic
from tests.support.world import World, one_of_everything


@pytest.fixture
async def world(clinic: Clinic) -> World:
    return await one_of_everything(clinic)


async def refusals(world: World) -> list[Any]:
    """Return what was refused, newest first."""
    log = await world.clinic["admin"].read("/audit-events?type=access.refused")
    return list(log["data"])


async def test_a_missing_permission_is_written_down_with_operation_and_thing(world: World) -> None:
    admin = world.clinic["admin"]
    assert (await admin.get(f"/notes/{world.ids['note_id']}/addenda/{world.ids['addendum_id']}")).status_code == 403
    assert (await admin.get("/notes")).status_code == 403
    of_list, of_addendum = await refusals(world)
    assert (of_addendum["actor_id"], of_addendum["entity_id"]) == (admin.id, world.ids["addendum_id"])
    assert of_addendum["details"] == {
        "operation": "getNoteAddendum",
        "permission": "notes:read",
        "code": "permission_missing",
    }
    assert (of_list["details"]["operation"], of_list["entity_id"]) == ("listNotes", None)


async def test_what_a_caller_writes_in_a_path_is_not_written_down(world: World) -> None:
    assert (await world.clinic["admin"].get("/notes/robin-has-relapsed")).status_code == 403
    (entry,) = await refusals(world)
    assert entry["entity_id"] is None
    assert "robin" not in str(entry)


async def test_a_refusal_inside_a_change_is_written_down_though_the_change_is_undone(world: World) -> None:
    colleague = await world.clinic.join("colleague")
    member = {"practitioner_id": colleague.id, "care_role": "therapist"}
    await world.clinic["therapist"].made(f"/clients/{world.ids['client_id']}/care-team", member)
    path = f"/notes/{world.ids['note_id']}"
    note = await colleague.read(path)
    answer = await colleague.change(path, {"bond": 3}, version=note["version"])
    assert (answer.status_code, answer.json()["code"]) == (403, "not_note_author")
    (entry,) = await refusals(world)
    assert (entry["actor_id"], entry["entity_id"]) == (colleague.id, world.ids["note_id"])
    assert entry["details"] == {"operation": "updateNote", "permission": "notes:write", "code": "not_note_author"}
    assert entry["request_id"] == answer.headers["X-Request-Id"]


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "once-and-no-more"}])
async def test_a_program_that_wants_to_write_a_note_is_written_down(world: World, headers: dict[str, str]) -> None:
    admin = world.clinic["admin"]
    account = await admin.made("/service-accounts", {"name": "EHR", "scopes": ["notes:write"]})
    wanted = {"expires_at": "2026-06-01T00:00:00Z"}
    key = await admin.made(f"/service-accounts/{account['id']}/keys", wanted)
    headers = headers | {"Authorization": f"Bearer {key['secret']}"}
    body = world.bodies["createNote"]
    answer = await admin.post(f"/sessions/{world.ids['session_id']}/notes", body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "author_not_practitioner")
    (entry,) = await refusals(world)
    assert (entry["actor_kind"], entry["actor_id"]) == ("service_account", account["id"])
    assert (entry["details"]["code"], entry["entity_id"]) == ("author_not_practitioner", world.ids["session_id"])


async def test_a_refusal_that_cannot_be_written_down_is_answered_with_503(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def note_down(_self: Transactions, _caller: Caller, event: DomainEvent) -> None:
        assert isinstance(event, AccessRefused)
        raise Busy

    monkeypatch.setattr(Transactions, "note_down", note_down)
    assert (await world.clinic["admin"].get("/notes")).status_code == 503


async def test_a_list_of_notes_says_which_notes_were_read(world: World) -> None:
    notes = await world.clinic["therapist"].read("/notes")
    failures = await world.clinic["therapist"].read("/mentalizing-failures")
    ids = [note["id"] for note in notes["data"]]
    for kind in ("note.listed", "mentalizing_failure.listed"):
        log = await world.clinic["admin"].read(f"/audit-events?type={kind}")
        assert set(log["data"][0]["details"]["note_ids"]) == set(ids)
    assert {failure["note_id"] for failure in failures["data"]} == set(ids)


async def test_a_key_says_whose_it_is_and_a_change_of_roles_says_which(world: World) -> None:
    admin, person = world.clinic["admin"], world.clinic["stranger"]
    await admin.changed(f"/practitioners/{person.id}", {"roles": ["doctor", "supervisor"]}, version=1)
    path = f"/service-accounts/{world.ids['service_account_id']}/keys/{world.ids['key_id']}"
    assert (await admin.request("DELETE", path)).status_code == 204
    log = await admin.read(f"/audit-events?entity_id={person.id}&type=practitioner.changed")
    assert log["data"][0]["details"] == {
        "fields": ["roles"],
        "roles_granted": ["doctor", "supervisor"],
        "roles_removed": ["therapist"],
    }
    for kind in ("api_key.created", "api_key.revoked"):
        log = await admin.read(f"/audit-events?type={kind}")
        assert log["data"][0]["details"] == {"service_account_id": world.ids["service_account_id"]}
