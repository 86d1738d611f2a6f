"""Counts of patterns over HTTP, of a small course whose failures can be counted by hand."""

from typing import Any

import pytest

from app.examples import EXAMPLES
from app.insights.patterns.schemas import FailuresByMonth
from tests.insights.timeline.test_router import Course, begun
from tests.support.house import Api, Clinic
from tests.support.world import World
from tests.walks.test_statements import plan_of, statements

HYPER, DEACT, MIXED = ({"pattern": pattern} for pattern in ("hyperactivation", "deactivation", "mixed"))


@pytest.fixture
async def course(therapist: Api) -> Course:
    return await begun(therapist)


async def counts_of(course: Course, person: Api | None = None) -> Any:
    return await (person or course.therapist).read(f"{course.path}/mentalizing-failures-by-month")


def figures(hyperactivation: int, deactivation: int, mixed: int) -> dict[str, int]:
    return {"hyperactivation": hyperactivation, "deactivation": deactivation, "mixed": mixed}


async def test_the_counts_of_each_month_can_be_counted_by_hand(course: Course):
    await course.signed(await course.met("2025-12-10T10:00:00Z"), HYPER, HYPER, MIXED)
    await course.signed(await course.met("2025-12-17T10:00:00Z"), DEACT)
    await course.signed(await course.met("2026-02-04T10:00:00Z"))
    shown = await counts_of(course)
    assert shown["months"] == [
        {"month": "2025-12", "signed_notes": 2, "failures": figures(2, 1, 1)},
        {"month": "2026-01", "signed_notes": 0, "failures": None},
        {"month": "2026-02", "signed_notes": 1, "failures": figures(0, 0, 0)},
    ]
    assert (shown["treatment_id"], shown["client_id"]) == (course.treatment["id"], course.client_id)
    assert (shown["time_zone"], shown["not_diagnostic"]) == ("Europe/London", True)
    assert shown["rule"].startswith("failures-by-month/1: ")


async def test_a_treatment_without_a_signed_note_has_no_month(course: Course):
    await course.noted(await course.met("2025-12-10T10:00:00Z"), HYPER)
    shown = await counts_of(course)
    assert (shown["months"], shown["client_id"]) == ([], course.client_id)


async def test_a_month_whose_only_note_was_entered_in_error_is_gone(course: Course):
    note = await course.signed(await course.met("2026-01-14T10:00:00Z"), HYPER)
    kept = await course.signed(await course.met("2025-12-10T10:00:00Z"), DEACT)
    await course.step(note, "entered-in-error", {"reason": "Wrong client."})
    (month,) = (await counts_of(course))["months"]
    assert (month["month"], month["failures"]) == ("2025-12", figures(0, 1, 0))
    await course.step(kept, "entered-in-error", {"reason": "Wrong client."})
    assert (await counts_of(course))["months"] == []


async def test_the_notes_behind_a_month_are_found_as_the_answer_says(course: Course):
    inside = await course.signed(await course.met("2025-12-31T23:30:00Z"), HYPER)
    await course.signed(await course.met("2026-01-01T00:00:00Z"), HYPER)
    await course.noted(await course.met("2025-12-10T10:00:00Z"), HYPER)
    assert [month["signed_notes"] for month in (await counts_of(course))["months"]] == [1, 1]
    wanted = {
        "treatment_id": course.treatment["id"],
        "status": "signed",
        "occurred_from": "2025-12-01T00:00:00Z",
        "occurred_to": "2026-01-01T00:00:00Z",
    }
    notes = (await course.therapist.read("/notes", params=wanted))["data"]
    assert [note["id"] for note in notes] == [inside["id"]]


async def test_months_are_those_of_the_clinic(clinic: Clinic):
    far = await clinic.house.clinic("America/New_York")
    course = await begun(far["therapist"])
    await course.signed(await course.met("2026-01-01T02:00:00Z"), HYPER)
    shown = await counts_of(course)
    assert ([month["month"] for month in shown["months"]], shown["time_zone"]) == (["2025-12"], "America/New_York")


async def test_the_same_failures_are_on_the_timeline(course: Course):
    """A treatment that begins on the first of a month has months like the calendar's."""
    await course.signed(await course.met("2025-12-10T10:00:00Z"), HYPER, MIXED)
    await course.signed(await course.met("2026-02-20T10:00:00Z"), DEACT, DEACT)
    counted = {month["month"]: month["failures"] for month in (await counts_of(course))["months"]}
    for bucket in (await course.timeline())["buckets"]:
        drawn = bucket["failures"] and {pattern: one["count"] for pattern, one in bucket["failures"].items()}
        assert drawn == counted.get(bucket["starts_on"][:7])


async def test_who_may_not_see_the_client_finds_no_counts(clinic: Clinic, course: Course):
    await course.signed(await course.met("2025-12-10T10:00:00Z"), HYPER)
    path = f"{course.path}/mentalizing-failures-by-month"
    assert (await clinic["stranger"].get(path)).status_code == 404
    assert (await clinic["admin"].get(path)).status_code == 403
    assert (await clinic.house.anonymous.get(path)).status_code == 401
    other = await clinic.house.clinic()
    assert (await other["therapist"].get(path)).status_code == 404


async def test_reading_counts_is_logged_with_the_client(course: Course):
    await course.signed(await course.met("2025-12-10T10:00:00Z"), HYPER)
    await counts_of(course)
    (entry, *_) = (await course.therapist.read(f"/clients/{course.client_id}/access-log"))["data"]
    assert (entry["type"], entry["entity_id"]) == ("mentalizing_failure.counts_viewed", course.treatment["id"])


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
async def test_the_counts_are_read_with_one_statement_along_the_key(course: Course, clinic: Clinic):
    await course.signed(await course.met("2025-12-10T10:00:00Z"), HYPER)
    await counts_of(course)
    world = World(clinic)
    with statements(world) as seen:
        await counts_of(course)
    (statement,) = seen
    plan = str(plan_of(world, statement))
    assert "SEARCH failure_counts USING INDEX sqlite_autoindex_failure_counts_1" in plan
    assert "TEMP B-TREE" not in plan


def test_the_example_is_a_valid_answer_with_every_field():
    example = EXAMPLES["FailuresByMonth"]
    assert FailuresByMonth.model_validate(example).model_dump(mode="json") == example
