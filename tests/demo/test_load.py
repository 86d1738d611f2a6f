"""The demo clinic after loading, as its people see it through the API."""

from typing import Any

import httpx

from app.access.sign_in.second_factor import code_of
from app.demo import SignIn, load
from app.settings import Settings
from tests.support.house import Api, Clock, House, open_house

CLIENTS_OF = {
    "tomas.riva": {"Wren", "Marlow", "Saskia", "Juno", "Ottilie", "Leander", "Kit", "Amara"},
    "noor.haddad": {"Kit", "Dario", "Bastian"},
    "ines.albrecht": {"Kit", "Dario", "Bastian"},
    "samuel.okoye": {"Wren", "Marlow", "Ottilie", "Kit"},
}


async def test_the_demo_clinic_tells_its_story_through_the_api(settings: Settings):
    """One load for all of it: loading takes half a minute."""
    said: list[str] = []
    clock = Clock()
    signs_in = await load(settings, said.append, clock)
    assert sum("goal ratings" in line for line in said) == 12
    async with open_house(settings, clock) as house:
        people = {person.login: await signed_in(house, person) for person in signs_in}
        await everyone_sees_the_clients_of_her_care_teams(people)
        await the_administrator_sees_everyone_and_no_notes(people["petra.novak"])
        await a_completed_course_shows_in_its_timeline(people["tomas.riva"])
        await one_review_is_overdue(people["tomas.riva"])
        await the_trainees_notes_were_cosigned_returned_and_wait(people)
        await notes_were_added_to_corrected_late_and_in_error(people)
        await drafts_of_the_last_days_wait_for_their_author(people["maya.lindqvist"])
        await one_treatment_ended_early_and_one_is_longer(people)
        await the_moments_are_those_of_the_story(people["noor.haddad"])
        await one_client_got_the_record_in_time_and_can_be_told_who_else_did(people["petra.novak"])


async def signed_in(house: House, person: SignIn) -> Api:
    wanted = {"login": person.login, "password": person.password}
    if person.seed is not None:
        assert len(person.recovery_codes) == 10
        assert (await house.anonymous.post("/auth/sign-in", wanted)).status_code == httpx.codes.UNAUTHORIZED
        wanted["code"] = code_of(person.seed, house.clock())
    answer = await house.anonymous.made("/auth/sign-in", wanted)
    return Api(house.client, answer["access_token"], answer["practitioner_id"])


async def all_of(api: Api, path: str, **params: Any) -> list[dict[str, Any]]:
    """Follow the pages of a list to its end."""
    items: list[dict[str, Any]] = []
    after: dict[str, str] = {}
    while True:
        page = await api.read(path, params={"limit": 100, **params, **after})
        items += page["data"]
        if not page["has_more"]:
            return items
        after = {"after": page["next_cursor"]}


async def client_named(api: Api, name: str) -> dict[str, Any]:
    return next(client for client in await all_of(api, "/clients") if client["given_name"] == name)


async def treatment_of(api: Api, name: str) -> dict[str, Any]:
    client = await client_named(api, name)
    (treatment,) = await all_of(api, f"/clients/{client['id']}/treatments")
    return treatment


async def everyone_sees_the_clients_of_her_care_teams(people: dict[str, Api]) -> None:
    for login, names in CLIENTS_OF.items():
        assert {client["given_name"] for client in await all_of(people[login], "/clients")} == names
    kit = await client_named(people["noor.haddad"], "Kit")
    team = (await people["noor.haddad"].read(f"/clients/{kit['id']}/care-team"))["data"]
    assert [member["care_role"] for member in team].count("co_therapist") == 2


async def the_administrator_sees_everyone_and_no_notes(admin: Api) -> None:
    everyone = await all_of(admin, "/clients")
    assert len(everyone) == 12
    assert {client["identifiers"][0]["value"] for client in everyone} == {f"DEMO-{n:04}" for n in range(1, 13)}
    assert all(client["email"].endswith("@example.org") for client in everyone)
    assert [client["given_name"] for client in everyone if client["status"] == "referred"] == ["Bastian"]
    assert (await admin.get("/notes")).status_code == httpx.codes.FORBIDDEN


async def a_completed_course_shows_in_its_timeline(api: Api) -> None:
    treatment = await treatment_of(api, "Wren")
    assert (treatment["status"], treatment["planned_months"]) == ("completed", 18)
    timeline = await api.read(f"/treatments/{treatment['id']}/timeline", params={"bucket": "month"})
    buckets = timeline["buckets"]
    assert sum(bucket["has_data"] for bucket in buckets) >= 18
    assert any(not bucket["has_data"] for bucket in buckets)
    assert any(bucket["sessions_missed"] and bucket["sessions_missed"]["cancelled_clinic"] for bucket in buckets)
    goals = (await api.read(f"/treatments/{treatment['id']}/goals"))["data"]
    assert [goal["status"] for goal in goals] == ["achieved", "partly_achieved"]
    series = await api.read(f"/goals/{goals[0]['id']}/series")
    for line in series["lines"]:
        assert line["points"][0]["value"] + 3 <= line["points"][-1]["value"]
    picture = await api.get(f"/treatments/{treatment['id']}/timeline.svg")
    assert picture.status_code == httpx.codes.OK


async def one_review_is_overdue(api: Api) -> None:
    treatment = await treatment_of(api, "Leander")
    timeline = await api.read(f"/treatments/{treatment['id']}/timeline", params={"bucket": "phase"})
    assert [review["status"] for review in timeline["reviews"]][:3] == ["done", "overdue", "upcoming"]


async def the_trainees_notes_were_cosigned_returned_and_wait(people: dict[str, Api]) -> None:
    trainee, supervisor = people["noor.haddad"], people["ines.albrecht"]
    cosigned = await all_of(supervisor, "/notes", status="signed", author_id=trainee.id)
    assert len(cosigned) > 15
    assert {note["cosigned_by"] for note in cosigned} == {supervisor.id}
    assert await all_of(supervisor, "/notes", status="pending_cosign", author_id=trainee.id)
    occasions = [
        {version["occasion"] for version in await all_of(trainee, f"/notes/{note['id']}/versions")} for note in cosigned
    ]
    assert sum("returned" in seen for seen in occasions) == 1


async def notes_were_added_to_corrected_late_and_in_error(people: dict[str, Api]) -> None:
    tomas = await all_of(people["tomas.riva"], "/notes")
    (added,) = [note for note in tomas if note["addenda_count"] and note["author_id"] == people["tomas.riva"].id]
    assert (await all_of(people["tomas.riva"], f"/notes/{added['id']}/addenda"))[0]["kind"] == "addendum"
    late = [note for note in tomas if note["is_late_entry"]]
    assert late
    assert all(note["late_entry_reason"] for note in late)
    maya = await all_of(people["maya.lindqvist"], "/notes")
    (corrected,) = [note for note in maya if note["addenda_count"]]
    assert (await all_of(people["maya.lindqvist"], f"/notes/{corrected['id']}/addenda"))[0]["kind"] == "correction"
    (wrong,) = await all_of(people["maya.lindqvist"], "/notes", status="entered_in_error")
    live = await all_of(people["maya.lindqvist"], "/notes", session_id=wrong["session_id"], status="signed")
    assert len(live) == 1


async def drafts_of_the_last_days_wait_for_their_author(api: Api) -> None:
    drafts = await all_of(api, "/notes", status="draft")
    assert {draft["author_id"] for draft in drafts} == {api.id}
    assert len(drafts) == 2


async def one_treatment_ended_early_and_one_is_longer(people: dict[str, Api]) -> None:
    early = await treatment_of(people["tomas.riva"], "Saskia")
    assert (early["status"], early["end_reason"]) == ("ended_early", "client_choice")
    longer = await treatment_of(people["maya.lindqvist"], "Ottilie")
    assert longer["planned_months"] == 20
    assert longer["duration_reason"]
    shorter = await treatment_of(people["maya.lindqvist"], "Idris")
    assert (shorter["planned_months"], shorter["status"]) == (12, "completed")


async def the_moments_are_those_of_the_story(api: Api) -> None:
    kit = await client_named(api, "Kit")
    notes = await all_of(api, "/notes", client_id=kit["id"])
    assert len({note["session_id"] for note in notes}) == len(notes) > 30
    assert all(note["occurred_at"] < note["created_at"] for note in notes)
    assert all(note["created_at"][:10] < "2026-03-02" for note in notes)


async def one_client_got_the_record_in_time_and_can_be_told_who_else_did(admin: Api) -> None:
    wren = await client_named(admin, "Wren")
    (request,) = await all_of(admin, "/client-requests")
    assert (request["client_id"], request["kind"], request["state"]) == (wren["id"], "access", "fulfilled")
    assert request["received_on"] < request["closed_on"] <= request["due_on"]
    (disclosure,) = await all_of(admin, f"/clients/{wren['id']}/disclosures")
    assert disclosure["purpose"] == "court_order"
