"""Who hears of an emergency access, who may read it, and how it is reviewed."""

from typing import Any

import pytest

from app.access.practitioners.domain import Role
from tests.support.house import Api, Clinic

JUSTIFICATION = "Covering for Alex tonight, the client is in the emergency room."
WANTED = {"reason_code": "covering_colleague", "justification": JUSTIFICATION}
JUSTIFIED = {"outcome": "justified", "comment": "The emergency room confirms the call."}


@pytest.fixture
async def people(clinic: Clinic) -> Clinic:
    """A trainee with her supervisor, a privacy officer, and a supervisor who has nothing to do with her."""
    await clinic.join("officer", Role.PRIVACY_OFFICER)
    await clinic.join("other_supervisor", Role.SUPERVISOR)
    return clinic


@pytest.fixture
async def access(people: Clinic) -> dict[str, Any]:
    client = await people["therapist"].made("/clients", {"given_name": "Robin", "family_name": "Example"})
    return await used_by(people["trainee"], client["id"])


async def used_by(person: Api, client_id: str) -> dict[str, Any]:
    made: dict[str, Any] = await person.made("/emergency-accesses", {"client_id": client_id, **WANTED})
    return made


async def listed(person: Api, query: str = "") -> list[str]:
    return [one["id"] for one in (await person.read(f"/emergency-accesses?{query}"))["data"]]


async def notices(person: Api, query: str = "seen=false") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await person.read(f"/notices?{query}"))["data"]
    return found


async def review(person: Api, access: dict[str, Any], version: int = 1, **body: Any) -> Any:
    path = f"/emergency-accesses/{access['id']}/review"
    return await person.change(path, body or JUSTIFIED, version=version, method="POST")


async def test_supervisor_and_privacy_officer_are_told_at_once(people: Clinic, access: dict[str, Any]) -> None:
    for name in ("supervisor", "officer"):
        (notice,) = await notices(people[name])
        assert (notice["kind"], notice["about"]) == ("emergency_access_granted", "emergency_access")
        assert (await people[name].read(f"/emergency-accesses/{notice['about_id']}"))["id"] == access["id"]
        assert not {"Robin", "Example", JUSTIFICATION} & set(map(str, notice.values()))
    for name in ("trainee", "therapist", "stranger", "admin", "other_supervisor"):
        assert await notices(people[name]) == [], name


async def test_every_active_privacy_officer_is_told(people: Clinic) -> None:
    second = await people.join("second_officer", Role.PRIVACY_OFFICER)
    gone = await people.join("gone_officer", Role.PRIVACY_OFFICER)
    await people["admin"].changed(f"/practitioners/{gone.id}", {"is_active": False}, version=1)
    client = await people["therapist"].made("/clients", {"given_name": "Robin", "family_name": "Example"})
    await used_by(people["stranger"], client["id"])
    entries = (await people["admin"].read("/audit-events?type=emergency_access.granted"))["data"]
    assert entries[0]["details"]["recipients"] == [people["officer"].id, second.id], "she has no supervisor"


async def test_without_a_privacy_officer_the_admins_are_told(clinic: Clinic) -> None:
    client = await clinic["therapist"].made("/clients", {"given_name": "Robin", "family_name": "Example"})
    await used_by(clinic["trainee"], client["id"])
    assert len(await notices(clinic["admin"])) == 1
    assert len(await notices(clinic["supervisor"])) == 1


async def test_a_privacy_officer_who_uses_it_is_not_told_by_herself(clinic: Clinic) -> None:
    both = await clinic.join("both", Role.THERAPIST, Role.PRIVACY_OFFICER)
    client = await clinic["therapist"].made("/clients", {"given_name": "Robin", "family_name": "Example"})
    access = await used_by(both, client["id"])
    assert await notices(both) == []
    assert len(await notices(clinic["admin"])) == 1
    answer = await review(both, access)
    assert (answer.status_code, answer.json()["code"]) == (403, "own_emergency_access")


@pytest.mark.parametrize("change", [{"supervisor_id": None}, {"supervised_until": "2026-03-01"}])
async def test_a_supervisor_of_former_days_is_not_told(people: Clinic, change: dict[str, Any]) -> None:
    trainee = people["trainee"]
    beginning = {"supervised_from": "2026-01-01"} if "supervised_until" in change else {}
    version = (await people["admin"].read(f"/practitioners/{trainee.id}"))["version"]
    await people["admin"].changed(f"/practitioners/{trainee.id}", change | beginning, version=version)
    client = await people["therapist"].made("/clients", {"given_name": "Robin", "family_name": "Example"})
    access = await used_by(trainee, client["id"])
    assert await notices(people["supervisor"]) == []
    assert (await people["supervisor"].get(f"/emergency-accesses/{access['id']}")).status_code == 404


async def test_only_user_and_reviewers_find_it(people: Clinic, access: dict[str, Any]) -> None:
    path = f"/emergency-accesses/{access['id']}"
    for name in ("trainee", "supervisor", "officer"):
        assert (await people[name].read(path))["justification"] == JUSTIFICATION
        assert await listed(people[name]) == [access["id"]]
    for name in ("stranger", "therapist", "other_supervisor"):
        assert (await people[name].get(path)).status_code == 404, name
        assert await listed(people[name]) == [], name
    assert (await people["admin"].get(path)).status_code == 403
    other = await people.house.clinic()
    officer = await other.join("officer", Role.PRIVACY_OFFICER)
    assert (await officer.get(path)).status_code == 404
    assert await listed(officer) == []


async def test_a_supervisor_reads_those_of_her_own_clients_but_reviews_only_supervisees(people: Clinic) -> None:
    other = people["other_supervisor"]
    client = await other.made("/clients", {"given_name": "Robin", "family_name": "Example"})
    access = await used_by(people["trainee"], client["id"])
    assert await listed(other) == [access["id"]]
    answer = await review(other, access)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_reviewer")
    assert (await review(people["supervisor"], access)).status_code == 200


@pytest.mark.parametrize("name", ["supervisor", "officer"])
async def test_it_is_reviewed_once(people: Clinic, access: dict[str, Any], name: str) -> None:
    people.house.clock.advance(hours=5)
    answer = await review(people[name], access)
    assert answer.status_code == 200
    reviewed = await people["trainee"].read(f"/emergency-accesses/{access['id']}")
    assert reviewed == answer.json()
    assert reviewed["review_state"] == "done"
    assert reviewed["reviewed_by"] == people[name].id
    assert reviewed["reviewed_at"] == "2026-03-02T14:00:00Z"
    assert (reviewed["review_outcome"], reviewed["review_comment"]) == tuple(JUSTIFIED.values())
    again = await review(people["officer"], access, version=2, outcome="not_justified")
    assert (again.status_code, again.json()["code"]) == (409, "emergency_access_already_reviewed")


async def test_a_review_names_the_version_it_is_based_on(people: Clinic, access: dict[str, Any]) -> None:
    await people["trainee"].made(f"/emergency-accesses/{access['id']}/end")
    assert (await review(people["officer"], access, version=1)).status_code == 412
    answer = await people["officer"].post(f"/emergency-accesses/{access['id']}/review", JUSTIFIED)
    assert answer.status_code == 428


async def test_nobody_ends_that_of_another(people: Clinic, access: dict[str, Any]) -> None:
    assert (await people["supervisor"].post(f"/emergency-accesses/{access['id']}/end")).status_code == 404


async def test_a_review_is_overdue_after_seventy_two_hours(people: Clinic, access: dict[str, Any]) -> None:
    officer = people["officer"]

    async def states() -> dict[str, list[str]]:
        return {state: await listed(officer, f"review={state}") for state in ("open", "overdue", "done")}

    people.house.clock.advance(hours=71, minutes=59)
    assert await states() == {"open": [access["id"]], "overdue": [], "done": []}
    people.house.clock.advance(minutes=1)
    assert await states() == {"open": [access["id"]], "overdue": [access["id"]], "done": []}
    assert (await officer.read(f"/emergency-accesses/{access['id']}"))["review_state"] == "overdue"
    assert (await review(officer, access, outcome="not_justified")).status_code == 200, "late is better than never"
    assert await states() == {"open": [], "overdue": [], "done": [access["id"]]}


async def test_the_list_can_be_narrowed_to_one_practitioner(people: Clinic, access: dict[str, Any]) -> None:
    other = await used_by(people["stranger"], access["client_id"])
    officer = people["officer"]
    assert await listed(officer) == [other["id"], access["id"]], "newest first"
    assert await listed(officer, f"practitioner_id={people['stranger'].id}") == [other["id"]]
    first = await officer.read("/emergency-accesses?limit=1")
    assert await listed(officer, f"limit=1&after={first['next_cursor']}") == [access["id"]]


async def test_what_happened_is_in_the_audit_log(people: Clinic, access: dict[str, Any]) -> None:
    await people["trainee"].made(f"/emergency-accesses/{access['id']}/end")
    await listed(people["officer"])
    await people["officer"].read(f"/emergency-accesses/{access['id']}")
    await review(people["officer"], access, version=2)
    entries = (await people["admin"].read(f"/audit-events?client_id={access['client_id']}"))["data"]
    assert [entry["type"] for entry in entries if entry["entity"] == "emergency_access"] == [
        "emergency_access.reviewed",
        "emergency_access.viewed",
        "emergency_access.listed",
        "emergency_access.ended",
        "emergency_access.granted",
    ]
    assert entries[0]["details"] == {"outcome": "justified"}
    assert JUSTIFICATION not in str(entries)
    assert JUSTIFIED["comment"] not in str(entries)


async def test_who_was_refused_emergency_access_is_in_the_audit_log(people: Clinic) -> None:
    await people["admin"].post("/emergency-accesses", {"client_id": people.id, **WANTED})
    entries = (await people["admin"].read("/audit-events?type=access.refused"))["data"]
    assert entries[0]["details"]["permission"] == "emergency_access:use"
