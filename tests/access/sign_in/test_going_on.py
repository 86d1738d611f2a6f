"""How long a sign-in lasts, how it goes on, and how it ends."""

import asyncio
from datetime import timedelta

from sqlalchemy import select

from app.access.identity.models import BearerToken, SignIn
from app.access.practitioners.domain import Role
from app.access.sign_in.models import RefreshToken
from app.core.scope import ScopedSession
from app.core.system import SYSTEM
from tests.access.sign_in.signing_in import Kim, entries_of, told
from tests.support.house import START, Clinic, House, open_house


def at(**after: float) -> str:
    return (START + timedelta(**after)).isoformat().replace("+00:00", "Z")


async def test_a_pair_says_when_each_of_the_two_ends(kim: Kim) -> None:
    pair = (await kim.signs_in()).pair
    assert (pair["expires_at"], pair["refresh_expires_at"]) == (at(minutes=10), at(minutes=30))
    assert pair["refresh_token"].startswith("stance_refresh_")


async def test_a_refreshed_sign_in_goes_on_with_a_new_pair(kim: Kim) -> None:
    session = await kim.signs_in()
    kim.clinic.house.clock.advance(minutes=29)
    assert not await session.is_in()
    before = await session.refreshes()
    assert await session.is_in()
    assert {session.pair["access_token"], session.pair["refresh_token"]}.isdisjoint(before.pair.values())
    assert session.pair["refresh_expires_at"] == at(minutes=59)
    assert await entries_of(kim.clinic, kim.id) == ["access.signed_in"]


async def test_thirty_idle_minutes_end_a_sign_in(kim: Kim) -> None:
    session = await kim.signs_in()
    kim.clinic.house.clock.advance(minutes=30)
    assert told(await session.sends(session.pair["refresh_token"])) == (401, "sign_in_over")


async def test_twelve_hours_end_the_busiest_sign_in(kim: Kim) -> None:
    session = await kim.signs_in()
    for _ in range(28):
        kim.clinic.house.clock.advance(minutes=25)
        await session.refreshes()
    kim.clinic.house.clock.advance(minutes=15)
    await session.refreshes()
    assert (session.pair["expires_at"], session.pair["refresh_expires_at"]) == (at(hours=12), at(hours=12))
    kim.clinic.house.clock.advance(minutes=5)
    assert not await session.is_in()
    assert told(await session.sends(session.pair["refresh_token"])) == (401, "sign_in_over")


async def test_a_refresh_token_that_comes_twice_ends_the_whole_sign_in_and_no_other(kim: Kim) -> None:
    stolen, elsewhere = await kim.signs_in(), await kim.signs_in()
    before = await stolen.refreshes()
    assert told(await stolen.sends(before.pair["refresh_token"])) == (401, "sign_in_over")
    assert not await stolen.is_in()
    assert not await before.is_in()
    assert told(await stolen.sends(stolen.pair["refresh_token"])) == (401, "sign_in_over")
    assert await elsewhere.is_in()
    (notice,) = (await elsewhere.api.read("/notices"))["data"]
    assert (notice["kind"], notice["about"]) == ("refresh_token_reused", "sign_in")
    assert (await entries_of(kim.clinic, kim.id))[2:] == ["access.refresh_token_reused"]


async def test_of_two_who_refresh_at_once_one_wins_and_then_nobody_is_in(kim: Kim) -> None:
    session = await kim.signs_in()
    answers = await asyncio.gather(*(session.sends(session.pair["refresh_token"]) for _ in range(5)))
    won = [answer for answer in answers if answer.status_code == 200]
    assert len(won) == 1
    assert all(told(answer) == (401, "sign_in_over") for answer in answers if answer not in won)
    session.pair = won[0].json()
    assert not await session.is_in()


async def test_what_is_no_refresh_token_of_ours_is_refused_the_same_way(kim: Kim) -> None:
    session = await kim.signs_in()
    for wrong in ("stance_refresh_unknown", session.pair["access_token"], "x"):
        assert told(await session.sends(wrong)) == (401, "sign_in_over")
    session.pair["access_token"] = session.pair["refresh_token"]
    assert not await session.is_in()


async def test_signing_out_ends_this_sign_in_with_its_refresh_token(kim: Kim) -> None:
    here, there = await kim.signs_in(), await kim.signs_in()
    before = await here.refreshes()
    assert (await here.api.post("/auth/sign-out")).status_code == 204
    assert [await one.is_in() for one in (here, before, there)] == [False, False, True]
    assert told(await here.sends(here.pair["refresh_token"])) == (401, "sign_in_over")


async def test_signing_out_everywhere_ends_all_of_hers_and_nobody_elses(kim: Kim) -> None:
    here, there = await kim.signs_in(), await kim.signs_in()
    assert (await here.api.post("/auth/sign-out-everywhere")).status_code == 204
    assert [await one.is_in() for one in (here, there)] == [False, False]
    for one in (here, there):
        assert told(await one.sends(one.pair["refresh_token"])) == (401, "sign_in_over")
    assert (await kim.clinic["therapist"].get("/me")).status_code == 200
    assert (await entries_of(kim.clinic, kim.id))[-1] == "access.signed_out_everywhere"


async def test_signing_out_everywhere_ends_emergency_access(clinic: Clinic) -> None:
    client = await clinic["therapist"].made("/clients", {"given_name": "A", "family_name": "B"})
    reason = {"reason_code": "medical_emergency", "justification": "The hospital phoned and needs the crisis plan."}
    access = await clinic["stranger"].made("/emergency-accesses", {"client_id": client["id"], **reason})
    await clinic["stranger"].post("/auth/sign-out-everywhere")
    officer = await clinic.join("officer", Role.PRIVACY_OFFICER)
    found = await officer.read(f"/emergency-accesses/{access['id']}")
    assert found["ended_at"] == at()


async def test_who_may_no_longer_sign_in_may_not_go_on_either(kim: Kim) -> None:
    session = await kim.signs_in()
    await kim.clinic["admin"].changed(f"/practitioners/{kim.id}", {"is_active": False}, version=1)
    assert told(await session.sends(session.pair["refresh_token"])) == (401, "sign_in_over")


async def test_a_sign_out_is_heard_by_other_processes(house: House, kim: Kim) -> None:
    """Another process remembers a token for five seconds at most; here it is made to look again."""
    session = await kim.signs_in()
    async with open_house(house.settings, house.clock) as other:
        there = await other.client.get("/v1/me", headers={"Authorization": f"Bearer {session.pair['access_token']}"})
        assert there.status_code == 200
        await session.api.post("/auth/sign-out")
        other.door.forget_everyone()
        there = await other.client.get("/v1/me", headers={"Authorization": f"Bearer {session.pair['access_token']}"})
        assert there.status_code == 401


async def test_what_is_long_over_is_forgotten_at_the_next_sign_in(kim: Kim) -> None:
    def kept(session: ScopedSession) -> list[int]:
        tables = (SignIn, RefreshToken, BearerToken)
        of_kim = (SignIn.practitioner_id, RefreshToken.practitioner_id, BearerToken.holder_id)
        return [
            sum(str(owner) == kim.id for owner in session.execute(select(column)).scalars())
            for _, column in zip(tables, of_kim, strict=True)
        ]

    session = await kim.signs_in()
    await session.refreshes()
    look = kim.clinic.house.door.transactions.look
    assert await look(SYSTEM, kept) == [1, 2, 2]
    kim.clinic.house.clock.advance(days=2)
    await kim.signs_in()
    assert await look(SYSTEM, kept) == [1, 1, 1]
