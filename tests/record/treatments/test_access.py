"""The words of a treatment and its goals, and who may see them."""

from typing import Any

from app.access.practitioners.domain import Role
from tests.support.house import Api, Clinic


async def opened(api: Api, **wanted: Any) -> Any:
    client = await api.made("/clients", {"given_name": "Robin", "family_name": "Example"})
    return await api.made(f"/clients/{client['id']}/treatments", wanted)


async def test_goals_are_said_in_the_clients_words(therapist: Api):
    treatment = await opened(therapist)
    goal = (await therapist.read(f"/treatments/{treatment['id']}/goals"))["data"][0]
    path = f"/goals/{goal['id']}"
    words = {"in_client_words": "Not to explode at home.", "baseline": "Every day.", "baseline_rating": 2}
    changed = await therapist.changed(path, words, version=1)
    assert changed == {**goal, **words, "version": 2}
    changed = await therapist.changed(path, {"baseline": None, "target_rating": 8, "status": "achieved"}, version=2)
    assert await therapist.read(path) == changed
    assert (changed["in_client_words"], changed["baseline"], changed["target_rating"]) == (
        "Not to explode at home.",
        None,
        8,
    )
    refused = await therapist.change(path, {"target_rating": 11}, version=3)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/target_rating")
    assert "explode" not in (await therapist.get(f"/treatments/{treatment['id']}")).text


async def test_an_admin_sees_the_facts_of_care_but_no_words_and_no_goals(clinic: Clinic):
    therapist, admin = clinic["therapist"], clinic["admin"]
    treatment = await opened(therapist, planned_months=6, duration_reason="A first short course.")
    goal = (await therapist.read(f"/treatments/{treatment['id']}/goals"))["data"][0]
    await therapist.changed(f"/reviews/{treatment['reviews'][0]['id']}", {"comment": "She was tearful."}, version=1)
    seen = await admin.read(f"/treatments/{treatment['id']}")
    assert (seen["planned_months"], seen["duration_reason"], seen["reviews"][0]["comment"]) == (6, None, None)
    assert (await admin.get(f"/treatments/{treatment['id']}/goals")).status_code == 403
    assert (await admin.get(f"/goals/{goal['id']}")).status_code == 403
    assert (await admin.change(f"/goals/{goal['id']}", {}, version=1)).status_code == 403
    assert (await admin.change(f"/treatments/{treatment['id']}", {}, version=1)).status_code == 403


async def test_who_is_not_on_the_care_team_finds_nothing(clinic: Clinic):
    treatment = await opened(clinic["therapist"])
    goal = (await clinic["therapist"].read(f"/treatments/{treatment['id']}/goals"))["data"][0]
    other = await (await clinic.house.clinic()).join("other", Role.SUPERVISOR)
    for api in (clinic["stranger"], other):
        for path in (
            f"/clients/{treatment['client_id']}/treatments",
            f"/treatments/{treatment['id']}",
            f"/treatments/{treatment['id']}/reviews",
            f"/treatments/{treatment['id']}/goals",
            f"/reviews/{treatment['reviews'][0]['id']}",
            f"/goals/{goal['id']}",
        ):
            assert (await api.get(path)).status_code == 404
        assert (await api.post(f"/clients/{treatment['client_id']}/treatments", {})).status_code == 404
        assert (await api.change(f"/treatments/{treatment['id']}", {}, version=1)).status_code == 404
        assert (await api.change(f"/goals/{goal['id']}", {}, version=1)).status_code == 404


async def test_every_act_is_in_the_access_log(therapist: Api):
    treatment = await opened(therapist)
    await therapist.read(f"/treatments/{treatment['id']}")
    await therapist.read(f"/treatments/{treatment['id']}/goals")
    log = await therapist.read(f"/clients/{treatment['client_id']}/access-log")
    assert [entry["type"] for entry in log["data"]][:4] == [
        "goal.listed",
        "treatment.viewed",
        "treatment.opened",
        "client.changed",
    ]
