"""The chapter on people of `docs/operations/identity.md`: its commands, as written (the demo in test_tour.py)."""

import re
from asyncio import run
from pathlib import Path

from app.access.sign_in.second_factor import code_of
from app.settings import Settings
from tests.access.sign_in.signing_in import hired
from tests.cli.test_keys_page import Operator
from tests.support.house import PASSWORD, open_house
from tests.support.server import ROOT

PAGE = (ROOT / "docs" / "operations" / "identity.md").read_text()
CHAPTER = PAGE.partition("\n## People with a password\n")[2].partition("\n## ")[0]
PASSWORD_LOST, FACTOR_LOST, COUNT, IN_THE_DEMO_CLINIC = re.findall(r"```sh\n(.*?)```", CHAPTER, re.DOTALL)


async def enrolled(settings: Settings) -> tuple[str, str]:
    """Let somebody set up a second factor, and fail to sign in until she has to wait; return login and clinic."""
    async with open_house(settings) as house:
        kim = await hired(await house.clinic())
        session = await kim.signs_in()
        start = await session.api.made("/auth/second-factor")
        await session.api.made("/auth/second-factor/confirm", {"code": code_of(start["secret"], house.clock())})
        for _ in range(7):
            answer = await kim.tries()
        assert answer.status_code == 429
        return kim.login, kim.clinic.id


async def answers(settings: Settings, login: str, *passwords: str) -> list[int]:
    """Try passwords without a code."""
    async with open_house(settings) as house:
        wanted = [{"login": login, "password": password} for password in passwords]
        return [(await house.anonymous.post("/auth/sign-in", body)).status_code for body in wanted]


def test_the_chapter_is_right(settings: Settings, tmp_path: Path) -> None:
    login, clinic_id = run(enrolled(settings))
    operator = Operator(settings, tmp_path)
    operator.environment |= {"WHO": login, "CLINIC": clinic_id}
    new = operator.do(PASSWORD_LOST).strip().rpartition(" ")[2]
    assert run(answers(settings, login, PASSWORD, new)) == [401, 401], "her second factor stays"
    assert "second factor is gone" in operator.do(FACTOR_LOST)
    assert run(answers(settings, login, PASSWORD, new)) == [401, 200]
    assert operator.do(COUNT).strip() == "9"
    operator.environment["WHO"] = "nobody.here"
    assert "Nobody here has this login" in operator.do(PASSWORD_LOST, code=2)
