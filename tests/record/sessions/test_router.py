"""Sessions over HTTP."""

import asyncio
from typing import Any

from tests.record.sessions.requests import codes, ids, listed, seats, wanted
from tests.support.house import Api, Clinic


async def test_a_planned_session_can_be_read_back(therapist: Api, robin: str):
    response = await therapist.post("/sessions", wanted(robin, starts_at="2026-03-03T10:00:00+01:00"))
    assert response.status_code == 201
    created = response.json()
    assert response.headers["Location"] == f"/v1/sessions/{created['id']}"
    read = await therapist.get(f"/sessions/{created['id']}")
    assert read.json() == created
    assert read.headers["ETag"] == f'"{created["version"]}"'
    assert created["status"] == "scheduled"
    assert created["kind"] == "therapy"
    assert created["starts_at"] == "2026-03-03T09:00:00Z"
    assert created["practitioner_ids"] == [therapist.id]
    assert created["participants"] == [{"client_id": robin, "treatment_id": None, "attendance": None}]
    assert created["notes_url"] == f"/v1/notes?session_id={created['id']}"


async def test_a_session_belongs_to_the_treatment_that_covers_its_day(therapist: Api, robin: str, sam: str):
    treatment = await therapist.made(f"/clients/{robin}/treatments", {"started_on": "2026-02-01"})
    created = await therapist.made("/sessions", wanted(robin))
    assert created["participants"][0]["treatment_id"] == treatment["id"]
    assert created["id"] in await listed(therapist, f"treatment_id={treatment['id']}")
    before = await therapist.made("/sessions", wanted(robin, starts_at="2025-11-20T08:00:00Z"))
    assert before["participants"][0]["treatment_id"] is None
    foreign = wanted(sam, participants=[{"client_id": sam, "treatment_id": treatment["id"]}])
    assert codes(await therapist.post("/sessions", foreign)) == [("/participants/0/treatment_id", "unknown_treatment")]


async def test_who_sees_no_participant_finds_no_session(clinic: Clinic, therapist: Api, stranger: Api, robin: str):
    created = await therapist.made("/sessions", wanted(robin))
    path = f"/sessions/{created['id']}"
    assert (await stranger.get(path)).status_code == 404
    assert (await stranger.read("/sessions"))["data"] == []
    for version in (created["version"], 99):
        assert (await stranger.change(path, {"kind": "review"}, version=version)).status_code == 404
        cancelling = await stranger.change(f"{path}/cancel", {"by": "clinic"}, version=version, method="POST")
        assert cancelling.status_code == 404
        holding = await stranger.change(f"{path}/hold", seats((robin, "late")), version=version, method="POST")
        assert holding.status_code == 404
    other = await clinic.house.clinic()
    assert (await other["admin"].get(path)).status_code == 404
    assert (await other["admin"].read("/sessions"))["data"] == []


async def test_each_therapist_of_a_group_sees_the_clients_of_her_own(
    therapist: Api, stranger: Api, admin: Api, shared: dict[str, Any], robin: str, kim: str
):
    path = f"/sessions/{shared['id']}"
    for caller, seen in ((therapist, {robin}), (stranger, {kim}), (admin, {robin, kim})):
        assert ids(await caller.read(path)) == seen
        assert [ids(one) for one in (await caller.read("/sessions"))["data"]] == [seen]
    assert (await therapist.read(f"/sessions?client_id={kim}"))["data"] == []
    assert ids((await stranger.read(f"/sessions?client_id={kim}"))["data"][0]) == {kim}


async def test_participants_a_caller_cannot_see_stay_when_she_replaces_hers(
    therapist: Api, admin: Api, shared: dict[str, Any], robin: str, sam: str, kim: str
):
    path = f"/sessions/{shared['id']}"
    changed = await therapist.changed(path, {"participants": [{"client_id": sam}]}, version=shared["version"])
    assert ids(changed) == {sam}
    assert changed["version"] == shared["version"] + 1
    assert ids(await admin.read(path)) == {sam, kim}
    foreign = await therapist.change(path, {"participants": [{"client_id": kim}]}, version=changed["version"])
    assert codes(foreign) == [("/participants/0/client_id", "unknown_client")]
    alone = await therapist.change(path, {"format": "individual"}, version=changed["version"])
    assert codes(alone) == [("/participants", "wrong_number_of_participants")]


async def test_each_therapist_of_a_group_says_who_of_hers_came(
    therapist: Api, stranger: Api, admin: Api, shared: dict[str, Any], robin: str, kim: str
):
    path = f"/sessions/{shared['id']}"
    held = await therapist.changed(f"{path}/hold", seats((robin, "attended")), version=shared["version"], method="POST")
    assert held["status"] == "held"
    await stranger.changed(path, seats((kim, "no_show")), version=held["version"])
    attendance = {one["client_id"]: one["attendance"] for one in (await admin.read(path))["participants"]}
    assert attendance == {robin: "attended", kim: "no_show"}


async def test_the_access_log_of_one_client_does_not_name_another_the_caller_cannot_see(
    therapist: Api, shared: dict[str, Any], robin: str
):
    await therapist.changed(f"/sessions/{shared['id']}", {"kind": "review"}, version=shared["version"])
    log = (await therapist.read(f"/clients/{robin}/access-log"))["data"]
    changed = [entry for entry in log if entry["type"] == "session.changed"]
    assert [entry["client_ids"] for entry in changed] == [[robin]]


async def test_the_number_of_clients_fits_the_format(therapist: Api, robin: str, sam: str):
    for session in (
        wanted(robin, format="group"),
        wanted(robin, sam, format="individual"),
        wanted(robin, sam, format="family"),
    ):
        assert codes(await therapist.post("/sessions", session)) == [("/participants", "wrong_number_of_participants")]
    assert (await therapist.made("/sessions", wanted(robin, format="family")))["format"] == "family"


async def test_each_participant_is_a_client_the_caller_sees_and_named_once(therapist: Api, robin: str, kim: str):
    unseen = await therapist.post("/sessions", wanted(robin, kim))
    assert codes(unseen) == [("/participants/1/client_id", "unknown_client")]
    twice = await therapist.post("/sessions", wanted(robin, robin))
    assert codes(twice) == [("/participants/1/client_id", "duplicate")]


async def test_a_program_or_an_administrator_says_who_leads_the_session(admin: Api, therapist: Api, robin: str):
    assert codes(await admin.post("/sessions", wanted(robin))) == [("/practitioner_ids", "missing")]
    unknown = await admin.post("/sessions", wanted(robin, practitioner_ids=[therapist.id, robin]))
    assert codes(unknown) == [("/practitioner_ids/1", "unknown_practitioner")]
    created = await admin.made("/sessions", wanted(robin, practitioner_ids=[therapist.id]))
    assert created["practitioner_ids"] == [therapist.id]


async def test_who_left_the_clinic_stays_with_her_old_sessions(clinic: Clinic, therapist: Api, admin: Api, robin: str):
    leaving = await clinic.join("leaving")
    created = await therapist.made("/sessions", wanted(robin, practitioner_ids=[leaving.id, therapist.id]))
    person = await admin.read(f"/practitioners/{leaving.id}")
    await admin.changed(f"/practitioners/{leaving.id}", {"is_active": False}, version=person["version"])
    path = f"/sessions/{created['id']}"
    changed = await therapist.changed(path, {"practitioner_ids": [leaving.id]}, version=created["version"])
    assert changed["practitioner_ids"] == [leaving.id]
    refused = await therapist.post("/sessions", wanted(robin, practitioner_ids=[leaving.id]))
    assert codes(refused) == [("/practitioner_ids/0", "unknown_practitioner")]


async def test_facts_that_cannot_be_are_refused(therapist: Api, robin: str):
    for facts, pointer, code in (
        ({"starts_at": "2016-02-01T08:00:00Z"}, "/starts_at", "out_of_range"),
        ({"starts_at": "2036-04-01T08:00:00Z"}, "/starts_at", "out_of_range"),
        ({"status": "cancelled"}, "/status", "status_not_allowed"),
        ({"kind": "dance"}, "/kind", "unknown_code"),
        ({"status": "held", "starts_at": "2026-03-02T09:00:01Z"}, "/starts_at", "in_the_future"),
        ({"status": "held"}, "/participants/0/attendance", "attendance_missing"),
        (seats((robin, "attended")), "/participants/0/attendance", "attendance_not_allowed"),
    ):
        assert codes(await therapist.post("/sessions", wanted(robin, **facts))) == [(pointer, code)]
    for minutes in (4, 481, "50"):
        assert (await therapist.post("/sessions", wanted(robin, duration_minutes=minutes))).status_code == 422


async def test_a_session_that_took_place_can_be_written_down_at_once(therapist: Api, robin: str):
    created = await therapist.made("/sessions", wanted(robin, status="held", **seats((robin, "late"))))
    assert (created["status"], created["participants"][0]["attendance"]) == ("held", "late")


async def test_holding_a_session_says_who_came_and_can_be_corrected(therapist: Api, robin: str, sam: str):
    created = await therapist.made("/sessions", wanted(robin, sam))
    path, version = f"/sessions/{created['id']}", created["version"]
    missing = await therapist.change(f"{path}/hold", seats((robin, "late")), version=version, method="POST")
    assert codes(missing) == [("/participants", "attendance_missing")]
    assert sam in missing.text
    both = seats((robin, "late"), (sam, "no_show"))
    held = await therapist.changed(f"{path}/hold", both, version=version, method="POST")
    assert held["status"] == "held"
    again = await therapist.change(f"{path}/hold", both, version=held["version"], method="POST")
    assert (again.status_code, again.json()["code"]) == (409, "session_step_not_possible")
    corrected = await therapist.changed(path, seats((robin, "attended"), (sam, "no_show")), version=held["version"])
    assert [one["attendance"] for one in corrected["participants"]] == ["attended", "no_show"]
    assert (await therapist.read(path)) == corrected
    unsaid = await therapist.change(
        path,
        {"participants": [{"client_id": robin, "attendance": None}, {"client_id": sam}]},
        version=corrected["version"],
    )
    assert codes(unsaid) == [("/participants/0/attendance", "attendance_missing")]
    later = await therapist.change(path, {"starts_at": "2026-03-04T08:00:00Z"}, version=corrected["version"])
    assert codes(later) == [("/starts_at", "in_the_future")]


async def test_holding_names_only_participants(therapist: Api, robin: str, sam: str):
    created = await therapist.made("/sessions", wanted(robin))
    hold = f"/sessions/{created['id']}/hold"
    both = seats((robin, "late"), (sam, "late"))
    refused = await therapist.change(hold, both, version=created["version"], method="POST")
    assert codes(refused) == [("/participants/1/client_id", "not_a_participant")]


async def test_a_session_is_held_only_after_it_began(clinic: Clinic, therapist: Api, robin: str):
    created = await therapist.made("/sessions", wanted(robin, starts_at="2026-03-02T10:00:00Z"))
    hold, came = f"/sessions/{created['id']}/hold", seats((robin, "attended"))
    early = await therapist.change(hold, came, version=created["version"], method="POST")
    assert (early.status_code, early.json()["code"]) == (409, "session_in_future")
    clinic.house.clock.advance(hours=1)
    await therapist.changed(hold, came, version=created["version"], method="POST")


async def test_a_cancelled_session_can_be_planned_again(therapist: Api, robin: str):
    created = await therapist.made("/sessions", wanted(robin))
    path = f"/sessions/{created['id']}"
    cancelled = await therapist.changed(f"{path}/cancel", {"by": "client"}, version=created["version"], method="POST")
    assert (cancelled["status"], cancelled["cancelled_reason"]) == ("cancelled", "client")
    assert cancelled["participants"][0]["attendance"] == "cancelled_client"
    came = await therapist.change(path, seats((robin, "attended")), version=cancelled["version"])
    assert codes(came) == [("/participants/0/attendance", "attendance_not_allowed")]
    planned = await therapist.changed(
        path, {"status": "scheduled", "starts_at": "2026-03-09T08:00:00Z"}, version=cancelled["version"]
    )
    assert (planned["status"], planned["cancelled_reason"]) == ("scheduled", None)
    assert planned["participants"][0]["attendance"] is None
    held = await therapist.change(path, {"status": "held"}, version=planned["version"])
    assert codes(held) == [("/status", "status_not_allowed")]


async def test_sessions_are_listed_the_latest_first_and_can_be_narrowed(
    therapist: Api, stranger: Api, robin: str, sam: str
):
    both = [therapist.id, stranger.id]
    first = await therapist.made("/sessions", wanted(robin, starts_at="2026-01-05T08:00:00Z", kind="assessment"))
    third = await therapist.made("/sessions", wanted(robin, sam, starts_at="2026-03-05T08:00:00.5Z"))
    second = await therapist.made("/sessions", wanted(sam, practitioner_ids=both))
    oldest, middle, latest = first["id"], second["id"], third["id"]
    assert await listed(therapist, "") == [latest, middle, oldest]
    page = await therapist.read("/sessions?limit=2")
    assert page["has_more"]
    assert await listed(therapist, f"limit=2&after={page['next_cursor']}") == [oldest]
    for query, found in (
        (f"client_id={robin}", [latest, oldest]),
        (f"practitioner_id={stranger.id}", [middle]),
        ("format=group", [latest]),
        ("kind=assessment", [oldest]),
        ("status=held", []),
        ("starts_from=2026-03-02T08:00:00Z", [latest, middle]),
        ("starts_to=2026-03-02T08:00:00Z", [oldest]),
    ):
        assert await listed(therapist, query) == found


async def test_of_two_changes_at_once_one_is_refused(therapist: Api, robin: str, sam: str):
    created = await therapist.made(
        "/sessions", wanted(robin, sam, status="held", **seats((robin, "late"), (sam, "late")))
    )
    path = f"/sessions/{created['id']}"
    answers = await asyncio.gather(
        therapist.change(path, seats((robin, "attended"), (sam, "late")), version=created["version"]),
        therapist.change(path, seats((robin, "late"), (sam, "attended")), version=created["version"]),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412]


async def test_every_reading_and_change_is_in_the_access_log(therapist: Api, robin: str):
    created = await therapist.made("/sessions", wanted(robin))
    path = f"/sessions/{created['id']}"
    await therapist.read(path)
    await therapist.read("/sessions")
    changed = await therapist.changed(path, {"delivery": "video"}, version=created["version"])
    cancelled = await therapist.changed(f"{path}/cancel", {"by": "clinic"}, version=changed["version"], method="POST")
    planned = await therapist.changed(path, {"status": "scheduled"}, version=cancelled["version"])
    await therapist.changed(f"{path}/hold", seats((robin, "late")), version=planned["version"], method="POST")
    log = (await therapist.read(f"/clients/{robin}/access-log"))["data"]
    assert [entry["type"].removeprefix("session.") for entry in log if entry["type"].startswith("session.")] == [
        "held",
        "changed",
        "cancelled",
        "changed",
        "listed",
        "viewed",
        "created",
    ]
