"""A second factor: how one comes by it, what it opens, and what each code is worth."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.access.identity.domain import WITH_SECOND_FACTOR, permissions_of
from app.access.identity.matrix import NEEDS
from app.access.practitioners.domain import Role
from app.access.sign_in.models import RecoveryCode, SecondFactor
from app.access.sign_in.second_factor import code_of, matching_step, new_recovery_codes, new_seed, plain
from app.core.scope import ScopedSession
from tests.access.sign_in.signing_in import Kim, SignedIn, entries_of, hired, told
from tests.support.house import PASSWORD, START, Clinic
from tests.support.world import one_of_everything
from tests.walks.test_every_operation import OPERATIONS


class Enrolled:
    """Somebody whose app shows codes."""

    def __init__(self, kim: Kim, seed: str, recovery_codes: list[str]) -> None:
        self.kim, self.seed, self.recovery_codes = kim, seed, recovery_codes

    @property
    def code(self) -> str:
        return code_of(self.seed, self.kim.clinic.house.clock())


async def enrolled(kim: Kim) -> tuple[SignedIn, Enrolled]:
    """Sign in, set a second factor up, and wait until its first code is spent."""
    session = await kim.signs_in()
    start = await session.api.made("/auth/second-factor")
    code = {"code": code_of(start["secret"], kim.clinic.house.clock())}
    codes = await session.api.made("/auth/second-factor/confirm", code)
    kim.clinic.house.clock.advance(seconds=60)
    return session, Enrolled(kim, start["secret"], codes["recovery_codes"])


async def test_without_a_second_factor_what_is_said_about_clients_stays_closed(kim: Kim) -> None:
    session = await kim.signs_in()
    me = await session.api.read("/me")
    assert me["has_second_factor"] is False
    held = permissions_of([Role.THERAPIST])
    assert set(me["withheld"]) == WITH_SECOND_FACTOR & held
    assert set(me["permissions"]) == held - WITH_SECOND_FACTOR
    refused = await session.api.get("/notes")
    assert told(refused) == (403, "second_factor_missing")
    assert "POST /v1/auth/second-factor" in refused.json()["detail"]
    assert (await session.api.get("/clients")).status_code == 200
    (refusal,) = (await kim.clinic["admin"].read("/audit-events?type=access.refused"))["data"]
    assert refusal["details"]["code"] == "second_factor_missing"


async def test_every_operation_that_needs_a_second_factor_is_refused_without_one(clinic: Clinic) -> None:
    world = await one_of_everything(clinic)
    session = await (await hired(clinic, *Role)).signs_in()
    closed = {name for name, needed in NEEDS.items() if needed in WITH_SECOND_FACTOR}
    for name, method, path in OPERATIONS:
        if name in {"signOut", "signOutEverywhere", "removeSecondFactor"}:
            continue
        answer = await world.send(session.api, method, path, name)
        is_refused = answer.status_code == 403 and answer.json()["code"] == "second_factor_missing"
        assert is_refused is (name in closed), f"{name}: {answer.text}"


def test_who_has_a_password_alone_cannot_give_herself_more() -> None:
    assert {"updateClinic", "createApiKey", "createPractitioner", "updatePractitioner", "resetSecondFactor"} <= {
        name for name, needed in NEEDS.items() if needed in WITH_SECOND_FACTOR
    }


async def test_setting_one_up_opens_everything_at_once(kim: Kim) -> None:
    elsewhere = await kim.signs_in()
    session, its = await enrolled(kim)
    me = await session.api.read("/me")
    assert (me["has_second_factor"], me["withheld"]) == (True, [])
    assert (await session.api.get("/notes")).status_code == 200
    assert len(set(its.recovery_codes)) == 10
    assert not await elsewhere.is_in(), "it was begun with a password alone"
    (notice,) = (await session.api.read("/notices"))["data"]
    assert notice["kind"] == "second_factor_added"
    assert (await entries_of(kim.clinic, kim.id))[2:4] == [
        "access.second_factor_started",
        "access.second_factor_added",
    ]


async def test_the_secret_is_one_that_apps_understand(kim: Kim) -> None:
    session = await kim.signs_in()
    start = await session.api.made("/auth/second-factor")
    assert start["otpauth_uri"] == f"otpauth://totp/Clinic:{kim.login}?secret={start['secret']}&issuer=Clinic"
    again = await session.api.made("/auth/second-factor")
    assert again["secret"] != start["secret"]
    old = await session.api.post("/auth/second-factor/confirm", {"code": code_of(start["secret"], START)})
    assert (old.status_code, old.json()["errors"][0]["code"]) == (422, "wrong_code")
    await session.api.made("/auth/second-factor/confirm", {"code": code_of(again["secret"], START)})
    third = await session.api.post("/auth/second-factor")
    assert told(third) == (409, "second_factor_exists")


async def test_who_has_one_signs_in_with_its_code_and_each_code_once(kim: Kim) -> None:
    _, its = await enrolled(kim)
    code = its.code
    session = await kim.signs_in(code=f"{code[:3]} {code[3:]}")
    assert (await session.api.read("/me"))["has_second_factor"] is True
    assert told(await kim.tries(code=code)) == (401, "sign_in_refused")
    kim.clinic.house.clock.advance(seconds=30)
    await kim.signs_in(code=its.code)


async def test_a_wrong_password_and_a_wrong_code_look_the_same(kim: Kim) -> None:
    _, its = await enrolled(kim)
    tries: list[dict[str, Any]] = [
        {"password": "not this sentence", "code": its.code},
        {"password": PASSWORD},
        {"password": PASSWORD, "code": "000000"},
        {"password": PASSWORD, "code": "abcd-efgh-jkmn-pqrs"},
        {"password": PASSWORD, "code": "\N{ARABIC-INDIC DIGIT ZERO}" * 6},
    ]
    answers = [await kim.tries(**one) for one in tries]
    bodies = [{**answer.json(), "instance": ""} for answer in answers]
    assert all(body == bodies[0] for body in bodies)
    assert told(answers[0]) == (401, "sign_in_refused")
    assert (await entries_of(kim.clinic, kim.id)).count("access.sign_in_failed") == len(tries)
    await kim.signs_in(code=its.code)


async def test_a_recovery_code_stands_in_for_the_app_once(kim: Kim) -> None:
    _, its = await enrolled(kim)
    session = await kim.signs_in(code=its.recovery_codes[3].upper().replace("-", " "))
    assert (await session.api.read("/me"))["has_second_factor"] is True
    assert told(await kim.tries(code=its.recovery_codes[3])) == (401, "sign_in_refused")
    await kim.signs_in(code=its.recovery_codes[4])
    log = await kim.clinic["admin"].read("/audit-events?type=access.recovery_code_used")
    assert [entry["details"]["left"] for entry in log["data"]] == [8, 9]


async def test_stepping_up_asks_for_a_code_too(kim: Kim) -> None:
    session, its = await enrolled(kim)
    assert told(await session.api.post("/auth/step-up", {"password": PASSWORD})) == (401, "sign_in_refused")
    proof = await session.api.made("/auth/step-up", {"password": PASSWORD, "code": its.code})
    assert proof["has_second_factor"] is True


async def test_removing_it_takes_a_fresh_proof_and_closes_again_what_it_opened(kim: Kim) -> None:
    session, its = await enrolled(kim)
    kim.clinic.house.clock.advance(minutes=16)
    await session.refreshes()
    refused = await session.api.request("DELETE", "/auth/second-factor")
    assert told(refused) == (401, "insufficient_user_authentication")
    await session.api.made("/auth/step-up", {"password": PASSWORD, "code": its.code})
    assert (await session.api.request("DELETE", "/auth/second-factor")).status_code == 204
    assert told(await session.api.get("/notes")) == (403, "second_factor_missing")
    assert told(await session.api.request("DELETE", "/auth/second-factor")) == (409, "no_second_factor")
    await kim.signs_in()


async def test_an_admin_resets_a_colleagues_and_the_colleague_is_told(kim: Kim) -> None:
    session, _ = await enrolled(kim)
    path = f"/practitioners/{kim.id}/second-factor"
    assert (await kim.clinic["therapist"].request("DELETE", path)).status_code == 403
    other = await kim.clinic.house.clinic()
    assert (await other["admin"].request("DELETE", path)).status_code == 404
    assert (await kim.clinic["admin"].request("DELETE", path)).status_code == 204
    assert not await session.is_in()
    again = await kim.signs_in()
    assert [one["kind"] for one in (await again.api.read("/notices"))["data"]] == [
        "second_factor_removed",
        "second_factor_added",
    ]
    (entry,) = (await kim.clinic["admin"].read("/audit-events?type=access.second_factor_reset"))["data"]
    assert (entry["entity_id"], entry["actor_id"]) == (kim.id, kim.clinic["admin"].id)


async def test_a_clinic_may_do_without(kim: Kim) -> None:
    session = await kim.signs_in()
    assert (await session.api.get("/notes")).status_code == 403
    await kim.clinic["admin"].changed("/clinic", {"requires_second_factor": False}, version=1)
    assert (await session.api.get("/notes")).status_code == 200
    me = await session.api.read("/me")
    assert (me["has_second_factor"], me["withheld"]) == (False, [])


async def test_what_another_process_was_shown_opens_here_at_once(kim: Kim) -> None:
    session = await kim.signs_in()
    assert (await session.api.get("/notes")).status_code == 403
    remembered = dict(kim.clinic.house.door._callers)
    start = await session.api.made("/auth/second-factor")
    code = {"code": code_of(start["secret"], kim.clinic.house.clock())}
    await session.api.made("/auth/second-factor/confirm", code)
    kim.clinic.house.door._callers = remembered
    assert (await session.api.get("/notes")).status_code == 200


async def test_programs_have_no_second_factor_and_are_not_asked(clinic: Clinic) -> None:
    account = await clinic["admin"].made("/service-accounts", {"name": "EHR", "scopes": ["notes:read"]})
    expires = {"expires_at": "2026-06-01T00:00:00Z"}
    key = await clinic["admin"].made(f"/service-accounts/{account['id']}/keys", expires)
    program = type(clinic["admin"])(clinic.house.client, key["secret"])
    assert (await program.get("/notes")).status_code == 200
    assert told(await program.post("/auth/second-factor")) == (403, "not_signed_in_here")


async def test_secrets_are_sealed_and_codes_are_hashes(kim: Kim) -> None:
    _, its = await enrolled(kim)

    def kept(session: ScopedSession) -> Iterator[bytes]:
        yield from session.execute(select(SecondFactor.seed)).scalars()
        yield from session.execute(select(RecoveryCode.code_hash)).scalars()

    stored = await kim.clinic.house.door.transactions.read(kim.clinic.operator, lambda work: list(kept(work.session)))
    assert len(stored) == 11
    for secret in (its.seed, *its.recovery_codes, *map(plain, its.recovery_codes)):
        assert all(secret.encode() not in one for one in stored)


@pytest.mark.parametrize(("seconds", "is_taken"), [(-61, False), (-30, True), (0, True), (30, True), (61, False)])
def test_a_clock_may_be_half_a_minute_wrong(seconds: int, is_taken: bool) -> None:
    seed = new_seed()
    now = datetime(2026, 3, 2, 9, 0, 15, tzinfo=START.tzinfo)
    code = code_of(seed, now + timedelta(seconds=seconds))
    assert (matching_step(seed, code, now, None) is not None) is is_taken


def test_no_step_counts_twice_nor_one_before_it() -> None:
    seed = new_seed()
    step = matching_step(seed, code_of(seed, START), START, None)
    assert step is not None
    assert matching_step(seed, code_of(seed, START), START, step) is None
    assert matching_step(seed, code_of(seed, START - timedelta(seconds=30)), START, step) is None
    later = START + timedelta(seconds=30)
    assert matching_step(seed, code_of(seed, later), START, step) == step + 1


def test_recovery_codes_are_made_anew_each_time() -> None:
    codes = [code for _ in range(50) for code in new_recovery_codes()]
    assert len(set(codes)) == 500
    assert all(len(plain(code)) == 16 for code in codes)
