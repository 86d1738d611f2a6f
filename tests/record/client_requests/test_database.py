"""The database itself keeps what was asked and answered, and what was disclosed, whatever the app forgets."""

from typing import Any

import pytest

from app.settings import Settings
from tests.record.notes.raw import literal, refusal
from tests.support.house import Clinic
from tests.support.world import AMENDMENT, DISCLOSURE


@pytest.fixture
async def client_id(clinic: Clinic) -> str:
    client = await clinic["therapist"].made("/clients", {"given_name": "Robin", "family_name": "Example"})
    return str(client["id"])


@pytest.fixture
async def request_(clinic: Clinic, client_id: str) -> dict[str, Any]:
    return dict(await clinic["therapist"].made(f"/clients/{client_id}/requests", AMENDMENT))


async def test_what_was_asked_never_changes(settings: Settings, request_: dict[str, Any]) -> None:
    mine = f"WHERE id = {literal(request_['id'])}"
    for change in (
        "kind = 'access'",
        "received_on = '2026-01-01'",
        "asked_by = 'representative'",
        "recorded_by = client_id",
        "client_id = recorded_by",
    ):
        said = await refusal(settings, f"UPDATE client_requests SET {change} {mine}")
        assert "never changes" in said, change
    assert "never removed" in await refusal(settings, f"DELETE FROM client_requests {mine}")


async def test_an_answer_stands(settings: Settings, clinic: Clinic, request_: dict[str, Any]) -> None:
    path, admin = f"/client-requests/{request_['id']}", clinic["admin"]
    mine = f"WHERE id = {literal(request_['id'])}"
    await admin.changed(f"{path}/extend", {"reason": "Time."}, version=1, method="POST")
    for change in ("due_on = '2027-01-01'", "state = 'open'", "extended_on = NULL, extension_reason = NULL"):
        said = await refusal(settings, f"UPDATE client_requests SET {change} {mine}")
        assert "never changes" in said, change
    denial = {"denial_reason": "accurate_and_complete", "answer": "It is so."}
    await admin.changed(f"{path}/deny", denial, version=2, method="POST")
    await admin.changed(f"{path}/disagreement", {"statement": "It is not."}, version=3, method="POST")
    for change in (
        "state = 'fulfilled', denial_reason = NULL",
        "state = 'extended', closed_on = NULL, closed_by = NULL, denial_reason = NULL",
        "closed_on = '2026-01-01'",
        "denial_reason = 'not_created_here'",
        "determined_by = recorded_by",
        "statement = NULL, statement_on = NULL",
    ):
        said = await refusal(settings, f"UPDATE client_requests SET {change} {mine}")
        assert "never changes" in said, change


async def test_a_state_has_what_belongs_to_it(settings: Settings, request_: dict[str, Any]) -> None:
    mine = f"WHERE id = {literal(request_['id'])}"
    for change, rule in (
        ("state = 'denied', closed_on = received_on, closed_by = recorded_by", "denial"),
        ("state = 'fulfilled'", "closed_on"),
        ("extended_on = received_on", "extension"),
        ("statement = details, statement_on = received_on", "statement"),
    ):
        assert f"ck_client_requests_{rule}" in await refusal(settings, f"UPDATE client_requests SET {change} {mine}")


async def test_what_was_disclosed_never_changes(settings: Settings, clinic: Clinic, client_id: str) -> None:
    disclosure = await clinic["therapist"].made(f"/clients/{client_id}/disclosures", DISCLOSURE)
    mine = f"WHERE id = {literal(disclosure['id'])}"
    for change in ("disclosed_on = '2026-01-01'", "purpose = 'research'", "client_id = recorded_by"):
        assert "never changes" in await refusal(settings, f"UPDATE disclosures SET {change} {mine}"), change
    assert "never removed" in await refusal(settings, f"DELETE FROM disclosures {mine}")
    path = f"/disclosures/{disclosure['id']}/entered-in-error"
    await clinic["therapist"].changed(path, {"reason": "Wrong client."}, version=1, method="POST")
    unmarked = f"UPDATE disclosures SET entered_in_error_at = NULL, error_reason = NULL {mine}"
    assert "never changes" in await refusal(settings, unmarked)
