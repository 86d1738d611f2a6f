"""Notices through the API: each is its recipient's own, until she says that she has seen it."""

from typing import Any

import pytest

from tests.support.house import Clinic


@pytest.fixture
async def notice(clinic: Clinic) -> dict[str, Any]:
    """What the supervisor is told when her trainee uses emergency access."""
    client = await clinic["therapist"].made("/clients", {"given_name": "Robin", "family_name": "Example"})
    wanted = {
        "client_id": client["id"],
        "reason_code": "medical_emergency",
        "justification": "The hospital asks for what she takes.",
    }
    await clinic["trainee"].made("/emergency-accesses", wanted)
    (notice,) = (await clinic["supervisor"].read("/notices"))["data"]
    return dict(notice)


async def test_a_notice_waits_until_it_is_seen(clinic: Clinic, notice: dict[str, Any]) -> None:
    supervisor = clinic["supervisor"]
    assert notice["seen_at"] is None
    clinic.house.clock.advance(minutes=5)
    seen = await supervisor.made(f"/notices/{notice['id']}/seen")
    assert (seen["seen_at"], seen["version"]) == ("2026-03-02T09:05:00Z", 2)
    assert (await supervisor.read("/notices?seen=false"))["data"] == []
    assert (await supervisor.read("/notices?seen=true"))["data"] == [seen]


async def test_seen_twice_it_stays_as_it_was(clinic: Clinic, notice: dict[str, Any]) -> None:
    supervisor = clinic["supervisor"]
    seen = await supervisor.made(f"/notices/{notice['id']}/seen")
    clinic.house.clock.advance(minutes=5)
    assert await supervisor.made(f"/notices/{notice['id']}/seen") == seen
    entries = (await clinic["admin"].read("/audit-events?type=notice.seen"))["data"]
    assert [(entry["entity_id"], entry["actor_id"]) for entry in entries] == [(notice["id"], supervisor.id)]


async def test_a_notice_is_its_recipients_alone(clinic: Clinic, notice: dict[str, Any]) -> None:
    other = await clinic.house.clinic()
    for person in (clinic["trainee"], clinic["therapist"], clinic["admin"], other["supervisor"]):
        assert (await person.post(f"/notices/{notice['id']}/seen")).status_code == 404
        assert notice["id"] not in {one["id"] for one in (await person.read("/notices"))["data"]}


async def test_notices_come_newest_first_in_pages(clinic: Clinic, notice: dict[str, Any]) -> None:
    access = await clinic["trainee"].read(f"/emergency-accesses/{notice['about_id']}")
    wanted = {name: access[name] for name in ("client_id", "reason_code", "justification")}
    second = await clinic["trainee"].made("/emergency-accesses", wanted)
    page = await clinic["supervisor"].read("/notices?limit=1")
    assert [one["about_id"] for one in page["data"]] == [second["id"]]
    rest = await clinic["supervisor"].read(f"/notices?limit=1&after={page['next_cursor']}")
    assert [one["id"] for one in rest["data"]] == [notice["id"]]


async def test_a_program_gets_no_notices(clinic: Clinic) -> None:
    answer = await clinic["admin"].post("/service-accounts", {"name": "EHR", "scopes": ["notices:read"]})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/scopes/0")
