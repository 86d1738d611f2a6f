"""Clients over HTTP."""

import asyncio

from tests.support.house import Api, Clinic

ROBIN = {
    "given_name": "Robin",
    "family_name": "Example",
    "birth_date": "1996-04-12",
    "identifiers": [{"system": "urn:clinic:mrn", "value": "MRN-0042"}],
    "presenting_concerns": ["mood_instability"],
}


async def test_a_created_client_can_be_read_back(therapist: Api):
    response = await therapist.post("/clients", ROBIN)
    assert response.status_code == 201
    created = response.json()
    assert response.headers["Location"] == f"/v1/clients/{created['id']}"
    read = await therapist.get(f"/clients/{created['id']}")
    assert read.json() == created
    assert read.headers["ETag"] == f'"{created["version"]}"'
    assert created["given_name"] == "Robin"
    assert created["identifiers"] == ROBIN["identifiers"]


async def test_who_is_not_on_the_care_team_finds_nothing(therapist: Api, stranger: Api, admin: Api):
    created = await therapist.made("/clients", ROBIN)
    assert (await stranger.get(f"/clients/{created['id']}")).status_code == 404
    assert (await stranger.read("/clients"))["data"] == []
    assert (await stranger.change(f"/clients/{created['id']}", {"given_name": "X"}, version=1)).status_code == 404
    assert [client["id"] for client in (await admin.read("/clients"))["data"]] == [created["id"]]


async def test_a_supervisor_sees_the_clients_of_those_she_supervises(clinic: Clinic):
    created = await clinic["trainee"].made("/clients", ROBIN)
    assert (await clinic["supervisor"].read(f"/clients/{created['id']}"))["given_name"] == "Robin"


async def test_another_clinic_finds_nothing(clinic: Clinic):
    created = await clinic["therapist"].made("/clients", ROBIN)
    other = await clinic.house.clinic()
    assert (await other["admin"].get(f"/clients/{created['id']}")).status_code == 404
    assert (await other["admin"].read("/clients"))["data"] == []


async def test_the_end_of_a_membership_ends_access_on_the_next_request(clinic: Clinic):
    therapist, stranger = clinic["therapist"], clinic["stranger"]
    created = await therapist.made("/clients", ROBIN)
    path = f"/clients/{created['id']}"
    member = await therapist.made(
        f"{path}/care-team", {"practitioner_id": stranger.id, "care_role": "co_therapist", "ends_on": "2026-03-02"}
    )
    assert (await stranger.get(path)).status_code == 200
    clinic.house.clock.advance(days=1)
    assert (await stranger.get(path)).status_code == 404
    await therapist.changed(f"{path}/care-team/{member['id']}", {"ends_on": None}, version=member["version"])
    assert (await stranger.get(path)).status_code == 200


async def test_a_stale_change_is_refused_and_names_the_current_version(therapist: Api):
    created = await therapist.made("/clients", ROBIN)
    path = f"/clients/{created['id']}"
    changed = await therapist.changed(path, {"preferred_name": "Rob"}, version=created["version"])
    assert changed["version"] == created["version"] + 1
    stale = await therapist.change(path, {"preferred_name": "Bobby"}, version=created["version"])
    assert stale.status_code == 412
    assert stale.json()["current_version"] == changed["version"]
    assert (await therapist.request("PATCH", path, json={})).status_code == 428
    assert (await therapist.read(path))["preferred_name"] == "Rob"


async def test_twenty_upserts_at_once_make_one_client(clinic: Clinic):
    path = "/clients/by-identifier?system=urn:clinic:mrn&value=MRN-0042"
    answers = await asyncio.gather(
        *(clinic["admin"].put(path, {"given_name": "Robin", "family_name": f"Name {i}"}) for i in range(20))
    )
    assert sorted(answer.status_code for answer in answers) == [200] * 19 + [201]
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len((await clinic["admin"].read("/clients"))["data"]) == 1


async def test_an_identifier_of_a_client_unseen_is_taken(clinic: Clinic):
    await clinic["trainee"].made("/clients", ROBIN)
    path = "/clients/by-identifier?system=urn:clinic:mrn&value=MRN-0042"
    answer = await clinic["stranger"].put(path, {"given_name": "R", "family_name": "E"})
    assert (answer.status_code, answer.json()["code"]) == (409, "identifier_taken")


async def test_clients_are_found_by_the_beginnings_of_their_names(therapist: Api):
    for given, family in (("Zoë", "Miller"), ("Zoran", "Meyer"), ("Anna", "Zo")):
        await therapist.made("/clients", {"given_name": given, "family_name": family})
    found = await therapist.made("/clients/search", {"name": "mi zoe"})
    assert [client["given_name"] for client in found["data"]] == ["Zoë"]
    first = await therapist.made("/clients/search", {"name": "zo", "limit": 2})
    assert first["has_more"]
    rest = await therapist.made("/clients/search", {"name": "zo", "limit": 2, "after": first["next_cursor"]})
    assert [client["given_name"] for client in first["data"] + rest["data"]] == ["Zoë", "Zoran", "Anna"]


async def test_a_repeated_post_with_the_same_key_acts_once(therapist: Api):
    headers = {"Idempotency-Key": "0123456789"}
    first = await therapist.post("/clients", ROBIN, headers=headers)
    second = await therapist.post("/clients", ROBIN, headers=headers)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert second.headers["Idempotency-Replayed"] == "true"
    other = await therapist.post("/clients", {**ROBIN, "given_name": "Other"}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


async def test_everyone_who_read_a_client_is_in_the_access_log(clinic: Clinic):
    created = await clinic["trainee"].made("/clients", ROBIN)
    await clinic["supervisor"].read(f"/clients/{created['id']}")
    await clinic["supervisor"].read("/clients")
    await clinic["therapist"].made("/clients", ROBIN | {"identifiers": []})
    await clinic["admin"].read("/clients")
    log = (await clinic["trainee"].read(f"/clients/{created['id']}/access-log"))["data"]
    assert all(entry["client_ids"] == [created["id"]] for entry in log), "other clients are not named"
    assert [(entry["type"], entry["actor_name"]) for entry in log] == [
        ("client.listed", "Admin"),
        ("client.listed", "Supervisor"),
        ("client.viewed", "Supervisor"),
        ("care_team.joined", "Trainee"),
        ("client.created", "Trainee"),
    ]


async def test_a_replayed_answer_is_shown_only_while_the_client_is(clinic: Clinic):
    therapist = clinic["therapist"]
    headers = {"Idempotency-Key": "0123456789"}
    client = (await therapist.post("/clients", ROBIN, headers=headers)).json()
    assert (await therapist.post("/clients", ROBIN, headers=headers)).status_code == 201
    log = await clinic["admin"].read(f"/clients/{client['id']}/access-log")
    assert log["data"][0]["type"] == "idempotency.replayed", "a replay is a look at the record"
    team = await therapist.read(f"/clients/{client['id']}/care-team")
    path = f"/clients/{client['id']}/care-team/{team['data'][0]['id']}"
    await therapist.changed(path, {"starts_on": "2026-02-01", "ends_on": "2026-03-01"}, version=1)
    assert (await therapist.post("/clients", ROBIN, headers=headers)).status_code == 404


async def test_the_clients_of_a_practitioner_are_those_of_today(clinic: Clinic):
    created = await clinic["therapist"].made("/clients", ROBIN)
    path = f"/clients/{created['id']}/care-team"
    stranger = clinic["stranger"].id
    past = {"practitioner_id": stranger, "care_role": "doctor", "starts_on": "2026-01-01", "ends_on": "2026-02-01"}
    await clinic["therapist"].made(path, past)
    assert (await clinic["admin"].read(f"/clients?practitioner_id={stranger}"))["data"] == []
    await clinic["therapist"].made(path, {"practitioner_id": stranger, "care_role": "doctor"})
    assert len((await clinic["admin"].read(f"/clients?practitioner_id={stranger}"))["data"]) == 1


async def test_one_role_is_held_once_at_a_time_however_many_ask_at_once(clinic: Clinic):
    created = await clinic["therapist"].made("/clients", ROBIN)
    path = f"/clients/{created['id']}/care-team"
    wanted = {"practitioner_id": clinic["stranger"].id, "care_role": "doctor"}
    answers = await asyncio.gather(*(clinic["therapist"].post(path, wanted) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409, 409]


async def test_a_reactivated_client_carries_no_reason_of_the_end(therapist: Api):
    created = await therapist.made("/clients", ROBIN)
    path = f"/clients/{created['id']}"
    future = {"discharged_on": "2026-03-03"}
    assert (await therapist.change(f"{path}/discharge", future, version=1, method="POST")).status_code == 422
    body = {"discharged_on": "2026-03-02", "reason": "Moved away."}
    discharged = await therapist.changed(f"{path}/discharge", body, version=1, method="POST")
    assert discharged["version"] == 2, "one change, one version"
    again = await therapist.changed(path, {"status": "active"}, version=discharged["version"])
    assert (again["discharged_on"], again["discharge_reason"]) == (None, None)


async def test_an_upsert_leaves_alone_what_it_does_not_name(clinic: Clinic):
    path = "/clients/by-identifier?system=urn:clinic:mrn&value=MRN-0042"
    other = {"system": "urn:other", "value": "7"}
    facts = {"given_name": "Robin", "family_name": "Example", "phone": "+44 20 7946 0958"}
    created = (await clinic["admin"].put(path, {**facts, "identifiers": [other]})).json()
    assert created["identifiers"] == [ROBIN["identifiers"][0], other]
    same = (await clinic["admin"].put(path, facts)).json()
    assert same == created, "the same facts change nothing, not even the version"
    changed = (await clinic["admin"].put(path, {"given_name": "Robin", "family_name": "Other"})).json()
    assert (changed["family_name"], changed["phone"]) == ("Other", facts["phone"])
    assert (changed["identifiers"], changed["version"]) == (created["identifiers"], created["version"] + 1)
    alone = (await clinic["admin"].put(path, {**facts, "identifiers": []})).json()
    assert alone["identifiers"] == ROBIN["identifiers"]
    assert alone["version"] == changed["version"] + 1
