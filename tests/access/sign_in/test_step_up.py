"""Sensitive acts ask a person to prove again who she is, when that was long ago."""

from app.access.identity.matrix import MATRIX
from app.core.ids import new_id
from tests.access.sign_in.signing_in import Kim, entries_of, hired, told
from tests.support.house import PASSWORD, Clinic
from tests.support.world import one_of_everything
from tests.walks.test_every_operation import OPERATIONS

SENSITIVE = {name for name, row in MATRIX.items() if row.fresh}


def someone() -> dict[str, object]:
    return {"display_name": "Sam", "roles": ["therapist"], "login": f"sam.{new_id().hex}", "password": PASSWORD}


async def carefree(clinic: Clinic) -> Clinic:
    """Let the clinic do without second factors, so that a password is all the proof there is."""
    await clinic["admin"].changed("/clinic", {"requires_second_factor": False}, version=1)
    return clinic


async def test_the_password_opens_sensitive_acts_for_fifteen_minutes(clinic: Clinic) -> None:
    admin = await hired(await carefree(clinic), "clinic_admin")
    session = await admin.signs_in()
    clinic.house.clock.advance(minutes=15)
    await session.refreshes()
    assert (await session.api.post("/practitioners", someone())).status_code == 201
    clinic.house.clock.advance(seconds=1)
    refused = await session.api.post("/practitioners", someone())
    assert told(refused) == (401, "insufficient_user_authentication")
    challenge = refused.headers["WWW-Authenticate"]
    assert challenge.startswith("Bearer ")
    assert 'error="insufficient_user_authentication"' in challenge
    assert 'max_age="900"' in challenge
    proof = await session.api.made("/auth/step-up", {"password": PASSWORD})
    assert (proof["authenticated_at"], proof["fresh_until"]) == ("2026-03-02T09:15:01Z", "2026-03-02T09:30:01Z")
    assert (await session.api.post("/practitioners", someone())).status_code == 201
    assert (await session.api.read("/me"))["authenticated_at"] == proof["authenticated_at"]
    clinic.house.clock.advance(minutes=16)
    await session.refreshes()
    refused = await session.api.post("/practitioners", someone())
    assert told(refused) == (401, "insufficient_user_authentication"), "going on is no proof"


async def test_every_sensitive_operation_asks_and_no_other(clinic: Clinic) -> None:
    world = await one_of_everything(clinic)
    kim = await hired(await carefree(clinic), "clinic_admin", "privacy_officer", "supervisor", "psychiatrist")
    session = await kim.signs_in()
    clinic.house.clock.advance(minutes=20)
    for name, method, path in OPERATIONS:
        if name in {"signOut", "signOutEverywhere", "stepUp"}:
            continue
        await session.refreshes()
        answer = await world.send(session.api, method, path, name)
        asks = answer.status_code == 401 and answer.json()["code"] == "insufficient_user_authentication"
        assert asks is (name in SENSITIVE), f"{name}: {answer.text}"


def test_what_is_sensitive() -> None:
    assert {
        *("openEmergencyAccess", "listAuditEventsAsFhir", "updateClinic"),
        *("createPractitioner", "updatePractitioner"),
        *("requestErasure", "approveErasure"),
        *("createServiceAccount", "updateServiceAccount", "createApiKey", "revokeApiKey", "replaceKeySet"),
    } <= SENSITIVE


async def test_what_another_process_was_shown_counts_here_at_once(clinic: Clinic) -> None:
    """This process remembers her as she was; before it refuses, it looks again."""
    admin = await hired(await carefree(clinic), "clinic_admin")
    session = await admin.signs_in()
    clinic.house.clock.advance(minutes=16)
    await session.refreshes()
    assert (await session.api.get("/me")).status_code == 200
    remembered = dict(clinic.house.door._callers)
    await session.api.made("/auth/step-up", {"password": PASSWORD})
    clinic.house.door._callers = remembered
    assert (await session.api.post("/practitioners", someone())).status_code == 201


async def test_a_wrong_password_proves_nothing_and_is_written_down(kim: Kim) -> None:
    session = await kim.signs_in()
    refused = await session.api.post("/auth/step-up", {"password": "not this sentence"})
    assert told(refused) == (401, "sign_in_refused")
    assert "not this sentence" not in refused.text
    assert await session.is_in()
    await session.api.made("/auth/step-up", {"password": PASSWORD})
    assert (await entries_of(kim.clinic, kim.id))[1:] == ["access.step_up_failed", "access.stepped_up"]


async def test_programs_are_not_asked_and_cannot_step_up(clinic: Clinic) -> None:
    account = await clinic["admin"].made("/service-accounts", {"name": "EHR", "scopes": ["clients:read"]})
    expires = {"expires_at": "2026-06-01T00:00:00Z"}
    key = await clinic["admin"].made(f"/service-accounts/{account['id']}/keys", expires)
    program = type(clinic["admin"])(clinic.house.client, key["secret"])
    for path in ("/auth/step-up", "/auth/sign-out-everywhere"):
        refused = await program.post(path, {"password": PASSWORD} if path.endswith("up") else None)
        assert told(refused) == (403, "not_signed_in_here")
