"""Every operation of the document, visited with the wrong credentials, role, person and clinic."""

from typing import Any

import pytest

from app.access.identity.domain import permissions_of
from app.access.identity.matrix import ANY_CALLER, MATRIX, NEEDS, PUBLIC
from app.access.practitioners.domain import Role
from app.core.caller import Permission as P
from app.core.ids import new_id
from app.main import create_app
from app.settings import Settings
from tests.support.house import Api, Clinic
from tests.support.world import World, discharged, one_of_everything

APP = create_app(Settings())
DOCUMENT: dict[str, Any] = APP.openapi()
OPERATIONS = [
    (operation["operationId"], method, path)
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
]
CLIENT_IDS = {f"{thing}_id" for thing in ("client", "member", "treatment", "review", "goal", "rating", "session")}
CLIENT_IDS |= {"note_id", "addendum_id", "private_note_id", "client_request_id", "disclosure_id"}
SHOWS_CLIENT_DATA = {
    name
    for name, method, path in OPERATIONS
    if (method == "get" or name == "searchClients")
    and name not in PUBLIC | ANY_CALLER
    and NEEDS[name]
    not in {
        P.CLINIC_READ,
        P.PRACTITIONERS_READ,
        P.SERVICE_ACCOUNTS_MANAGE,
        P.IDENTITY_PROVIDERS_MANAGE,
        P.AUDIT_READ,
        P.NOTICES_READ,
    }
    and NEEDS[name] is not P.EVENTS_READ  # opening a stream is logged; what is then read of a client, where it is read
    and NEEDS[name] is not P.ERASURES_READ
    and name != "listRetentionDue"  # not about the one client of the world
    and NEEDS[name] is not P.PRIVATE_NOTES_READ  # looking at one's own private notes names no client in the log
}

BY_WHO_DOES_NOT_SEE_THE_CLIENT = {"openEmergencyAccess", "listEmergencyAccesses", "getEmergencyAccess"}


def performer(world: World, name: str) -> Api:
    """Return someone who can perform this operation in the world."""
    if name in BY_WHO_DOES_NOT_SEE_THE_CLIENT:
        return world.clinic["trainee"]
    return world.clinic["therapist" if NEEDS[name] in permissions_of([Role.THERAPIST]) else "admin"]


@pytest.fixture
async def world(clinic: Clinic) -> World:
    return await one_of_everything(clinic)


def test_every_operation_says_who_may_use_it() -> None:
    assert {name for name, _, _ in OPERATIONS} == MATRIX.keys()


async def test_nothing_is_open_without_a_token(world: World) -> None:
    anonymous, broken = world.clinic.house.anonymous, Api(world.clinic.house.client, "stance_session_unknown")
    for name, method, path in OPERATIONS:
        if name in PUBLIC:
            continue
        for person in (anonymous, broken):
            answer = await person.request(method.upper(), world.path(path))
            assert answer.status_code == 401, f"{name}, before anything else is asked of her"
            answer = await world.send(person, method, path, name)
            assert answer.status_code == 401, name
            assert answer.headers["WWW-Authenticate"].startswith("Bearer"), name


async def test_a_role_without_the_permission_is_refused(world: World) -> None:
    people = {
        Role.THERAPIST: world.clinic["therapist"],
        Role.CLINIC_ADMIN: world.clinic["admin"],
        Role.DOCTOR: await world.clinic.join("doctor", Role.DOCTOR),
        Role.SUPERVISOR: world.clinic["supervisor"],
    }
    for name, method, path in OPERATIONS:
        for role, person in people.items():
            if name in NEEDS and NEEDS[name] not in permissions_of([role]):
                answer = await world.send(person, method, path, name)
                assert answer.status_code == 403, f"{name} as {role}"
                assert answer.json()["code"] == "permission_missing"


async def test_who_is_not_on_the_care_team_finds_nothing_anywhere(world: World) -> None:
    stranger = world.clinic["stranger"]
    for name, method, path in OPERATIONS:
        parameters = {part[1:-1] for part in path.split("/") if part.startswith("{")}
        if parameters & CLIENT_IDS and NEEDS[name] in permissions_of([Role.THERAPIST]):
            answer = await world.send(stranger, method, path, name)
            assert answer.status_code == 404, f"{name}: {answer.text}"


async def test_another_clinic_finds_nothing_anywhere(world: World) -> None:
    other = await world.clinic.house.clinic()
    for name, method, path in OPERATIONS:
        parameters = {part[1:-1] for part in path.split("/") if part.startswith("{")}
        if not parameters - {"name", "number"}:
            continue
        for person, role in ((other["therapist"], Role.THERAPIST), (other["admin"], Role.CLINIC_ADMIN)):
            if NEEDS[name] in permissions_of([role]):
                answer = await world.send(person, method, path, name)
                assert answer.status_code == 404, f"{name} as {role}: {answer.text}"


async def test_a_thing_that_never_was_looks_like_one_unseen(world: World) -> None:
    real = dict(world.ids)
    for name, method, path in OPERATIONS:
        parameters = {part[1:-1] for part in path.split("/") if part.startswith("{")}
        if parameters & CLIENT_IDS and NEEDS[name] in permissions_of([Role.THERAPIST]):
            unseen = await world.send(world.clinic["stranger"], method, path, name)
            world.ids = {**real, **{parameter: str(new_id()) for parameter in CLIENT_IDS}}
            unknown = await world.send(world.clinic["stranger"], method, path, name)
            world.ids = real
            assert _without_instance(unknown.json()) == _without_instance(unseen.json()), name


async def test_every_look_at_client_data_is_in_the_access_log(world: World) -> None:
    admin, client_id = world.clinic["admin"], world.ids["client_id"]
    for name, method, path in OPERATIONS:
        if name not in SHOWS_CLIENT_DATA:
            continue
        person = performer(world, name)
        before = await _newest_entry(admin, client_id)
        answer = await world.send(person, method, path, name)
        assert answer.status_code in (200, 304), f"{name}: {answer.text}"
        after = await _newest_entry(admin, client_id)
        assert after["id"] != before["id"], name
        assert after["actor_id"] == person.id, name
        assert after["action"] == "read", name


async def test_what_was_created_is_where_its_location_says(world: World) -> None:
    for name, method, path in OPERATIONS:
        if "201" not in DOCUMENT["paths"][path][method]["responses"]:
            continue
        person = performer(world, name)
        if name == "createNote":
            session = await world.send(person, "post", "/v1/sessions", "createSession")
            world.ids["session_id"] = session.json()["id"]
        if name == "openTreatment":
            await world.send(person, "post", "/v1/treatments/{treatment_id}/end", "endTreatment")
        if name == "requestErasure":
            world.ids["client_id"] = await discharged(world.clinic["therapist"])
        if_match = None if name in {"saveReflection", "replaceKeySet"} else '"1"'
        answer = await world.send(person, method, path, name, if_match=if_match)
        assert answer.status_code == 201, f"{name}: {answer.text}"
        found = await person.get(answer.headers["Location"])
        assert found.status_code == 200, name
        assert found.json()["id"] == answer.json()["id"], name
        if name == "placeClinicLegalHold":
            await world.clinic["admin"].changed(f"{answer.headers['Location']}/lift", version=1, method="POST")


async def test_lists_leave_out_what_the_caller_may_not_see(world: World) -> None:
    other = await world.clinic.house.clinic()
    for name, method, path in OPERATIONS:
        if method == "get" and "{" not in path and name in SHOWS_CLIENT_DATA:
            for person in (world.clinic["stranger"], other["therapist"]):
                answer = await person.get(path)
                if NEEDS[name] not in permissions_of([Role.THERAPIST]):
                    assert answer.status_code == 403, name
                    continue
                assert answer.json()["data"] == [], name


@pytest.mark.parametrize("broken", ["not-a-uuid", "0", "%00", "..", "1; drop table notes", "٣"])
async def test_ids_that_are_no_uuids_are_refused(therapist: Api, broken: str) -> None:
    for path in ("/clients", "/treatments", "/sessions", "/notes", "/goals"):
        assert (await therapist.get(f"{path}/{broken}")).status_code in (404, 422)


async def test_unknown_query_parameters_are_refused_on_every_list(world: World) -> None:
    for name, method, path in OPERATIONS:
        operation = DOCUMENT["paths"][path][method]
        parameters = {parameter.get("name") for parameter in operation.get("parameters", [])}
        if "after" in parameters:
            person = performer(world, name)
            for query in ("colour=red", "limit=0", "limit=100000", "limit=1e3", "after=forged", f"after={'A' * 500}"):
                answer = await person.get(f"{world.path(path)}?{query}")
                assert answer.status_code == 422, f"{name}?{query}"


async def _newest_entry(admin: Api, client_id: str) -> Any:
    log = await admin.read(f"/audit-events?client_id={client_id}&limit=2")
    return next(entry for entry in log["data"] if entry["type"] != "audit.viewed")


def _without_instance(problem: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in problem.items() if name != "instance"}
