"""Who fails to prove who she is waits longer each time, everywhere, and learns nothing from it."""

import asyncio
from datetime import timedelta

import httpx
import pytest

from app.access.sign_in.throttle import FREE_FOR_ADDRESS, FREE_FOR_LOGIN, wait_after
from tests.access.sign_in.signing_in import Kim, told
from tests.support.house import PASSWORD, House, open_house

WRONG = "not this sentence at all"


async def fails(house: House, login: str, times: int) -> list[httpx.Response]:
    wanted = {"login": login, "password": WRONG}
    return [await house.anonymous.post("/auth/sign-in", wanted) for _ in range(times)]


async def test_after_five_failures_even_the_right_password_has_to_wait(house: House, kim: Kim) -> None:
    for answer in await fails(house, kim.login, FREE_FOR_LOGIN + 1):
        assert told(answer) == (401, "sign_in_refused")
    for answer in (await kim.tries(), await kim.tries(WRONG)):
        assert told(answer) == (429, "sign_in_throttled")
        assert answer.headers["Retry-After"] == "2"
    house.clock.advance(seconds=2)
    await kim.signs_in()
    for answer in await fails(house, kim.login, FREE_FOR_LOGIN):
        assert told(answer) == (401, "sign_in_refused"), "who got in starts anew"


async def test_a_login_nobody_has_is_throttled_like_one_somebody_has(house: House, kim: Kim) -> None:
    answers = [await fails(house, login, FREE_FOR_LOGIN + 3) for login in (kim.login, "nobody.here")]
    bodies = [[{**answer.json(), "instance": ""} for answer in some] for some in answers]
    assert bodies[0] == bodies[1]
    assert [answer.status_code for answer in answers[0]] == [401] * (FREE_FOR_LOGIN + 1) + [429] * 2


async def test_the_throttle_outlives_the_process_and_holds_in_every_other(house: House, kim: Kim) -> None:
    await fails(house, kim.login, FREE_FOR_LOGIN + 1)
    async with open_house(house.settings, house.clock) as other:
        wanted = {"login": kim.login, "password": PASSWORD}
        assert told(await other.anonymous.post("/auth/sign-in", wanted)) == (429, "sign_in_throttled")


async def test_many_attempts_at_once_are_no_way_round_it(house: House, kim: Kim) -> None:
    answers = await asyncio.gather(*(kim.tries(WRONG) for _ in range(12)))
    tried = [answer for answer in answers if answer.status_code == 401]
    assert len(tried) == FREE_FOR_LOGIN + 1
    assert all(told(answer) == (429, "sign_in_throttled") for answer in answers if answer not in tried)


async def test_who_tries_many_logins_from_one_address_has_to_wait_too(house: House) -> None:
    answers = [(await fails(house, f"nobody.{number}", 1))[0] for number in range(FREE_FOR_ADDRESS + 2)]
    assert [answer.status_code for answer in answers] == [401] * (FREE_FOR_ADDRESS + 1) + [429]


async def test_a_stolen_token_is_no_place_to_guess_the_password(house: House, kim: Kim) -> None:
    session = await kim.signs_in()
    for _ in range(FREE_FOR_LOGIN + 1):
        await session.api.post("/auth/step-up", {"password": WRONG})
    assert told(await session.api.post("/auth/step-up", {"password": PASSWORD})) == (429, "sign_in_throttled")
    new = {"old_password": PASSWORD, "new_password": "quite another sentence of mine"}
    assert told(await session.api.post("/auth/password", new)) == (429, "sign_in_throttled")


@pytest.mark.parametrize(("failures", "seconds"), [(0, 0), (5, 0), (6, 2), (7, 4), (10, 32), (14, 300), (1000, 300)])
def test_the_wait_doubles_up_to_five_minutes_and_never_locks_out(failures: int, seconds: int) -> None:
    assert wait_after(failures, FREE_FOR_LOGIN) == timedelta(seconds=seconds)
