"""Retention over HTTP: the policy, whose record is past its period, and legal holds."""

import pytest

from app.access.practitioners.domain import Role
from app.core.ids import new_id
from tests.support.house import Api, Clinic
from tests.support.world import discharged

REASON = {"reason": "A complaint is before the ombudsman."}


async def held_session(therapist: Api, client_id: str, starts_at: str, status: str = "held") -> str:
    session = await therapist.made(
        "/sessions",
        {
            "format": "individual",
            "delivery": "in_person",
            "kind": "therapy",
            "starts_at": starts_at,
            "duration_minutes": 50,
            "status": status,
            "participants": [{"client_id": client_id, **({"attendance": "attended"} if status == "held" else {})}],
        },
    )
    return str(session["id"])


@pytest.fixture
async def officer(clinic: Clinic) -> Api:
    return await clinic.join("officer", Role.PRIVACY_OFFICER)


async def test_a_clinic_keeps_records_for_twenty_years_unless_it_says_otherwise(clinic: Clinic, admin: Api) -> None:
    policy = await admin.read("/clinic")
    assert (policy["retention_years"], policy["retention_until_age"]) == (20, 25)
    changed = await admin.changed("/clinic", {"retention_years": 7, "retention_until_age": None}, version=1)
    assert (changed["retention_years"], changed["retention_until_age"]) == (7, None)
    entry = (await admin.read("/audit-events?type=clinic.changed"))["data"][0]
    assert entry["details"]["fields"] == ["retention_years", "retention_until_age"]
    for refused in ({"retention_years": 0}, {"retention_years": None}, {"retention_until_age": 17}):
        assert (await admin.change("/clinic", refused, version=2)).status_code == 422


async def test_a_record_is_due_when_its_years_are_over_and_not_a_day_before(
    clinic: Clinic, admin: Api, officer: Api, therapist: Api
) -> None:
    client_id = await discharged(therapist, "2026-03-02")
    in_care = await therapist.made("/clients", {"given_name": "Kim", "family_name": "Example"})
    await admin.changed("/clinic", {"retention_years": 1}, version=1)
    clinic.house.clock.advance(days=364)
    assert (await officer.read("/retention/due"))["data"] == []
    clinic.house.clock.advance(days=1)
    due = (await officer.read("/retention/due"))["data"]
    assert due == [
        {
            "client_id": client_id,
            "discharged_on": "2026-03-02",
            "last_contact_on": "2026-03-02",
            "due_on": "2027-03-02",
            "is_on_hold": False,
        }
    ]
    assert in_care["id"] not in str(due)
    entry = (await admin.read(f"/audit-events?client_id={client_id}"))["data"][0]
    assert (entry["type"], entry["actor_id"]) == ("retention.due_listed", officer.id)


async def test_a_session_and_a_signature_after_the_discharge_are_contacts(
    clinic: Clinic, admin: Api, therapist: Api
) -> None:
    client_id = await discharged(therapist, "2026-01-10")
    await admin.changed("/clinic", {"retention_years": 1}, version=1)
    session_id = await held_session(therapist, client_id, "2026-02-20T10:00:00Z")
    await held_session(therapist, client_id, "2026-02-27T10:00:00Z", status="scheduled")
    clinic.house.clock.advance(days=365)
    assert [one["last_contact_on"] for one in (await admin.read("/retention/due"))["data"]] == ["2026-02-20"]
    section = {"code": "mentalizing_process", "text": "Slowed down together."}
    note = await therapist.made(
        f"/sessions/{session_id}/notes", {"client_id": client_id, "template": "mbt", "sections": [section]}
    )
    late = {"late_entry_reason": "Found while the record was looked through."}
    await therapist.changed(f"/notes/{note['id']}/sign", late, version=1, method="POST")
    assert (await admin.read("/retention/due"))["data"] == []


async def test_of_a_minor_the_record_is_kept_until_a_birthday(clinic: Clinic, admin: Api, therapist: Api) -> None:
    await discharged(therapist, "2026-03-01", birth_date="2010-06-01")
    grown = await discharged(therapist, "2026-03-01", birth_date="1990-06-01")
    await admin.changed("/clinic", {"retention_years": 1}, version=1)
    clinic.house.clock.advance(days=400)
    assert [one["client_id"] for one in (await admin.read("/retention/due"))["data"]] == [grown]


async def test_records_past_their_period_come_in_pages(clinic: Clinic, admin: Api, therapist: Api) -> None:
    expected = [await discharged(therapist, "2026-03-01") for _ in range(3)]
    await admin.made(f"/clients/{expected[1]}/legal-holds", REASON)
    await admin.changed("/clinic", {"retention_years": 1}, version=1)
    clinic.house.clock.advance(days=400)
    first = await admin.read("/retention/due?limit=2")
    assert first["has_more"]
    second = await admin.read(f"/retention/due?limit=2&after={first['next_cursor']}")
    assert [one["client_id"] for one in first["data"] + second["data"]] == expected
    assert [one["is_on_hold"] for one in first["data"] + second["data"]] == [False, True, False]
    for held, ids in (("true", [expected[1]]), ("false", [expected[0], expected[2]])):
        page = await admin.read(f"/retention/due?is_on_hold={held}")
        assert [one["client_id"] for one in page["data"]] == ids


async def test_a_hold_on_the_whole_clinic_holds_every_record(clinic: Clinic, admin: Api, therapist: Api) -> None:
    await discharged(therapist, "2026-03-01")
    hold = await admin.made("/legal-holds", REASON)
    assert (hold["client_id"], hold["reason"], hold["placed_by"]) == (None, REASON["reason"], admin.id)
    await admin.changed("/clinic", {"retention_years": 1}, version=1)
    clinic.house.clock.advance(days=400)
    assert [one["is_on_hold"] for one in (await admin.read("/retention/due"))["data"]] == [True]
    await admin.changed(f"/legal-holds/{hold['id']}/lift", version=1, method="POST")
    assert [one["is_on_hold"] for one in (await admin.read("/retention/due"))["data"]] == [False]


async def test_a_hold_is_placed_listed_and_lifted_once(admin: Api, officer: Api, therapist: Api) -> None:
    client_id = await discharged(therapist, "2026-03-01")
    other = await discharged(therapist, "2026-03-01")
    hold = await officer.made(f"/clients/{client_id}/legal-holds", REASON)
    await admin.made("/legal-holds", REASON)
    assert [one["id"] for one in (await admin.read(f"/clients/{client_id}/legal-holds"))["data"]] == [hold["id"]]
    assert (await admin.read(f"/clients/{other}/legal-holds"))["data"] == []
    assert len((await admin.read("/legal-holds"))["data"]) == 2
    lifted = await admin.changed(f"/legal-holds/{hold['id']}/lift", version=1, method="POST")
    assert (lifted["lifted_by"], lifted["version"]) == (admin.id, 2)
    again = await admin.change(f"/legal-holds/{hold['id']}/lift", version=2, method="POST")
    assert (again.status_code, again.json()["code"]) == (409, "legal_hold_lifted")
    in_force = (await admin.read("/legal-holds?in_force=true"))["data"]
    assert [one["client_id"] for one in in_force] == [None]
    assert [one["id"] for one in (await admin.read("/legal-holds?in_force=false"))["data"]] == [hold["id"]]
    types = [one["type"] for one in (await admin.read(f"/audit-events?client_id={client_id}"))["data"]]
    assert {"legal_hold.placed", "legal_hold.lifted", "legal_hold.listed"} <= set(types)


async def test_a_hold_is_placed_once_however_often_it_is_sent(admin: Api, therapist: Api) -> None:
    path = f"/clients/{await discharged(therapist, '2026-03-01')}/legal-holds"
    key = {"Idempotency-Key": "one-hold-only"}
    first, second = [await admin.made(path, REASON, headers=key) for _ in range(2)]
    assert first == second
    assert len((await admin.read(path))["data"]) == 1


async def test_a_client_nobody_has_is_not_held(admin: Api) -> None:
    assert (await admin.post(f"/clients/{new_id()}/legal-holds", REASON)).status_code == 404
    assert (await admin.get(f"/legal-holds/{new_id()}")).status_code == 404


async def test_who_treats_does_not_decide_how_long_records_are_kept(therapist: Api) -> None:
    client_id = await discharged(therapist, "2026-03-01")
    for answer in (
        await therapist.get("/retention/due"),
        await therapist.get("/legal-holds"),
        await therapist.post(f"/clients/{client_id}/legal-holds", REASON),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "permission_missing")
