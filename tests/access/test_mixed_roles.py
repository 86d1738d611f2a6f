"""People with two hats, and people who lose one."""

from typing import Any

from app.access.practitioners.domain import Role
from tests.support.house import Api, Clinic
from tests.support.world import one_of_everything


async def changed_roles(clinic: Clinic, person: Api, *roles: Role) -> None:
    path = f"/practitioners/{person.id}"
    now: Any = await clinic["admin"].read(path)
    await clinic["admin"].changed(path, {"roles": list(roles)}, version=now["version"])


async def test_an_admin_who_also_treats_reads_words_in_her_own_circle_only(clinic: Clinic) -> None:
    world = await one_of_everything(clinic)
    both = await clinic.join("both", Role.CLINIC_ADMIN, Role.THERAPIST)
    assert (await both.read(f"/clients/{world.ids['client_id']}"))["given_name"] == "Robin"
    for path in (
        "/goals/{goal_id}",
        "/goals/{goal_id}/series",
        "/treatments/{treatment_id}/timeline",
        "/notes/{note_id}",
    ):
        assert (await both.get(world.path(path))).status_code == 404, path
    assert (await both.change(world.path("/goals/{goal_id}"), {"status": "active"}, version=1)).status_code == 404
    ended = {"end_reason": "client_choice", "end_comment": "in confidence"}
    path = world.path("/treatments/{treatment_id}")
    await clinic["therapist"].changed(f"{path}/end", ended, version=1, method="POST")
    assert (await both.read(path))["end_comment"] is None
    assert (await clinic["therapist"].read(path))["end_comment"] == "in confidence"


async def test_an_admin_does_not_read_why_care_ended(clinic: Clinic) -> None:
    client = await clinic["therapist"].made("/clients", {"given_name": "A", "family_name": "B"})
    path = f"/clients/{client['id']}"
    body = {"discharged_on": "2026-03-01", "reason": "in confidence"}
    await clinic["therapist"].changed(f"{path}/discharge", body, version=client["version"], method="POST")
    assert (await clinic["therapist"].read(path))["discharge_reason"] == "in confidence"
    assert (await clinic["admin"].read(path))["discharge_reason"] is None


async def test_who_is_no_supervisor_any_more_sees_the_clients_of_nobody_else(clinic: Clinic) -> None:
    client = await clinic["trainee"].made("/clients", {"given_name": "A", "family_name": "B"})
    path = f"/clients/{client['id']}"
    assert (await clinic["supervisor"].get(path)).status_code == 200
    await changed_roles(clinic, clinic["supervisor"], Role.DOCTOR)
    assert (await clinic["supervisor"].get(path)).status_code == 404


async def test_nobody_signs_towards_a_supervisor_who_cannot_cosign(clinic: Clinic) -> None:
    world = await one_of_everything(clinic)
    await changed_roles(clinic, clinic["supervisor"], Role.DOCTOR)
    note = await _draft_of_the_trainee(world.bodies, clinic["trainee"])
    answer = await clinic["trainee"].change(f"/notes/{note['id']}/sign", {}, version=1, method="POST")
    assert (answer.status_code, answer.json()["code"]) == (409, "cosigner_not_available")


async def test_the_present_supervisor_cosigns_what_waited_for_the_one_before(clinic: Clinic) -> None:
    world = await one_of_everything(clinic)
    note = await _draft_of_the_trainee(world.bodies, clinic["trainee"])
    pending = await clinic["trainee"].changed(f"/notes/{note['id']}/sign", {}, version=1, method="POST")
    assert pending["cosigner_id"] == clinic["supervisor"].id
    successor = await clinic.join("successor", Role.SUPERVISOR)
    trainee = f"/practitioners/{clinic['trainee'].id}"
    now = await clinic["admin"].read(trainee)
    await clinic["admin"].changed(trainee, {"supervisor_id": successor.id}, version=now["version"])
    path = f"/notes/{note['id']}/cosign"
    assert (await clinic["supervisor"].change(path, {}, version=pending["version"], method="POST")).status_code == 404
    signed = await successor.changed(path, {}, version=pending["version"], method="POST")
    assert (signed["status"], signed["cosigned_by"]) == ("signed", successor.id)


async def _draft_of_the_trainee(bodies: dict[str, Any], trainee: Api) -> Any:
    client = await trainee.made("/clients", {"given_name": "A", "family_name": "B"})
    session = bodies["createSession"] | {"participants": [{"client_id": client["id"], "attendance": "attended"}]}
    held = await trainee.made("/sessions", session)
    draft = {"client_id": client["id"], "template": "mbt", "sections": [{"code": "plan", "text": "Go on."}]}
    return await trainee.made(f"/sessions/{held['id']}/notes", draft)
