"""The chapter on programs of `docs/operations/identity.md`: its commands, as written, on a service that runs."""

import re
import subprocess
from asyncio import run
from dataclasses import replace
from pathlib import Path

from app.settings import Settings
from tests.cli.test_keys_page import Operator
from tests.support.house import Api, open_house
from tests.support.programs import Program, program_of
from tests.support.server import ROOT, serving

PAGE = (ROOT / "docs" / "operations" / "identity.md").read_text()
CHAPTER = PAGE.partition("\n## Programs\n")[2].partition("\n## ")[0]
DISCOVER, CLOSE, ROTATE, AT_ONCE = re.findall(r"```sh\n(.*?)```", CHAPTER, re.DOTALL)


async def founded(settings: Settings) -> tuple[Program, Api, str]:
    """Found a clinic whose program has a token."""
    async with open_house(settings) as house:
        clinic = await house.clinic()
        program = await program_of(clinic)
        return program, clinic["admin"], str((await program.token()).token)


async def let_in(settings: Settings, program: Program, token: str) -> tuple[bool, bool]:
    """Say whether a token still counts, and whether the program gets another one."""
    async with open_house(settings) as house:
        seen = await Api(house.client, token).get("/clients")
        return seen.status_code == 200, (await replace(program, house=house).ask()).status_code == 200


def test_the_chapter_is_right(settings: Settings, tmp_path: Path) -> None:
    program, admin, token = run(founded(settings))
    operator = Operator(settings, tmp_path)
    assert run(let_in(settings, program, token)) == (True, True)
    shown, rotated = operator.do(ROTATE).splitlines()
    assert (": active" in shown, "signs from" in rotated) == (True, True)
    assert run(let_in(settings, program, token)) == (True, True)
    assert "signs from" in operator.do(AT_ONCE)
    assert run(let_in(settings, program, token)) == (False, True)
    with serving(settings, tmp_path, STANCE_DRAIN_SECONDS="0", STANCE_PUBLIC_URL="https://notes.example") as server:
        environment = {"BASE_URL": server.url, "TOKEN": str(admin.token), "PROGRAM_ID": program.id}
        told = subprocess.run(["bash", "-c", DISCOVER], env=environment, capture_output=True, text=True, check=True)
        assert '"token_endpoint":"https://notes.example/oauth/token"' in told.stdout
        closed = subprocess.run(["bash", "-c", CLOSE], env=environment, capture_output=True, text=True, check=False)
        assert '"is_active":false' in closed.stdout, closed.stdout + closed.stderr
    assert run(let_in(settings, program, token)) == (False, False)
