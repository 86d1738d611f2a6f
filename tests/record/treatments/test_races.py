"""What happens when many act on one client's treatments at once."""

import asyncio

from tests.support.house import Api

ROBIN = {"given_name": "Robin", "family_name": "Example"}


async def robin(api: Api) -> str:
    return str((await api.made("/clients", ROBIN))["id"])


async def test_ten_openings_at_once_make_one_active_treatment(therapist: Api):
    path = f"/clients/{await robin(therapist)}/treatments"
    answers = await asyncio.gather(*(therapist.post(path, {}) for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 9
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"active_treatment_exists"}
    assert len((await therapist.read(path))["data"]) == 1


async def test_five_planned_treatments_started_at_once_make_one_active(therapist: Api):
    path = f"/clients/{await robin(therapist)}/treatments"
    planned = [await therapist.made(path, {"status": "planned"}) for _ in range(5)]
    answers = await asyncio.gather(
        *(therapist.change(f"/treatments/{one['id']}/start", version=1, method="POST") for one in planned)
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 4
    assert len((await therapist.read(f"{path}?status=active"))["data"]) == 1
    assert len((await therapist.read(f"{path}?status=planned"))["data"]) == 4


async def test_a_client_discharged_at_the_moment_of_opening_has_no_treatment_or_had_it_before(therapist: Api):
    client_id = await robin(therapist)
    leave = {"discharged_on": "2026-03-02"}
    opened, discharged = await asyncio.gather(
        therapist.post(f"/clients/{client_id}/treatments", {}),
        therapist.change(f"/clients/{client_id}/discharge", leave, version=1, method="POST"),
    )
    assert (opened.status_code, discharged.status_code) in {(201, 412), (409, 200)}


async def test_two_reviews_changed_at_once_are_both_kept_and_both_counted(therapist: Api):
    treatment = await therapist.made(f"/clients/{await robin(therapist)}/treatments", {})
    answers = await asyncio.gather(
        *(
            therapist.change(f"/reviews/{review['id']}", {"status": "skipped"}, version=1)
            for review in treatment["reviews"][:4]
        )
    )
    assert [answer.status_code for answer in answers] == [200] * 4
    after = await therapist.read(f"/treatments/{treatment['id']}")
    assert after["version"] == 5
    assert [review["status"] for review in after["reviews"]][:5] == ["skipped"] * 4 + ["planned"]
