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
