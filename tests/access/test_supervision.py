"""Supervision has a first and a last day, and what a supervisor sees through it ends with the last."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from app.access.practitioners.domain import Role
from app.access.practitioners.models import Practitioner
from app.access.practitioners.queries import is_supervised_on
from app.core.scope import Scope, ScopedSession
from tests.support.house import Api, Clinic
from tests.support.world import SECTIONS

TODAY, TOMORROW = "2026-03-02", "2026-03-03"


async def supervised(clinic: Clinic, person: str = "trainee", **changes: Any) -> Any:
    """Change someone's supervision and return what is then said of her."""
    path = f"/practitioners/{clinic[person].id}"
    now = await clinic["admin"].read(path)
    return await clinic["admin"].changed(path, changes, version=now["version"])


async def pending_note(clinic: Clinic) -> Any:
    """Have the trainee sign a note, which then waits for her supervisor."""
    trainee = clinic["trainee"]
    client = await trainee.made("/clients", {"given_name": "Robin", "family_name": "Example"})
    session = {
        "format": "individual",
        "delivery": "video",
        "kind": "therapy",
        "starts_at": "2026-03-01T18:00:00Z",
        "duration_minutes": 50,
        "status": "held",
        "participants": [{"client_id": client["id"], "attendance": "attended"}],
    }
    held = await trainee.made("/sessions", session)
    wanted = {"client_id": client["id"], "template": "mbt", "sections": SECTIONS}
    note = await trainee.made(f"/sessions/{held['id']}/notes", wanted)
    return await trainee.changed(f"/notes/{note['id']}/sign", {}, version=1, method="POST")


async def sees(person: Api, note: Any) -> set[int]:
    """Return the statuses of everything a supervisor may do with what waits for her."""
    paths = (f"/clients/{note['client_id']}", f"/notes/{note['id']}", f"/sessions/{note['session_id']}")
    return {(await person.get(path)).status_code for path in paths}


async def test_a_new_supervisor_starts_today_and_goes_on(clinic: Clinic) -> None:
    other = await clinic.join("other", Role.SUPERVISOR)
    await supervised(clinic, supervised_from="2025-01-01", supervised_until="2026-12-31")
    now = await supervised(clinic, supervisor_id=other.id)
    assert (now["supervisor_id"], now["supervised_from"], now["supervised_until"]) == (other.id, TODAY, None)
    now = await supervised(clinic, supervised_from=None, supervised_until="2026-04-01")
    assert (now["supervised_from"], now["supervised_until"]) == (None, "2026-04-01")
    now = await supervised(clinic, supervisor_id=other.id)
    assert (now["supervised_from"], now["supervised_until"]) == (None, "2026-04-01"), "naming her again moves nothing"
    now = await supervised(clinic, supervisor_id=None)
    assert (now["supervisor_id"], now["supervised_from"], now["supervised_until"]) == (None, None, None)


async def test_naming_a_former_supervisor_again_starts_anew(clinic: Clinic) -> None:
    await supervised(clinic, supervised_until=TODAY)
    clinic.house.clock.advance(days=2)
    now = await supervised(clinic, supervisor_id=clinic["supervisor"].id)
    assert (now["supervised_from"], now["supervised_until"]) == ("2026-03-04", None)


async def test_who_joins_with_a_supervisor_has_dates_too(clinic: Clinic) -> None:
    someone = {"display_name": "New", "roles": ["therapist"], "password": "a sentence nobody guesses"}
    someone["supervisor_id"] = clinic["supervisor"].id
    made = await clinic["admin"].made("/practitioners", someone | {"login": "first.person"})
    assert (made["supervised_from"], made["supervised_until"]) == (TODAY, None)
    dates = {"login": "second.person", "supervised_from": "2026-04-01", "supervised_until": "2026-09-30"}
    made = await clinic["admin"].made("/practitioners", someone | dates)
    assert (made["supervised_from"], made["supervised_until"]) == ("2026-04-01", "2026-09-30")


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"supervised_from": "2026-03-05", "supervised_until": "2026-03-04"}, "/supervised_until", "ends_before_start"),
        ({"supervisor_id": None, "supervised_until": "2026-03-04"}, "/supervised_until", "no_supervisor"),
        ({"supervised_until": "2026-02-30"}, "/supervised_until", "date_from_datetime_parsing"),
    ],
)
async def test_dates_that_cannot_be_are_refused(
    clinic: Clinic, changes: dict[str, Any], pointer: str, code: str
) -> None:
    path = f"/practitioners/{clinic['trainee'].id}"
    answer = await clinic["admin"].change(path, changes, version=1)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert answer.json()["errors"][0]["code"] == code or code.startswith("date_")


async def test_the_last_day_of_supervision_ends_access_on_the_next_request(clinic: Clinic) -> None:
    note, supervisor = await pending_note(clinic), clinic["supervisor"]
    await supervised(clinic, supervised_until=TODAY)
    assert await sees(supervisor, note) == {200}, "the last day belongs to it"
    clinic.house.clock.advance(hours=15)  # 3 March, 00:00 in London
    assert await sees(supervisor, note) == {404}
    path = f"/notes/{note['id']}/cosign"
    assert (await supervisor.change(path, version=note["version"], method="POST")).status_code == 404
    assert note["id"] not in (await supervisor.get("/notes")).text
    assert note["client_id"] not in (await supervisor.get("/clients")).text


async def test_a_change_of_the_last_day_ends_access_on_the_next_request(clinic: Clinic) -> None:
    note, supervisor = await pending_note(clinic), clinic["supervisor"]
    assert await sees(supervisor, note) == {200}
    await supervised(clinic, supervised_from="2026-01-01", supervised_until="2026-03-01")
    assert await sees(supervisor, note) == {404}
    await supervised(clinic, supervised_until=None)
    assert await sees(supervisor, note) == {200}


async def test_a_supervision_that_begins_tomorrow_opens_nothing_today(clinic: Clinic) -> None:
    note = await pending_note(clinic)
    successor = await clinic.join("successor", Role.SUPERVISOR)
    await supervised(clinic, supervisor_id=successor.id, supervised_from=TOMORROW)
    assert await sees(successor, note) == {404}
    assert await sees(clinic["supervisor"], note) == {404}
    clinic.house.clock.advance(days=1)
    assert await sees(successor, note) == {200}
    signed = await successor.changed(f"/notes/{note['id']}/cosign", version=note["version"], method="POST")
    assert signed["cosigned_by"] == successor.id


async def test_a_named_cosigner_whose_supervision_ended_does_not_cosign_as_a_colleague(clinic: Clinic) -> None:
    note, supervisor = await pending_note(clinic), clinic["supervisor"]
    member = {"practitioner_id": supervisor.id, "care_role": "doctor"}
    await clinic["trainee"].made(f"/clients/{note['client_id']}/care-team", member)
    await supervised(clinic, supervised_from="2026-01-01", supervised_until="2026-03-01")
    assert (await supervisor.get(f"/clients/{note['client_id']}")).status_code == 200
    path = f"/notes/{note['id']}"
    assert (await supervisor.get(path)).status_code == 404
    assert (await supervisor.change(f"{path}/cosign", version=note["version"], method="POST")).status_code == 404


async def test_who_is_supervised_no_more_signs_alone(clinic: Clinic) -> None:
    await supervised(clinic, supervised_from="2026-01-01", supervised_until="2026-03-01")
    note = await pending_note(clinic)
    assert (note["status"], note["cosigner_id"]) == ("signed", None)


async def test_a_role_taken_away_ends_access_on_the_next_request(clinic: Clinic) -> None:
    note, supervisor = await pending_note(clinic), clinic["supervisor"]
    assert await sees(supervisor, note) == {200}
    path = f"/practitioners/{supervisor.id}"
    await clinic["admin"].changed(path, {"roles": ["doctor"]}, version=1)
    assert await sees(supervisor, note) == {404}
    answer = await supervisor.change(f"/notes/{note['id']}/cosign", version=note["version"], method="POST")
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_missing")


async def test_the_last_day_on_a_care_team_ends_access_on_the_next_request(clinic: Clinic) -> None:
    client = await clinic["therapist"].made("/clients", {"given_name": "Robin", "family_name": "Example"})
    path = f"/clients/{client['id']}"
    wanted = {"practitioner_id": clinic["stranger"].id, "care_role": "doctor", "ends_on": TODAY}
    member = await clinic["therapist"].made(f"{path}/care-team", wanted)
    assert (await clinic["stranger"].get(path)).status_code == 200
    clinic.house.clock.advance(hours=15)
    assert (await clinic["stranger"].get(path)).status_code == 404
    change = f"{path}/care-team/{member['id']}"
    await clinic["therapist"].changed(change, {"ends_on": None}, version=1)
    assert (await clinic["stranger"].get(path)).status_code == 200
    await clinic["therapist"].changed(change, {"ends_on": TODAY}, version=2)
    assert (await clinic["stranger"].get(path)).status_code == 404


async def test_the_rule_on_rows_and_the_rule_on_people_are_one(clinic: Clinic) -> None:
    trainee = UUID(clinic["trainee"].id)
    scope = Scope(UUID(clinic.id))

    def look(session: ScopedSession, day: date) -> tuple[bool, bool]:
        person = session.execute(select(Practitioner).where(Practitioner.id == trainee)).scalar_one()
        found = session.execute(select(Practitioner.id).where(Practitioner.id == trainee, is_supervised_on(day)))
        return person.supervisor_on(day) is not None, found.first() is not None

    seen = set()
    for starts_on in (None, "2026-03-01", "2026-03-05"):
        for ends_on in (None, "2026-03-05", "2026-03-09"):
            await supervised(clinic, supervised_from=starts_on, supervised_until=ends_on)
            for day in (date(2026, 2, 28) + timedelta(days=days) for days in range(12)):
                one, other = await clinic.house.door.transactions.look(scope, look, day)
                assert one is other, (starts_on, ends_on, day)
                seen.add(one)
    assert seen == {True, False}
