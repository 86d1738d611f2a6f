"""The database itself keeps what emergency access was, and what a notice told, whatever the app forgets."""

from typing import Any

import pytest

from app.settings import Settings
from tests.record.notes.raw import literal, refusal
from tests.support.house import Clinic

CHANGES = (
    "reason_code = 'other'",
    "justification = NULL",
    "expires_at = review_due_at",
    "client_id = practitioner_id",
    "practitioner_id = client_id",
    "created_at = expires_at",
    "review_due_at = NULL",
)


@pytest.fixture
async def access(clinic: Clinic) -> dict[str, Any]:
    client = await clinic["therapist"].made("/clients", {"given_name": "Robin", "family_name": "Example"})
    wanted = {
        "client_id": client["id"],
        "reason_code": "medical_emergency",
        "justification": "The hospital asks for what she takes.",
    }
    return dict(await clinic["trainee"].made("/emergency-accesses", wanted))


async def test_what_was_granted_cannot_be_changed_or_removed(settings: Settings, access: dict[str, Any]) -> None:
    mine = f"WHERE id = {literal(access['id'])}"
    for change in CHANGES:
        said = await refusal(settings, f"UPDATE emergency_accesses SET {change} {mine}")
        assert "never changes" in said, change
    assert "never removed" in await refusal(settings, f"DELETE FROM emergency_accesses {mine}")


async def test_an_end_and_a_review_stand(settings: Settings, clinic: Clinic, access: dict[str, Any]) -> None:
    path = f"/emergency-accesses/{access['id']}"
    await clinic["trainee"].made(f"{path}/end")
    await clinic["supervisor"].changed(f"{path}/review", {"outcome": "not_justified"}, version=2, method="POST")
    mine = f"WHERE id = {literal(access['id'])}"
    for change in (
        "ended_at = NULL",
        "reviewed_at = NULL, reviewed_by = NULL, review_outcome = NULL",
        "review_outcome = 'justified'",
        "reviewed_by = client_id",
        "review_comment = justification",
    ):
        said = await refusal(settings, f"UPDATE emergency_accesses SET {change} {mine}")
        assert "never changes" in said, change


async def test_nobody_is_written_down_as_her_own_reviewer(settings: Settings, access: dict[str, Any]) -> None:
    review = "reviewed_at = created_at, reviewed_by = practitioner_id, review_outcome = 'justified'"
    said = await refusal(settings, f"UPDATE emergency_accesses SET {review} WHERE id = {literal(access['id'])}")
    assert "reviewed_by_another" in said


async def test_a_notice_is_only_marked_as_seen(settings: Settings, clinic: Clinic, access: dict[str, Any]) -> None:
    (notice,) = (await clinic["supervisor"].read("/notices"))["data"]
    mine = f"WHERE id = {literal(notice['id'])}"
    assert "only marked as seen" in await refusal(settings, f"UPDATE notices SET kind = 'nothing' {mine}")
    assert "never removed" in await refusal(settings, f"DELETE FROM notices {mine}")
    await clinic["supervisor"].made(f"/notices/{notice['id']}/seen")
    assert "only marked as seen" in await refusal(settings, f"UPDATE notices SET seen_at = NULL {mine}")
    assert access["id"] == notice["about_id"]
