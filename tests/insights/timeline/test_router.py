"""Timelines over HTTP, of a small course whose figures can be counted by hand."""

from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.house import Api, Clinic

LATE = {"late_entry_reason": "Written down when the clinic moved to this service."}
HYPER, MIXED = {"pattern": "hyperactivation", "arousal": 8}, {"pattern": "mixed"}


@dataclass
class Course:
    """A treatment of one client that began on 1 December 2025; the clock says 2 March 2026."""

    therapist: Api
    client_id: str
    treatment: Any

    async def met(self, starts_at: str, attendance: str | None = "attended", **facts: Any) -> Any:
        wanted = {
            "format": "individual",
            "delivery": "in_person",
            "starts_at": starts_at,
            "duration_minutes": 50,
            "participants": [{"client_id": self.client_id, "attendance": attendance}],
            "status": "held" if attendance else "scheduled",
            **facts,
        }
        return await self.therapist.made("/sessions", wanted)

    async def noted(self, session: Any, *failures: Any) -> Any:
        wanted = {
            "client_id": self.client_id,
            "template": "mbt",
            "sections": [{"code": "presentation", "text": "Robin came in hurried."}],
            "mentalizing_failures": list(failures),
        }
        return await self.therapist.made(f"/sessions/{session['id']}/notes", wanted)

    async def signed(self, session: Any, *failures: Any) -> Any:
        return await self.step(await self.noted(session, *failures), "sign", LATE)

    async def step(self, note: Any, step: str, body: Any) -> Any:
        path = f"/notes/{note['id']}/{step}"
        return await self.therapist.changed(path, body, version=note["version"], method="POST")

    async def rated(self, goal: str, rated_on: str, rated_by: str, value: int) -> Any:
        goals = (await self.therapist.read(f"{self.path}/goals"))["data"]
        (goal_id,) = (one["id"] for one in goals if one["code"] == goal)
        wanted = {"value": value, "rated_on": rated_on, "rated_by": rated_by}
        return await self.therapist.made(f"/goals/{goal_id}/ratings", wanted)

    async def timeline(self, bucket: str = "month") -> Any:
        return await self.therapist.read(f"{self.path}/timeline?bucket={bucket}")

    async def month(self, number: int) -> Any:
        buckets = (await self.timeline())["buckets"]
        return next(bucket for bucket in buckets if bucket["treatment_month"] == number)

    @property
    def path(self) -> str:
        return f"/treatments/{self.treatment['id']}"


async def begun(therapist: Api) -> Course:
    client = await therapist.made("/clients", {"given_name": "Robin", "family_name": "Example"})
    wanted = {"started_on": "2025-12-01", "planned_months": 12}
    return Course(therapist, client["id"], await therapist.made(f"/clients/{client['id']}/treatments", wanted))


@pytest.fixture
async def course(therapist: Api) -> Course:
    return await begun(therapist)


async def test_one_answer_holds_treatment_phases_reviews_and_buckets(course: Course):
    shown = await course.timeline()
    treatment = course.treatment
    assert shown["treatment"] == {
        "id": treatment["id"],
        "client_id": course.client_id,
        "started_on": "2025-12-01",
        "planned_months": 12,
        "planned_end_on": "2026-12-01",
        "ended_on": None,
        "status": "active",
    }
    assert (shown["today"], shown["bucket"], shown["not_diagnostic"]) == ("2026-03-02", "month", True)
    assert shown["rule"].startswith("timeline/1: ")
    assert shown["phases"] == treatment["phases"]
    assert [(review["due_on"], review["status"]) for review in shown["reviews"]] == [
        ("2026-03-01", "overdue"),
        ("2026-06-01", "upcoming"),
        ("2026-09-01", "upcoming"),
        ("2026-12-01", "upcoming"),
    ]
    assert [bucket["label"] for bucket in shown["buckets"]] == [f"Month {number}" for number in range(13)]
    assert [bucket["is_future"] for bucket in shown["buckets"]] == [False] * 5 + [True] * 8
    assert not any(bucket["has_data"] for bucket in shown["buckets"])


async def test_the_figures_of_a_month_can_be_counted_by_hand(course: Course):
    first = await course.met("2025-12-10T10:00:00Z")
    second = await course.met("2025-12-17T10:00:00Z", "late", delivery="video")
    missed = await course.met("2025-12-23T10:00:00Z", "no_show")
    one = await course.signed(first, HYPER, HYPER | {"arousal": 5}, MIXED)
    other = await course.signed(second)
    month = await course.month(1)
    assert (month["starts_on"], month["ends_on"], month["phase"]) == ("2025-12-01", "2025-12-31", "initial")
    assert month["sessions_held"] == {
        "total": 2,
        "by_format": {"individual": 2, "group": 0, "family": 0},
        "by_delivery": {"in_person": 1, "video": 1, "audio": 0, "text": 0},
        "session_ids": [first["id"], second["id"]],
    }
    assert (month["sessions_missed"]["no_show"], month["sessions_missed"]["session_ids"]) == (1, [missed["id"]])
    assert month["failures"] == {
        "hyperactivation": {"count": 2, "per_attended_session": 1.0, "note_ids": [one["id"]]},
        "deactivation": {"count": 0, "per_attended_session": 0.0, "note_ids": []},
        "mixed": {"count": 1, "per_attended_session": 0.5, "note_ids": [one["id"]]},
    }
    assert month["arousal"] == {"mean": 6.5, "n": 2, "note_ids": [one["id"]]}
    assert (month["signed_notes"], month["unsigned_notes"]) == (2, 0)
    assert month["note_ids"] == [one["id"], other["id"]]
    gap = await course.month(2)
    assert (gap["has_data"], gap["sessions_held"], gap["failures"], gap["unsigned_notes"]) == (False, None, None, None)


async def test_what_stands_in_a_draft_is_counted_as_a_note_and_used_for_nothing(course: Course):
    draft = await course.noted(await course.met("2025-12-10T10:00:00Z"), HYPER)
    month = await course.month(1)
    assert (month["sessions_held"]["total"], month["unsigned_notes"], month["signed_notes"]) == (1, 1, 0)
    assert (month["failures"], month["arousal"]["n"], month["note_ids"]) == (None, 0, [])
    assert draft["id"] not in str(await course.timeline())


async def test_a_note_entered_in_error_leaves_the_figures(course: Course):
    note = await course.signed(await course.met("2025-12-10T10:00:00Z"), HYPER)
    assert (await course.month(1))["failures"]["hyperactivation"]["count"] == 1
    await course.step(note, "entered-in-error", {"reason": "Wrong client."})
    month = await course.month(1)
    assert (month["sessions_held"]["total"], month["signed_notes"], month["failures"]) == (1, 0, None)


async def test_a_session_still_to_come_is_no_figure_and_a_cancelled_one_is(course: Course):
    await course.met("2026-03-10T10:00:00Z", None)
    assert not (await course.month(4))["has_data"]
    cancelled = await course.met("2026-03-17T10:00:00Z", None)
    path = f"/sessions/{cancelled['id']}/cancel"
    await course.therapist.changed(path, {"by": "client"}, version=cancelled["version"], method="POST")
    missed = (await course.month(4))["sessions_missed"]
    assert (missed["total"], missed["cancelled_client"], missed["session_ids"]) == (1, 1, [cancelled["id"]])


async def test_a_group_session_counts_for_each_client_by_her_own_attendance(course: Course):
    other = await course.therapist.made("/clients", {"given_name": "Sam", "family_name": "Example"})
    seats = [
        {"client_id": course.client_id, "attendance": "left_early"},
        {"client_id": other["id"], "attendance": "no_show"},
    ]
    await course.met("2026-01-14T18:00:00Z", format="group", participants=seats)
    month = await course.month(2)
    assert (month["sessions_held"]["by_format"]["group"], month["sessions_missed"]["total"]) == (1, 0)


async def test_ratings_are_kept_apart_by_goal_and_by_who_rated(course: Course):
    calm = "reduce_impulsive_behaviours"
    first = await course.rated(calm, "2026-02-04", "client", 3)
    last = await course.rated(calm, "2026-02-20", "client", 6)
    await course.rated(calm, "2026-02-20", "therapist", 8)
    wrong = await course.rated(calm, "2026-02-21", "client", 10)
    marking = f"/goal-ratings/{wrong['id']}/entered-in-error"
    await course.therapist.changed(marking, {"reason": "Typed wrong."}, version=wrong["version"], method="POST")
    month = await course.month(3)
    assert month["goal_ratings"][calm]["client"] == {
        "mean": 4.5,
        "n": 2,
        "last": 6,
        "rating_ids": [first["id"], last["id"]],
    }
    assert month["goal_ratings"][calm]["therapist"]["mean"] == 8.0
    assert month["goal_ratings"]["stabilise_emotional_expression"] == {"therapist": None, "client": None}
    assert (month["has_data"], month["sessions_held"]) == (True, None)


async def test_reviews_are_due_done_and_overdue_in_their_buckets(course: Course):
    review = course.treatment["reviews"][0]
    month = await course.month(4)
    assert month["reviews"] == {"due": 1, "done": 0, "overdue": 1, "review_ids": [review["id"]]}
    changes = {"status": "done", "held_on": "2026-02-27"}
    await course.therapist.changed(f"/reviews/{review['id']}", changes, version=review["version"])
    assert (await course.month(4))["reviews"]["overdue"] == 0
    assert (await course.month(3))["reviews"] == {"due": 0, "done": 1, "overdue": 0, "review_ids": [review["id"]]}


async def test_a_session_lies_on_the_day_of_the_clinic(clinic: Clinic):
    far = await clinic.house.clinic("America/New_York")
    course = await begun(far["therapist"])
    await course.met("2026-01-01T02:00:00Z")
    assert (await course.month(1))["sessions_held"]["total"] == 1
    assert (await course.month(2))["sessions_held"] is None


async def test_weeks_and_phases_hold_the_same_sessions(course: Course):
    await course.met("2025-12-10T10:00:00Z")
    weeks, phases = (await course.timeline("week"))["buckets"], (await course.timeline("phase"))["buckets"]
    (week,) = (bucket for bucket in weeks if bucket["has_data"])
    (phase,) = (bucket for bucket in phases if bucket["has_data"])
    assert (week["label"], week["starts_on"], week["ends_on"]) == ("2025-W50", "2025-12-08", "2025-12-14")
    assert (phase["label"], phase["sessions_held"]["total"]) == ("Introductory and initial", 1)


async def test_too_many_weeks_are_refused_in_words_that_help(course: Course):
    reason = {"planned_months": 60, "duration_reason": "A pilot."}
    await course.therapist.changed(course.path, reason, version=course.treatment["version"])
    refused = await course.therapist.get(f"{course.path}/timeline?bucket=week")
    assert (refused.status_code, refused.json()["code"]) == (422, "timeline_too_long")
    assert (await course.therapist.get(f"{course.path}/timeline?bucket=year")).status_code == 422
    assert len((await course.timeline())["buckets"]) == 61


@pytest.mark.parametrize("form", ["timeline", "timeline.svg"])
async def test_who_may_not_see_the_client_finds_no_timeline(clinic: Clinic, course: Course, form: str):
    path = f"{course.path}/{form}"
    assert (await clinic["stranger"].get(path)).status_code == 404
    assert (await clinic["admin"].get(path)).status_code == 403
    assert (await clinic.house.anonymous.get(path)).status_code == 401
    other = await clinic.house.clinic()
    assert (await other["therapist"].get(path)).status_code == 404


async def test_the_picture_is_an_svg_that_may_style_itself_and_nothing_else(course: Course):
    await course.signed(await course.met("2025-12-10T10:00:00Z"), HYPER)
    picture = await course.therapist.get(f"{course.path}/timeline.svg?bucket=week")
    assert picture.status_code == 200
    assert picture.headers["content-type"] == "image/svg+xml"
    assert picture.headers["content-security-policy"].startswith("default-src 'none'; style-src 'unsafe-inline'")
    assert "1 held, 0 missed" in picture.text
    assert "Robin" not in picture.text


async def test_reading_a_timeline_is_logged_with_its_client(clinic: Clinic, course: Course):
    await course.timeline("phase")
    await course.therapist.get(f"{course.path}/timeline.svg")
    log = (await course.therapist.read(f"/clients/{course.client_id}/access-log"))["data"]
    assert [entry["type"] for entry in log][:2] == ["timeline.viewed", "timeline.viewed"]
    assert [entry["entity_id"] for entry in log][:2] == [course.treatment["id"]] * 2
