"""Emergency access through the API: opened with a reason, read under a banner, ended, told and reviewed."""

from typing import Any

import httpx
import pytest

from app.access.practitioners.domain import Role
from tests.support.house import Api, Clinic
from tests.support.world import World, one_of_everything

WHY = "On call: the client phoned and says goodbye; I need the crisis plan."


@pytest.fixture
async def world(clinic: Clinic) -> World:
    await clinic.join("officer", Role.PRIVACY_OFFICER)
    return await one_of_everything(clinic)


def wanted(client_id: str, **other: Any) -> dict[str, Any]:
    return {"client_id": client_id, "reason_code": "acute_suicide_risk", "justification": WHY} | other


async def opened(person: Api, client_id: str) -> tuple[dict[str, Any], Api]:
    """Open emergency access and return it with the one who calls under it."""
    access = await person.made("/emergency-accesses", wanted(client_id))
    return access, Api(person.client, access["access_token"], person.id)


def banner_of(answer: httpx.Response) -> str | None:
    banner: str | None = answer.headers.get("Emergency-Access")
    return banner


async def test_it_opens_the_record_of_one_client_for_an_hour(world: World) -> None:
    trainee, client_id = world.clinic["trainee"], world.ids["client_id"]
    assert (await trainee.get(f"/clients/{client_id}")).status_code == 404
    access, under_it = await opened(trainee, client_id)
    assert access["access_token"].startswith("stance_emergency_")
    assert (access["created_at"], access["expires_at"]) == ("2026-03-02T09:00:00Z", "2026-03-02T10:00:00Z")
    assert access["review_due_at"] == "2026-03-05T09:00:00Z"
    assert (await under_it.read(f"/clients/{client_id}"))["given_name"] == "Robin"
    note = await under_it.read(f"/notes/{world.ids['note_id']}")
    assert note["sections"][0]["text"] == "Slowed down together and looked again."
    treatment = world.ids["treatment_id"]
    assert (await under_it.get(f"/treatments/{treatment}/timeline")).status_code == 200
    assert (await trainee.get(f"/clients/{client_id}")).status_code == 404, "her own token sees what it saw before"


async def test_it_shows_that_one_client_and_no_other(world: World) -> None:
    trainee, therapist = world.clinic["trainee"], world.clinic["therapist"]
    other = await therapist.made("/clients", {"given_name": "Sam", "family_name": "Other"})
    own = await trainee.made("/clients", {"given_name": "Kim", "family_name": "Own"})
    _, under_it = await opened(trainee, world.ids["client_id"])
    listed = (await under_it.read("/clients"))["data"]
    assert [client["id"] for client in listed] == [world.ids["client_id"]]
    found = (await under_it.post("/clients/search", {"name": "k"})).json()["data"]
    assert found == [], "not even her own clients, for whom she has her own token"
    for client in (other, own):
        assert (await under_it.get(f"/clients/{client['id']}")).status_code == 404
    for path in ("/sessions", "/notes", "/note-register", "/mentalizing-failures"):
        assert {one["client_id"] for one in (await under_it.read(path))["data"] if "client_id" in one} <= {
            world.ids["client_id"]
        }


async def test_it_ends_by_itself_after_sixty_minutes(world: World) -> None:
    _, under_it = await opened(world.clinic["trainee"], world.ids["client_id"])
    world.clinic.house.clock.advance(minutes=59, seconds=59)
    assert (await under_it.get(f"/clients/{world.ids['client_id']}")).status_code == 200
    world.clinic.house.clock.advance(seconds=1)
    assert (await under_it.get(f"/clients/{world.ids['client_id']}")).status_code == 401
    world.clinic.house.door.forget_everyone()
    assert (await under_it.get(f"/clients/{world.ids['client_id']}")).status_code == 401


async def test_its_end_closes_the_record_on_the_next_request(world: World) -> None:
    trainee, path = world.clinic["trainee"], f"/clients/{world.ids['client_id']}"
    access, under_it = await opened(trainee, world.ids["client_id"])
    assert (await under_it.get(path)).status_code == 200
    remembered = world.clinic.house.door._callers
    ended = await trainee.made(f"/emergency-accesses/{access['id']}/end")
    assert ended["ended_at"] == "2026-03-02T09:00:00Z"
    assert (await under_it.get(path)).status_code == 401
    world.clinic.house.door._callers = remembered  # as in another process, which still remembers the token
    assert (await under_it.get(path)).status_code == 404
    assert (await under_it.read("/clients"))["data"] == []
    again = await trainee.post(f"/emergency-accesses/{access['id']}/end")
    assert (again.status_code, again.json()["code"]) == (409, "emergency_access_over")


async def test_one_that_is_over_cannot_be_ended(world: World) -> None:
    trainee = world.clinic["trainee"]
    access, _ = await opened(trainee, world.ids["client_id"])
    world.clinic.house.clock.advance(minutes=60)
    assert (await trainee.post(f"/emergency-accesses/{access['id']}/end")).status_code == 409


async def test_signing_out_with_its_token_ends_it(world: World) -> None:
    trainee = world.clinic["trainee"]
    access, under_it = await opened(trainee, world.ids["client_id"])
    world.clinic.house.clock.advance(minutes=10)
    assert (await under_it.post("/auth/sign-out")).status_code == 204
    assert (await under_it.get(f"/clients/{world.ids['client_id']}")).status_code == 401
    assert (await trainee.read(f"/emergency-accesses/{access['id']}"))["ended_at"] == "2026-03-02T09:10:00Z"
    assert (await trainee.get("/me")).status_code == 200, "her own sign-in goes on"


async def test_signing_out_with_her_own_token_leaves_it_running(world: World) -> None:
    trainee = world.clinic["trainee"]
    _, under_it = await opened(trainee, world.ids["client_id"])
    assert (await trainee.post("/auth/sign-out")).status_code == 204
    assert (await under_it.get(f"/clients/{world.ids['client_id']}")).status_code == 200


async def test_a_closed_account_has_no_emergency_access(world: World) -> None:
    trainee, admin = world.clinic["trainee"], world.clinic["admin"]
    _, under_it = await opened(trainee, world.ids["client_id"])
    practitioner = await admin.read(f"/practitioners/{trainee.id}")
    await admin.changed(f"/practitioners/{trainee.id}", {"is_active": False}, version=practitioner["version"])
    assert (await under_it.get("/clients")).status_code == 401


async def test_it_writes_nothing(world: World) -> None:
    trainee, client_id = world.clinic["trainee"], world.ids["client_id"]
    access, under_it = await opened(trainee, client_id)
    tried = [
        await under_it.change(f"/clients/{client_id}", {"preferred_name": "Rob"}, version=1),
        await under_it.post("/clients", {"given_name": "New", "family_name": "One"}),
        await under_it.post(f"/clients/{client_id}/care-team", {"practitioner_id": trainee.id, "care_role": "doctor"}),
        await under_it.post(f"/notes/{world.ids['note_id']}/addenda", {"kind": "addendum", "text": "More."}),
        await under_it.post(f"/sessions/{world.ids['session_id']}/notes", {"client_id": client_id, "template": "mbt"}),
        await under_it.post("/emergency-accesses", wanted(client_id)),
        await under_it.post(f"/emergency-accesses/{access['id']}/end"),
        await under_it.get("/emergency-accesses"),
        await under_it.get("/notices"),
        await under_it.get(f"/clients/{client_id}/access-log"),
    ]
    for answer in tried:
        assert (answer.status_code, answer.json()["code"]) == (403, "permission_missing"), str(answer.request.url)


async def test_private_notes_do_not_exist_under_it_not_even_her_own(world: World) -> None:
    """The author of a reflection leaves the care team and comes back in an emergency."""
    therapist, admin, client_id = world.clinic["therapist"], world.clinic["admin"], world.ids["client_id"]
    note_id, session_id = world.ids["private_note_id"], world.ids["session_id"]
    paths = ("/private-notes", f"/private-notes/{note_id}", f"/sessions/{session_id}/reflection", "/shown-reflections")
    assert (await therapist.get(paths[1])).status_code == 200
    leaving = {"starts_on": "2026-02-01", "ends_on": "2026-03-01"}
    await admin.changed(f"/clients/{client_id}/care-team/{world.ids['member_id']}", leaving, version=1)
    access, under_it = await opened(therapist, client_id)
    assert (await under_it.get(f"/sessions/{session_id}")).status_code == 200
    for path in paths:
        answer = await under_it.get(path)
        assert (answer.status_code, answer.json()["code"]) == (403, "permission_missing"), path
    transactions, token = world.clinic.house.door.transactions, access["access_token"]
    caller = await world.clinic.house.door.caller_of(token)
    assert transactions._scope_of(caller).person_id is None, "the session and PostgreSQL know of no author either"


async def test_it_opens_no_more_than_her_role_does(world: World) -> None:
    """A doctor who is an admin too reads words as a doctor, and no clinic-wide facts as an admin."""
    clinic = world.clinic
    both = await clinic.join("both", Role.DOCTOR, Role.CLINIC_ADMIN)
    therapist = clinic["therapist"]
    other = await therapist.made("/clients", {"given_name": "Sam", "family_name": "Other"})
    _, under_it = await opened(both, world.ids["client_id"])
    assert (await under_it.get(f"/notes/{world.ids['note_id']}")).status_code == 200
    assert (await under_it.get(f"/clients/{other['id']}")).status_code == 404
    assert (await under_it.get("/audit-events")).status_code == 403
    assert (await under_it.read("/me"))["sees_all_clients"] is False


async def test_every_answer_under_it_carries_the_banner(world: World) -> None:
    client_id, treatment_id = world.ids["client_id"], world.ids["treatment_id"]
    access, under_it = await opened(world.clinic["trainee"], client_id)
    search, client = "/clients/search", f"/clients/{client_id}"
    broken = {"content": "{", "headers": {"Content-Type": "application/json"}}
    answers = [
        (200, await under_it.get(client)),
        (200, await under_it.get(f"/treatments/{treatment_id}/timeline.svg")),
        (304, await under_it.get(client, headers={"If-None-Match": "*"})),
        (400, await under_it.request("POST", search, **broken)),
        (403, await under_it.get("/audit-events")),
        (404, await under_it.get(f"/clients/{access['id']}")),
        (404, await under_it.get("/nowhere")),
        (405, await under_it.put("/clients", {})),
        (415, await under_it.request("POST", search, content="x", headers={"Content-Type": "text/plain"})),
        (422, await under_it.get("/clients?limit=0")),
        (204, await under_it.post("/auth/sign-out")),
    ]
    for status, answer in answers:
        assert answer.status_code == status
        assert banner_of(answer) == f'id="{access["id"]}", expires="2026-03-02T10:00:00Z"', status
    afterwards = await under_it.get(client)
    assert (afterwards.status_code, banner_of(afterwards)) == (401, None)
    assert banner_of(await world.clinic["trainee"].get("/me")) is None


async def test_the_caller_is_told_that_she_is_under_it(world: World) -> None:
    trainee = world.clinic["trainee"]
    access, under_it = await opened(trainee, world.ids["client_id"])
    me = await under_it.read("/me")
    assert me["emergency_access"] == {"id": access["id"], "expires_at": "2026-03-02T10:00:00Z"}
    assert me["id"] == trainee.id
    assert not [permission for permission in me["permissions"] if ":read" not in permission]
    assert (await trainee.read("/me"))["emergency_access"] is None


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"reason_code": None}, "/reason_code"),
        ({"reason_code": "curiosity"}, "/reason_code"),
        ({"justification": None}, "/justification"),
        ({"justification": "too short"}, "/justification"),
        ({"justification": " " * 12 + "19 characters words" + " " * 12}, "/justification"),
        ({"justification": "x" * 2_001}, "/justification"),
        ({"client_id": "nobody"}, "/client_id"),
    ],
)
async def test_it_needs_a_reason_and_a_justification(world: World, change: dict[str, Any], pointer: str) -> None:
    body = {name: value for name, value in (wanted(world.ids["client_id"]) | change).items() if value is not None}
    answer = await world.clinic["trainee"].post("/emergency-accesses", body)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


async def test_twenty_characters_are_enough(world: World) -> None:
    access = await world.clinic["trainee"].made(
        "/emergency-accesses", wanted(world.ids["client_id"], justification="  Twenty letters here.  ")
    )
    assert access["justification"] == "Twenty letters here."


async def test_a_client_of_another_clinic_is_not_there(world: World) -> None:
    other = await world.clinic.house.clinic()
    answers = [
        await other["therapist"].post("/emergency-accesses", wanted(world.ids["client_id"])),
        await world.clinic["trainee"].post("/emergency-accesses", wanted(world.ids["note_id"])),
        await world.clinic["trainee"].post("/emergency-accesses", wanted(world.clinic.id)),
    ]
    assert [answer.status_code for answer in answers] == [404, 404, 404]


async def test_who_sees_the_client_needs_none(world: World) -> None:
    answer = await world.clinic["therapist"].post("/emergency-accesses", wanted(world.ids["client_id"]))
    assert (answer.status_code, answer.json()["code"]) == (409, "client_already_seen")
    client = await world.clinic["trainee"].made("/clients", {"given_name": "Kim", "family_name": "Own"})
    answer = await world.clinic["supervisor"].post("/emergency-accesses", wanted(client["id"]))
    assert (answer.status_code, answer.json()["code"]) == (409, "client_already_seen")


async def test_a_former_client_can_be_in_an_emergency_too(world: World) -> None:
    therapist, client_id = world.clinic["therapist"], world.ids["client_id"]
    version = (await therapist.read(f"/clients/{client_id}"))["version"]
    leaving = {"discharged_on": "2026-03-01"}
    await therapist.changed(f"/clients/{client_id}/discharge", leaving, version=version, method="POST")
    _, under_it = await opened(world.clinic["trainee"], client_id)
    assert (await under_it.read(f"/clients/{client_id}"))["status"] == "discharged"


@pytest.mark.parametrize("name", ["admin", "officer"])
async def test_who_does_not_treat_has_none(world: World, name: str) -> None:
    answer = await world.clinic[name].post("/emergency-accesses", wanted(world.ids["client_id"]))
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_missing")


async def test_a_token_that_is_lost_is_replaced_by_another_access(world: World) -> None:
    trainee = world.clinic["trainee"]
    first, _ = await opened(trainee, world.ids["client_id"])
    second, under_it = await opened(trainee, world.ids["client_id"])
    await trainee.made(f"/emergency-accesses/{first['id']}/end")
    assert first["id"] != second["id"]
    assert (await under_it.get(f"/clients/{world.ids['client_id']}")).status_code == 200


async def test_the_access_log_shows_who_used_it_and_that_it_was_an_emergency(world: World) -> None:
    trainee, client_id = world.clinic["trainee"], world.ids["client_id"]
    access, under_it = await opened(trainee, client_id)
    await under_it.read(f"/clients/{client_id}")
    log = await world.clinic["therapist"].read(f"/clients/{client_id}/access-log")
    viewed, granted = (
        next(entry for entry in log["data"] if entry["type"] == kind)
        for kind in ("client.viewed", "emergency_access.granted")
    )
    assert (viewed["emergency_access_id"], granted["emergency_access_id"]) == (access["id"], None)
    assert (viewed["actor_id"], granted["actor_id"]) == (trainee.id, trainee.id)
    assert granted["entity_id"] == access["id"]
    assert granted["details"]["reason_code"] == "acute_suicide_risk"
    assert granted["details"]["recipients"] == [world.clinic["supervisor"].id, world.clinic["officer"].id]
    assert WHY not in str(log)
