"""Which passwords are taken, and how they are changed, reset and kept."""

from uuid import UUID

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from app.access.identity.models import PasswordCredential
from app.access.identity.password_rules import check_password
from app.access.identity.queries import set_password
from app.core.problems import ValidationFailed
from app.core.scope import ScopedSession
from app.core.system import SYSTEM
from tests.access.sign_in.signing_in import Kim, entries_of, told
from tests.support.house import PASSWORD, Clinic

NEW = "quite another sentence of mine"
KNOWN = ("robin.example@clinic.example", "Robin Example", "Riverside MBT Clinic")


@pytest.mark.parametrize(
    "password",
    [
        "passwordpassword",
        "Password-Password-1",
        "robin.example2026",
        "riverside clinic 1",
        "Riverside-MBT-2026!!",
        "123456789012345678",
        "qwertyuiopasdfghjkl",
        "aaaaaaaaaaaaaaaaaaaaa",
        "abababababababababab",
        "letmein letmein 123",
        "               .",
    ],
)
def test_what_somebody_would_try_first_is_refused(password: str) -> None:
    with pytest.raises(ValidationFailed) as refused:
        check_password(password, KNOWN, "/password")
    assert [error.code for error in refused.value.errors] == ["password_guessable"]


@pytest.mark.parametrize(
    "password",
    [PASSWORD, NEW, "köttbullar på torsdagar", "Jv1-p8Zq_w3LkT0sRb9XyA2c", "雨の日は窓の外を見ていました昨日"],
)
def test_a_sentence_of_ones_own_is_taken(password: str) -> None:
    check_password(password, KNOWN, "/password")


async def test_a_guessable_password_is_refused_wherever_one_is_set(clinic: Clinic, kim: Kim) -> None:
    session, guessable = await kim.signs_in(), kim.login
    someone = {
        "display_name": "Sam",
        "roles": ["therapist"],
        "login": "sam.sample",
        "password": "sam.sample.sam.sample",
    }
    changing = {"old_password": PASSWORD, "new_password": guessable}
    answers = [
        await clinic["admin"].post("/practitioners", someone),
        await session.api.post("/auth/password", changing),
        await clinic["admin"].post(f"/practitioners/{kim.id}/password", {"new_password": guessable}),
    ]
    assert [(answer.status_code, answer.json()["errors"][0]["code"]) for answer in answers] == [
        (422, "password_guessable")
    ] * 3
    assert guessable not in "".join(answer.text for answer in answers)


async def test_changing_it_ends_the_other_sign_ins_and_tells_her(kim: Kim) -> None:
    here, there = await kim.signs_in(), await kim.signs_in()
    wrong = {"old_password": "not this sentence at all", "new_password": NEW}
    assert told(await here.api.post("/auth/password", wrong)) == (401, "sign_in_refused")
    answer = await here.api.post("/auth/password", {"old_password": PASSWORD, "new_password": NEW})
    assert answer.status_code == 204
    assert [await here.is_in(), await there.is_in()] == [True, False]
    assert told(await kim.tries()) == (401, "sign_in_refused")
    await kim.signs_in(password=NEW)
    assert [one["kind"] for one in (await here.api.read("/notices"))["data"]] == ["password_changed"]
    assert "access.password_changed" in await entries_of(kim.clinic, kim.id)


async def test_an_admin_resets_a_colleagues_password(kim: Kim) -> None:
    session, path = await kim.signs_in(), f"/practitioners/{kim.id}/password"
    assert (await kim.clinic["therapist"].post(path, {"new_password": NEW})).status_code == 403
    other = await kim.clinic.house.clinic()
    assert (await other["admin"].post(path, {"new_password": NEW})).status_code == 404
    assert (await kim.clinic["admin"].post(path, {"new_password": NEW})).status_code == 204
    assert not await session.is_in()
    again = await kim.signs_in(password=NEW)
    assert [one["kind"] for one in (await again.api.read("/notices"))["data"]] == ["password_changed"]
    (entry,) = (await kim.clinic["admin"].read("/audit-events?type=access.password_reset"))["data"]
    assert (entry["entity_id"], entry["actor_id"]) == (kim.id, kim.clinic["admin"].id)


async def test_a_hash_with_other_parameters_is_renewed_at_the_next_sign_in(kim: Kim) -> None:
    weaker = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1).hash(PASSWORD)

    def weaken(session: ScopedSession) -> None:
        session.execute(set_password(kim.clinic.operator.clinic_id, _id_of(session), weaker))

    def _id_of(session: ScopedSession) -> UUID:
        return session.execute(
            select(PasswordCredential.practitioner_id).where(PasswordCredential.login == kim.login)
        ).scalar_one()

    def stored(session: ScopedSession) -> str:
        return session.execute(
            select(PasswordCredential.password_hash).where(PasswordCredential.login == kim.login)
        ).scalar_one()

    transactions = kim.clinic.house.door.transactions
    await transactions.keep(SYSTEM, weaken)
    assert told(await kim.tries("not this sentence at all")) == (401, "sign_in_refused")
    assert await transactions.look(SYSTEM, stored) == weaker
    await kim.signs_in()
    renewed = await transactions.look(SYSTEM, stored)
    assert renewed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    await kim.signs_in()
    assert await transactions.look(SYSTEM, stored) == renewed
