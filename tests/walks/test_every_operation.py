"""Every operation of the document, visited with the wrong credentials, role, person and clinic.

An operation that is not in the tables below fails: whoever adds one must say who may use it.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts

from app.access.identity.domain import permissions_of
from app.access.practitioners.domain import Role
from app.core.caller import Permission as P
from app.core.ids import new_id
from app.main import create_app
from app.settings import Settings
from tests.support.house import Api, Clinic
from tests.support.world import World, one_of_everything

APP = create_app(Settings())
DOCUMENT: dict[str, Any] = APP.openapi()
OPERATIONS = [
    (operation["operationId"], method, path)
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
]
PUBLIC = {"signIn", "getHealth", "getReadiness"}
ANY_CALLER = {"signOut", "getMe", "listVocabularies", "getVocabulary"}
NEEDS: dict[str, P] = {
    "getClinic": P.CLINIC_READ,
    "updateClinic": P.CLINIC_WRITE,
    "listPractitioners": P.PRACTITIONERS_READ,
    "getPractitioner": P.PRACTITIONERS_READ,
    "createPractitioner": P.PRACTITIONERS_WRITE,
    "updatePractitioner": P.PRACTITIONERS_WRITE,
    "listServiceAccounts": P.SERVICE_ACCOUNTS_MANAGE,
    "createServiceAccount": P.SERVICE_ACCOUNTS_MANAGE,
    "getServiceAccount": P.SERVICE_ACCOUNTS_MANAGE,
    "updateServiceAccount": P.SERVICE_ACCOUNTS_MANAGE,
    "listApiKeys": P.SERVICE_ACCOUNTS_MANAGE,
    "getApiKey": P.SERVICE_ACCOUNTS_MANAGE,
    "createApiKey": P.SERVICE_ACCOUNTS_MANAGE,
    "revokeApiKey": P.SERVICE_ACCOUNTS_MANAGE,
    "listClients": P.CLIENTS_READ,
    "searchClients": P.CLIENTS_READ,
    "getClient": P.CLIENTS_READ,
    "createClient": P.CLIENTS_WRITE,
    "upsertClient": P.CLIENTS_WRITE,
    "updateClient": P.CLIENTS_WRITE,
    "dischargeClient": P.CLIENTS_WRITE,
    "listCareTeam": P.CARE_TEAM_READ,
    "getCareTeamMember": P.CARE_TEAM_READ,
    "addCareTeamMember": P.CARE_TEAM_WRITE,
    "updateCareTeamMember": P.CARE_TEAM_WRITE,
    "listAccessLog": P.ACCESS_LOG_READ,
    "listTreatments": P.TREATMENTS_READ,
    "getTreatment": P.TREATMENTS_READ,
    "openTreatment": P.TREATMENTS_WRITE,
    "updateTreatment": P.TREATMENTS_WRITE,
    "replacePhases": P.TREATMENTS_WRITE,
    "startTreatment": P.TREATMENTS_WRITE,
    "completeTreatment": P.TREATMENTS_WRITE,
    "endTreatment": P.TREATMENTS_WRITE,
    "listReviews": P.TREATMENTS_READ,
    "getReview": P.TREATMENTS_READ,
    "planReview": P.TREATMENTS_WRITE,
    "updateReview": P.TREATMENTS_WRITE,
    "listGoals": P.GOALS_READ,
    "getGoal": P.GOALS_READ,
    "updateGoal": P.GOALS_WRITE,
    "listGoalRatings": P.GOALS_READ,
    "rateGoal": P.GOALS_WRITE,
    "markGoalRatingEnteredInError": P.GOALS_WRITE,
    "getGoalSeries": P.GOALS_READ,
    "getGoalRating": P.GOALS_READ,
    "listSessions": P.SESSIONS_READ,
    "getSession": P.SESSIONS_READ,
    "createSession": P.SESSIONS_WRITE,
    "updateSession": P.SESSIONS_WRITE,
    "holdSession": P.SESSIONS_WRITE,
    "cancelSession": P.SESSIONS_WRITE,
    "listNotes": P.NOTES_READ,
    "listSessionNotes": P.NOTES_READ,
    "getNote": P.NOTES_READ,
    "createNote": P.NOTES_WRITE,
    "updateNote": P.NOTES_WRITE,
    "signNote": P.NOTES_SIGN,
    "cosignNote": P.NOTES_COSIGN,
    "returnNote": P.NOTES_COSIGN,
    "listNoteAddenda": P.NOTES_READ,
    "getNoteAddendum": P.NOTES_READ,
    "addNoteAddendum": P.NOTES_SIGN,
    "markNoteEnteredInError": P.NOTES_WRITE,
    "listNoteVersions": P.NOTES_READ,
    "getNoteVersion": P.NOTES_READ,
    "listNoteRegister": P.NOTES_READ_FACTS,
    "listMentalizingFailures": P.NOTES_READ,
    "getTimeline": P.TIMELINE_READ,
    "drawTimeline": P.TIMELINE_READ,
    "listAuditEvents": P.AUDIT_READ,
}
CLIENT_IDS = {f"{thing}_id" for thing in ("client", "member", "treatment", "review", "goal", "rating", "session")}
CLIENT_IDS |= {"note_id", "addendum_id"}
SHOWS_CLIENT_DATA = {
    name
    for name, method, path in OPERATIONS
    if (method == "get" or name == "searchClients")
    and name not in PUBLIC | ANY_CALLER
    and NEEDS[name] not in {P.CLINIC_READ, P.PRACTITIONERS_READ, P.SERVICE_ACCOUNTS_MANAGE, P.AUDIT_READ}
}


@pytest.fixture
async def world(clinic: Clinic) -> World:
    return await one_of_everything(clinic)


def test_every_operation_says_who_may_use_it() -> None:
    assert {name for name, _, _ in OPERATIONS} == set(NEEDS) | PUBLIC | ANY_CALLER


def test_the_table_is_what_the_routes_ask_for() -> None:
    for route in iter_route_contexts(APP.routes):
        dependant = getattr(route, "dependant", None)
        if dependant is not None and route.include_in_schema:
            asked = {call.permission for call in _calls(dependant) if hasattr(call, "permission")}
            name = route.unique_id
            assert asked == ({NEEDS[name]} if name in NEEDS else set()), name


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
    therapist, admin = world.clinic["therapist"], world.clinic["admin"]
    client_id = world.ids["client_id"]
    for name, method, path in OPERATIONS:
        if name not in SHOWS_CLIENT_DATA:
            continue
        person = therapist if NEEDS[name] in permissions_of([Role.THERAPIST]) else admin
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
        person = world.clinic["therapist" if NEEDS[name] in permissions_of([Role.THERAPIST]) else "admin"]
        if name == "createNote":
            session = await world.send(person, "post", "/v1/sessions", "createSession")
            world.ids["session_id"] = session.json()["id"]
        if name == "openTreatment":
            await world.send(person, "post", "/v1/treatments/{treatment_id}/end", "endTreatment")
        answer = await world.send(person, method, path, name)
        assert answer.status_code == 201, f"{name}: {answer.text}"
        found = await person.get(answer.headers["Location"])
        assert found.status_code == 200, name
        assert found.json()["id"] == answer.json()["id"], name


async def test_lists_leave_out_what_the_caller_may_not_see(world: World) -> None:
    other = await world.clinic.house.clinic()
    for name, method, path in OPERATIONS:
        if method == "get" and "{" not in path and name in SHOWS_CLIENT_DATA:
            for person in (world.clinic["stranger"], other["therapist"]):
                answer = await person.get(path)
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
            person = (
                world.clinic["therapist"] if NEEDS[name] in permissions_of([Role.THERAPIST]) else world.clinic["admin"]
            )
            for query in ("colour=red", "limit=0", "limit=100000", "limit=1e3", "after=forged", f"after={'A' * 500}"):
                answer = await person.get(f"{world.path(path)}?{query}")
                assert answer.status_code == 422, f"{name}?{query}"


async def _newest_entry(admin: Api, client_id: str) -> Any:
    log = await admin.read(f"/audit-events?client_id={client_id}&limit=2")
    return next(entry for entry in log["data"] if entry["type"] != "audit.viewed")


def _calls(dependant: Dependant) -> Iterator[Any]:
    for one in dependant.dependencies:
        yield one.call
        yield from _calls(one)


def _without_instance(problem: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in problem.items() if name != "instance"}
