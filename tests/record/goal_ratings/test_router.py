"""Goal ratings over HTTP."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.exc import DBAPIError

from app.core.work import UnitOfWork
from app.record.goal_ratings.domain import GoalRated
from app.record.goal_ratings.models import GoalRating
from tests.support.house import Api, Clinic


async def treated(api: Api, **wanted: Any) -> Any:
    """Open a treatment for a new client and return it."""
    client = await api.made("/clients", {"given_name": "Robin", "family_name": "Example"})
    return await api.made(f"/clients/{client['id']}/treatments", wanted)


async def goal_of(api: Api, treatment: Any) -> Any:
    return (await api.read(f"/treatments/{treatment['id']}/goals"))["data"][0]


async def rated(api: Api, goal: Any, rated_on: str, value: int, rated_by: str = "therapist") -> Any:
    wanted = {"value": value, "rated_on": rated_on, "rated_by": rated_by}
    return await api.made(f"/goals/{goal['id']}/ratings", wanted)


def pointers(response: Any) -> list[str]:
    return [error["pointer"] for error in response.json()["errors"]]


async def test_a_rating_can_be_read_back(therapist: Api):
    goal = await goal_of(therapist, await treated(therapist))
    wanted = {"value": 4, "rated_by": "client", "comment": "Better at work than at home."}
    response = await therapist.post(f"/goals/{goal['id']}/ratings", wanted)
    rating = response.json()
    assert (response.status_code, rating["rated_on"], rating["value"]) == (201, "2026-03-02", 4)
    assert rating["comment"] == wanted["comment"]
    assert await therapist.read(response.headers["Location"]) == rating
    assert (await therapist.read(f"/goals/{goal['id']}/ratings"))["data"] == [rating]


async def test_ratings_come_in_pages_with_the_newest_day_first(therapist: Api):
    goal = await goal_of(therapist, await treated(therapist, started_on="2026-01-05"))
    for day in ("2026-02-02", "2026-03-02", "2026-01-12", "2026-03-02"):
        await rated(therapist, goal, day, 5)
    path = f"/goals/{goal['id']}/ratings"
    first = await therapist.read(f"{path}?limit=2")
    assert [one["rated_on"] for one in first["data"]] == ["2026-03-02", "2026-03-02"]
    assert first["data"][0]["id"] > first["data"][1]["id"]
    rest = await therapist.read(f"{path}?limit=2&after={first['next_cursor']}")
    assert ([one["rated_on"] for one in rest["data"]], rest["has_more"]) == (["2026-02-02", "2026-01-12"], False)
    await rated(therapist, goal, "2026-02-20", 7, "client")
    assert [one["value"] for one in (await therapist.read(f"{path}?rated_by=client"))["data"]] == [7]


@pytest.mark.parametrize(
    ("wanted", "pointer"),
    [
        ({"value": 11}, "/value"),
        ({"value": -1}, "/value"),
        ({"value": 5.5}, "/value"),
        ({"value": True}, "/value"),
        ({"rated_by": "mother"}, "/rated_by"),
        ({"rated_on": "2026-03-03"}, "/rated_on"),
        ({"rated_on": "2025-03-01"}, "/rated_on"),
        ({"session_id": "00000000-0000-0000-0000-000000000001"}, "/session_id"),
        ({"comment": "a\u0000b"}, "/comment"),
    ],
)
async def test_a_wrong_field_is_named_and_nothing_is_rated(therapist: Api, wanted: dict[str, Any], pointer: str):
    goal = await goal_of(therapist, await treated(therapist))
    path = f"/goals/{goal['id']}/ratings"
    refused = await therapist.post(path, {"value": 5, "rated_by": "client", **wanted})
    assert (refused.status_code, pointers(refused)) == (422, [pointer])
    assert (await therapist.read(path))["data"] == []


async def test_a_rating_may_be_as_old_as_one_year_before_the_treatment(therapist: Api):
    goal = await goal_of(therapist, await treated(therapist))
    assert (await rated(therapist, goal, "2025-03-02", 1))["rated_on"] == "2025-03-02"


async def test_a_rating_is_tied_to_a_session_the_client_takes_part_in(therapist: Api):
    treatment, other = await treated(therapist), await treated(therapist)
    session = await therapist.made(
        "/sessions",
        {
            "format": "individual",
            "delivery": "in_person",
            "kind": "therapy",
            "starts_at": "2026-03-02T08:00:00Z",
            "duration_minutes": 50,
            "participants": [{"client_id": treatment["client_id"]}],
        },
    )
    wanted = {"value": 5, "rated_by": "therapist", "session_id": session["id"]}
    goal = await goal_of(therapist, treatment)
    assert (await therapist.made(f"/goals/{goal['id']}/ratings", wanted))["session_id"] == session["id"]
    refused = await therapist.post(f"/goals/{(await goal_of(therapist, other))['id']}/ratings", wanted)
    assert (refused.status_code, pointers(refused)) == (422, ["/session_id"])


async def test_a_wrong_rating_is_marked_kept_and_left_out(therapist: Api):
    goal = await goal_of(therapist, await treated(therapist))
    wrong, right = await rated(therapist, goal, "2026-03-01", 9), await rated(therapist, goal, "2026-03-02", 3)
    path = f"/goal-ratings/{wrong['id']}"
    reason = {"reason": "Meant for the other goal."}
    assert (await therapist.post(f"{path}/entered-in-error", reason)).status_code == 428
    marked = await therapist.changed(f"{path}/entered-in-error", reason, version=1, method="POST")
    assert (marked["error_reason"], marked["value"], marked["version"]) == ("Meant for the other goal.", 9, 2)
    assert await therapist.read(path) == marked
    again = await therapist.change(f"{path}/entered-in-error", reason, version=2, method="POST")
    assert (again.status_code, again.json()["code"]) == (409, "already_entered_in_error")
    ratings = f"/goals/{goal['id']}/ratings"
    assert (await therapist.read(ratings))["data"] == [right]
    assert (await therapist.read(f"{ratings}?include_entered_in_error=true"))["data"] == [right, marked]
    series = await therapist.read(f"/goals/{goal['id']}/series")
    assert [point["rating_id"] for point in series["lines"][0]["points"]] == [right["id"]]


async def test_a_series_is_ready_to_plot(therapist: Api):
    treatment = await treated(therapist, started_on="2026-01-31")
    goal = await goal_of(therapist, treatment)
    await therapist.changed(f"/goals/{goal['id']}", {"baseline_rating": 2, "target_rating": 8}, version=1)
    for day, value, view in (
        ("2026-02-28", 4, "client"),
        ("2026-01-30", 2, "client"),
        ("2026-02-27", 3, "client"),
        ("2026-02-27", 0, "therapist"),
    ):
        await rated(therapist, goal, day, value, view)
    series = await therapist.read(f"/goals/{goal['id']}/series")
    assert (series["goal_code"], series["treatment_id"]) == ("stabilise_emotional_expression", treatment["id"])
    assert (series["baseline_rating"], series["target_rating"], series["not_diagnostic"]) == (2, 8, True)
    assert "averaged" in series["rule"]
    assert {
        line["rated_by"]: [(point["rated_on"], point["treatment_month"], point["value"]) for point in line["points"]]
        for line in series["lines"]
    } == {
        "therapist": [("2026-02-27", 1, 0)],
        "client": [("2026-01-30", 0, 2), ("2026-02-27", 1, 3), ("2026-02-28", 2, 4)],
    }


async def test_a_goal_without_ratings_has_two_lines_without_points(therapist: Api):
    goal = await goal_of(therapist, await treated(therapist))
    series = await therapist.read(f"/goals/{goal['id']}/series")
    assert [(line["rated_by"], line["points"]) for line in series["lines"]] == [("therapist", []), ("client", [])]


async def test_who_may_not_see_the_goal_finds_no_ratings(clinic: Clinic):
    goal = await goal_of(clinic["therapist"], await treated(clinic["therapist"]))
    rating = await rated(clinic["therapist"], goal, "2026-03-02", 3)
    paths = (f"/goals/{goal['id']}/ratings", f"/goals/{goal['id']}/series", f"/goal-ratings/{rating['id']}")
    other = await clinic.house.clinic()
    for path in paths:
        assert (await clinic["stranger"].get(path)).status_code == 404
        assert (await other["therapist"].get(path)).status_code == 404
        assert (await clinic["admin"].get(path)).status_code == 403
    wanted = {"value": 5, "rated_by": "client"}
    assert (await clinic["stranger"].post(paths[0], wanted)).status_code == 404
    assert (await clinic["admin"].post(paths[0], wanted)).status_code == 403
    mark = f"{paths[2]}/entered-in-error"
    stranger = await clinic["stranger"].change(mark, {"reason": "x"}, version=1, method="POST")
    assert stranger.status_code == 404


async def test_a_repeated_rating_with_the_same_key_counts_once(therapist: Api):
    goal = await goal_of(therapist, await treated(therapist))
    path, wanted = f"/goals/{goal['id']}/ratings", {"value": 5, "rated_by": "client"}
    answers = [await therapist.post(path, wanted, headers={"Idempotency-Key": "0123456789"}) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert len((await therapist.read(path))["data"]) == 1


async def test_reading_ratings_is_in_the_access_log(therapist: Api):
    treatment = await treated(therapist)
    goal = await goal_of(therapist, treatment)
    rating = await rated(therapist, goal, "2026-03-02", 3)
    for path in (f"/goals/{goal['id']}/ratings", f"/goal-ratings/{rating['id']}", f"/goals/{goal['id']}/series"):
        await therapist.read(path)
    log = await therapist.read(f"/clients/{treatment['client_id']}/access-log")
    assert [entry["type"] for entry in log["data"]][:4] == [
        "goal_rating.listed",
        "goal_rating.viewed",
        "goal_rating.listed",
        "goal_rating.created",
    ]


def edit(work: UnitOfWork, rating_id: UUID) -> None:
    rating = work.get(GoalRating, rating_id)
    rating.value = 10
    work.record(GoalRated(goal_id=rating.goal_id), rating)


def remove(work: UnitOfWork, rating_id: UUID) -> None:
    rating = work.get(GoalRating, rating_id)
    work.session.delete(rating)
    work.record(GoalRated(goal_id=rating.goal_id))


async def test_the_database_itself_refuses_to_edit_or_remove_a_rating(clinic: Clinic):
    therapist, transactions = clinic["therapist"], clinic.house.door.transactions
    goal = await goal_of(therapist, await treated(therapist))
    rating = await rated(therapist, goal, "2026-03-02", 3)
    for act in (edit, remove):
        with pytest.raises(DBAPIError, match="a goal rating is never"):
            await transactions.write(clinic.operator, act, UUID(rating["id"]))
    assert await therapist.read(f"/goal-ratings/{rating['id']}") == rating
