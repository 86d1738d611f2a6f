"""Treatments over HTTP."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from app.core.caller import Caller, CallerKind
from app.core.problems import ValidationFailed
from app.record.treatments.schemas import TreatmentCreate
from app.record.treatments.service import open_treatment, treatment_on
from tests.support.house import Api, Clinic, House

ROBIN = {"given_name": "Robin", "family_name": "Example"}


async def robin(api: Api) -> str:
    return str((await api.made("/clients", ROBIN))["id"])


async def opened(api: Api, **wanted: Any) -> Any:
    return await api.made(f"/clients/{await robin(api)}/treatments", wanted)


def pointers(response: Any) -> list[str]:
    return [error["pointer"] for error in response.json()["errors"]]


async def test_an_opened_treatment_has_phases_reviews_and_two_goals(therapist: Api):
    client_id = await robin(therapist)
    response = await therapist.post(f"/clients/{client_id}/treatments", {})
    treatment = response.json()
    assert (response.status_code, treatment["status"]) == (201, "active")
    assert response.headers["Location"] == f"/v1/treatments/{treatment['id']}"
    assert treatment["lead_practitioner_id"] == therapist.id
    assert (treatment["modality"], treatment["programme"], treatment["setting"]) == ("mbt", "mbt_18", "outpatient")
    assert (treatment["started_on"], treatment["planned_end_on"]) == ("2026-03-02", "2027-09-02")
    assert [phase["kind"] for phase in treatment["phases"]] == [
        "assessment",
        "introductory",
        "initial",
        "middle",
        "final",
        "follow_up",
    ]
    assert [review["due_on"] for review in treatment["reviews"]][:2] == ["2026-06-02", "2026-09-02"]
    goals = (await therapist.read(f"/treatments/{treatment['id']}/goals"))["data"]
    assert [goal["code"] for goal in goals] == ["stabilise_emotional_expression", "reduce_impulsive_behaviours"]
    assert await therapist.read(f"/treatments/{treatment['id']}") == treatment
    assert (await therapist.read(f"/clients/{client_id}/treatments"))["data"] == [treatment]
    assert (await therapist.read(f"/treatments/{treatment['id']}/reviews"))["data"] == treatment["reviews"]


async def test_a_referred_client_becomes_active_with_the_treatment(therapist: Api):
    client_id = await robin(therapist)
    assert (await therapist.read(f"/clients/{client_id}"))["status"] == "referred"
    planned = await therapist.made(f"/clients/{client_id}/treatments", {"status": "planned"})
    assert (await therapist.read(f"/clients/{client_id}"))["status"] == "referred"
    await therapist.changed(f"/treatments/{planned['id']}/start", version=planned["version"], method="POST")
    assert (await therapist.read(f"/clients/{client_id}"))["status"] == "active"


async def test_a_discharged_client_gets_no_treatment(therapist: Api):
    client_id = await robin(therapist)
    planned = await therapist.made(f"/clients/{client_id}/treatments", {"status": "planned"})
    await therapist.changed(
        f"/clients/{client_id}/discharge", {"discharged_on": "2026-03-02"}, version=1, method="POST"
    )
    refused = await therapist.post(f"/clients/{client_id}/treatments", {})
    assert (refused.status_code, refused.json()["code"]) == (409, "client_not_in_care")
    refused = await therapist.change(f"/treatments/{planned['id']}/start", version=1, method="POST")
    assert (refused.status_code, refused.json()["code"]) == (409, "client_not_in_care")


@pytest.mark.parametrize("months", [12, 15, 18])
async def test_12_to_18_months_need_no_reason(therapist: Api, months: int):
    assert (await opened(therapist, planned_months=months))["planned_months"] == months


@pytest.mark.parametrize("months", [11, 19])
async def test_another_length_needs_a_reason(therapist: Api, months: int):
    client_id = await robin(therapist)
    refused = await therapist.post(f"/clients/{client_id}/treatments", {"planned_months": months})
    assert (refused.status_code, pointers(refused)) == (422, ["/duration_reason"])
    assert (await therapist.read(f"/clients/{client_id}/treatments"))["data"] == []
    reason = "Agreed with the client."
    wanted = {"planned_months": months, "duration_reason": reason}
    made = await therapist.made(f"/clients/{client_id}/treatments", wanted)
    assert made["duration_reason"] == reason
    assert (await therapist.read(f"/treatments/{made['id']}"))["duration_reason"] == reason


@pytest.mark.parametrize("months", [0, 61, "18", 18.5])
async def test_an_impossible_length_is_refused(therapist: Api, months: Any):
    path = f"/clients/{await robin(therapist)}/treatments"
    refused = await therapist.post(path, {"planned_months": months, "duration_reason": "Because."})
    assert (refused.status_code, pointers(refused)) == (422, ["/planned_months"])


@pytest.mark.parametrize(
    ("wanted", "pointer"),
    [
        ({"started_on": "1989-12-31"}, "/started_on"),
        ({"started_on": "2199-12-31"}, "/started_on"),
        ({"started_on": "2026-03-03", "status": "active"}, "/started_on"),
        ({"status": "completed"}, "/status"),
        ({"programme": "no_such_programme"}, "/programme"),
        ({"setting": "moon"}, "/setting"),
        ({"lead_practitioner_id": "00000000-0000-0000-0000-000000000001"}, "/lead_practitioner_id"),
        ({"modality": "cbt"}, "/modality"),
    ],
)
async def test_a_wrong_field_is_named_and_nothing_is_opened(therapist: Api, wanted: dict[str, Any], pointer: str):
    path = f"/clients/{await robin(therapist)}/treatments"
    refused = await therapist.post(path, wanted)
    assert (refused.status_code, pointers(refused)) == (422, [pointer])
    assert (await therapist.read(path))["data"] == []


async def test_the_end_of_a_month_is_kept_where_a_month_has_that_day(therapist: Api):
    treatment = await opened(therapist, started_on="2026-01-31", planned_months=13)
    assert treatment["planned_end_on"] == "2027-02-28"
    assert [review["due_on"] for review in treatment["reviews"]] == [
        "2026-04-30",
        "2026-07-31",
        "2026-10-31",
        "2027-01-31",
    ]
    one = {"planned_months": 1, "duration_reason": "Assessment only."}
    assert (await opened(therapist, started_on="2026-01-31", **one))["planned_end_on"] == "2026-02-28"
    assert (await opened(therapist, started_on="2024-01-31", **one))["planned_end_on"] == "2024-02-29"


async def test_29_february_comes_back_as_the_28th(therapist: Api):
    treatment = await opened(therapist, started_on="2024-02-29", planned_months=12)
    assert treatment["planned_end_on"] == "2025-02-28"
    assert treatment["phases"][0]["starts_on"] == "2024-01-29"


async def test_today_is_counted_in_the_clinics_time_zone(house: House):
    house.clock.now = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
    auckland, london = (await house.clinic("Pacific/Auckland")), (await house.clinic("Europe/London"))
    there = await opened(auckland["therapist"])
    assert (there["started_on"], there["status"]) == ("2026-03-02", "active")
    there = await opened(auckland["therapist"], started_on="2026-03-02")
    assert there["status"] == "active"
    here = await opened(london["therapist"])
    assert here["started_on"] == "2026-03-01"
    here = await opened(london["therapist"], started_on="2026-03-02")
    assert here["status"] == "planned"


@pytest.mark.parametrize(
    ("moment", "started_on"),
    [("2026-03-28T23:59:59Z", "2026-03-28"), ("2026-03-29T23:00:00Z", "2026-03-30")],
)
async def test_today_is_right_on_the_day_the_clocks_change(house: House, moment: str, started_on: str):
    house.clock.now = datetime.fromisoformat(moment)
    clinic = await house.clinic("Europe/London")
    assert (await opened(clinic["therapist"]))["started_on"] == started_on


async def test_after_the_end_of_one_treatment_another_may_begin(therapist: Api):
    path = f"/clients/{await robin(therapist)}/treatments"
    first = await therapist.made(path, {"started_on": "2024-09-02"})
    await therapist.changed(f"/treatments/{first['id']}/complete", version=1, method="POST")
    second = await therapist.made(path, {})
    page = await therapist.read(f"{path}?limit=1")
    assert ([one["id"] for one in page["data"]], page["has_more"]) == ([second["id"]], True)
    rest = await therapist.read(f"{path}?limit=1&after={page['next_cursor']}")
    assert [(one["id"], one["status"], one["ended_on"]) for one in rest["data"]] == [
        (first["id"], "completed", "2026-03-02")
    ]


async def test_facts_change_and_another_length_moves_the_planned_end_only(clinic: Clinic):
    therapist = clinic["therapist"]
    treatment = await opened(therapist)
    path = f"/treatments/{treatment['id']}"
    changes = {"planned_months": 14, "programme": "mbt_14", "lead_practitioner_id": clinic["supervisor"].id}
    changed = await therapist.changed(path, changes, version=1)
    assert changed == {**treatment, **changes, "version": 2, "planned_end_on": "2027-05-02"}
    refused = await therapist.change(path, {"planned_months": 20}, version=2)
    assert (refused.status_code, pointers(refused)) == (422, ["/duration_reason"])
    longer = await therapist.changed(path, {"planned_months": 20, "duration_reason": "A slow start."}, version=2)
    assert longer["planned_end_on"] == "2027-11-02"
    refused = await therapist.change(path, {"duration_reason": None}, version=3)
    assert (refused.status_code, pointers(refused)) == (422, ["/duration_reason"])
    assert (await therapist.changed(path, {"setting": "online"}, version=3))["duration_reason"] == "A slow start."


async def test_phases_are_replaced_as_a_whole_and_change_the_treatments_version(therapist: Api):
    treatment = await opened(therapist)
    path = f"/treatments/{treatment['id']}/phases"
    phases = [{**phase, "ends_on": phase["starts_on"]} for phase in treatment["phases"] if phase["kind"] != "initial"]
    changed = await therapist.changed(path, {"phases": phases}, version=1, method="PUT")
    assert (changed["phases"], changed["version"]) == (phases, 2)
    assert await therapist.read(f"/treatments/{treatment['id']}") == changed
    stale = await therapist.change(path, {"phases": []}, version=1, method="PUT")
    assert (stale.status_code, stale.json()["current_version"]) == (412, 2)
    assert (await therapist.put(path, {"phases": []})).status_code == 428
    back = await therapist.changed(path, {"phases": treatment["phases"]}, version=2, method="PUT")
    assert back["phases"] == treatment["phases"]


@pytest.mark.parametrize(
    ("phases", "pointer", "code"),
    [
        ([("middle", "01", "05"), ("final", "05", "09")], "/phases/1/starts_on", "overlap"),
        ([("final", "01", "05"), ("middle", "06", "09")], "/phases/0/starts_on", "out_of_order"),
        ([("middle", "05", "01")], "/phases/0/ends_on", "out_of_order"),
        ([("middle", "01", "02"), ("middle", "03", "04")], "/phases/1/kind", "repeated"),
        ([("ending", "01", "02")], "/phases/0/kind", "enum"),
    ],
)
async def test_phases_that_break_a_rule_are_refused(
    therapist: Api, phases: list[tuple[str, str, str]], pointer: str, code: str
):
    treatment = await opened(therapist)
    wanted = [{"kind": kind, "starts_on": f"2026-04-{a}", "ends_on": f"2026-04-{b}"} for kind, a, b in phases]
    path = f"/treatments/{treatment['id']}"
    refused = await therapist.change(f"{path}/phases", {"phases": wanted}, version=1, method="PUT")
    assert refused.status_code == 422
    assert [(error["pointer"], error["code"]) for error in refused.json()["errors"]] == [(pointer, code)]
    assert await therapist.read(path) == treatment


async def test_a_review_is_done_on_a_day_and_the_treatment_shows_it(therapist: Api):
    treatment = await opened(therapist, started_on="2025-12-02")
    review = treatment["reviews"][0]
    path = f"/reviews/{review['id']}"
    refused = await therapist.change(path, {"status": "done"}, version=1)
    assert (refused.status_code, pointers(refused)) == (422, ["/held_on"])
    refused = await therapist.change(path, {"status": "done", "held_on": "2026-03-03"}, version=1)
    assert (refused.status_code, pointers(refused)) == (422, ["/held_on"])
    held = {"status": "done", "held_on": "2026-03-02", "comment": "She notices anger sooner."}
    done = await therapist.changed(path, held, version=1)
    assert done == {**review, **held, "version": 2}
    assert await therapist.read(path) == done
    seen = await therapist.get(f"/treatments/{treatment['id']}", headers={"If-None-Match": '"1"'})
    assert (seen.status_code, seen.json()["reviews"][0]) == (200, done)
    skipped = await therapist.changed(path, {"status": "skipped"}, version=2)
    assert (skipped["held_on"], skipped["comment"]) == (None, "She notices anger sooner.")
    refused = await therapist.change(path, {"held_on": "2026-03-01"}, version=3)
    assert (refused.status_code, pointers(refused)) == (422, ["/held_on"])
    moved = await therapist.changed(path, {"status": "planned", "due_on": "2026-03-20"}, version=3)
    assert (moved["status"], moved["due_on"]) == ("planned", "2026-03-20")
    assert (await therapist.change(path, {"due_on": "2025-12-01"}, version=4)).status_code == 422


async def test_a_review_can_be_added(therapist: Api):
    treatment = await opened(therapist)
    path = f"/treatments/{treatment['id']}/reviews"
    response = await therapist.post(path, {"due_on": "2026-03-20", "comment": "Before the holiday."})
    assert response.status_code == 201
    assert await therapist.read(response.headers["Location"]) == response.json()
    assert (await therapist.read(path))["data"] == [response.json(), *treatment["reviews"]]
    assert (await therapist.read(f"/treatments/{treatment['id']}"))["version"] == 2
    refused = await therapist.post(path, {"due_on": "2026-03-01"})
    assert (refused.status_code, pointers(refused)) == (422, ["/due_on"])


async def test_a_treatment_moves_only_forward(therapist: Api):
    treatment = await opened(therapist, started_on="2026-04-01")
    path = f"/treatments/{treatment['id']}"
    assert treatment["status"] == "planned"
    early = await therapist.change(f"{path}/start", version=1, method="POST")
    assert (early.status_code, pointers(early)) == (422, ["/started_on"])
    started = await therapist.changed(f"{path}/start", {"started_on": "2026-03-01"}, version=1, method="POST")
    assert (started["status"], started["started_on"], started["planned_end_on"]) == (
        "active",
        "2026-03-01",
        "2027-09-01",
    )
    assert started["reviews"][0]["due_on"] == "2026-06-01"
    again = await therapist.change(f"{path}/start", version=started["version"], method="POST")
    assert (again.status_code, again.json()["code"]) == (409, "treatment_status_fixed")
    ended = await therapist.changed(
        f"{path}/end",
        {"end_reason": "moved_away", "end_comment": "New job in another town.", "ended_on": "2026-03-02"},
        version=started["version"],
        method="POST",
    )
    assert (ended["status"], ended["end_reason"], ended["end_comment"]) == (
        "ended_early",
        "moved_away",
        "New job in another town.",
    )
    for step, body in (("start", {}), ("complete", {}), ("end", {"end_reason": "moved_away"})):
        over = await therapist.change(f"{path}/{step}", body, version=ended["version"], method="POST")
        assert (over.status_code, over.json()["current_status"]) == (409, "ended_early")
    longer = await therapist.change(path, {"planned_months": 12}, version=ended["version"])
    assert (longer.status_code, longer.json()["code"]) == (409, "treatment_finished")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"end_reason": "bored"}, "/end_reason"),
        ({}, "/end_reason"),
        ({"end_reason": "died", "ended_on": "2026-03-03"}, "/ended_on"),
        ({"end_reason": "died", "ended_on": "2026-03-01"}, "/ended_on"),
    ],
)
async def test_an_early_end_needs_a_known_reason_and_a_possible_day(therapist: Api, body: dict[str, str], pointer: str):
    treatment = await opened(therapist)
    refused = await therapist.change(f"/treatments/{treatment['id']}/end", body, version=1, method="POST")
    assert (refused.status_code, pointers(refused)) == (422, [pointer])


async def test_a_program_must_name_the_lead(clinic: Clinic):
    client_id = await robin(clinic["therapist"])
    program = Caller(
        CallerKind.SERVICE_ACCOUNT,
        clinic.operator.id,
        clinic.operator.clinic_id,
        clinic.operator.permissions,
        sees_all_clients=True,
    )
    with pytest.raises(ValidationFailed) as refused:
        await clinic.house.door.transactions.write(program, open_treatment, UUID(client_id), TreatmentCreate())
    assert refused.value.errors[0].pointer == "/lead_practitioner_id"


async def test_a_day_belongs_to_the_treatment_whose_course_covers_it(clinic: Clinic):
    therapist, transactions = clinic["therapist"], clinic.house.door.transactions
    client_id = await robin(therapist)
    path = f"/clients/{client_id}/treatments"
    ended = await therapist.made(path, {"started_on": "2023-01-10"})
    await therapist.changed(
        f"/treatments/{ended['id']}/end",
        {"end_reason": "client_choice", "ended_on": "2023-06-01"},
        version=1,
        method="POST",
    )
    completed = await therapist.made(path, {"started_on": "2024-01-10", "planned_months": 12})
    await therapist.changed(
        f"/treatments/{completed['id']}/complete", {"ended_on": "2025-01-09"}, version=1, method="POST"
    )
    active = await therapist.made(path, {"started_on": "2025-06-10", "planned_months": 12})
    days = {
        "2022-12-09": None,
        "2022-12-10": ended["id"],
        "2023-06-01": ended["id"],
        "2023-06-02": None,
        "2024-01-10": completed["id"],
        "2025-05-09": completed["id"],
        "2025-05-10": active["id"],
        "2030-01-01": active["id"],
    }
    for day, expected in days.items():
        found = await transactions.read(
            clinic.operator, treatment_on, UUID(client_id), datetime.fromisoformat(day).date()
        )
        assert (day, found and str(found)) == (day, expected)
