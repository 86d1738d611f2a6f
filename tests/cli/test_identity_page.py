"""`docs/operations/identity.md`, the clinic's identity provider: its commands as they are written, and what they do."""

import asyncio
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from app.settings import Settings
from tests.support.elsewhere import Answer, authority_file, somewhere_else
from tests.support.house import Api, House, open_house
from tests.support.issuer import AUDIENCE, DISCOVERY, KEYS, RSA_KEYS, Issuer
from tests.support.keys import environment_for
from tests.support.server import ROOT

PAGE = (ROOT / "docs" / "operations" / "identity.md").read_text()
CHAPTER = PAGE.partition("## The clinic's identity provider\n")[2].partition("\n## ")[0]
REGISTER, LINK, CLOSE = re.findall(r"```sh\n(.*?)```", CHAPTER, re.DOTALL)


class Operator:
    """Somebody with `stance` on the path and the page before her."""

    def __init__(self, settings: Settings, folder: Path, **values: str) -> None:
        script = folder / "stance"
        script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m app.cli "$@"\n')
        script.chmod(stat.S_IRWXU)
        self.environment = environment_for(settings) | {
            "STANCE_OUTBOUND_PRIVATE_HOSTS": ",".join(settings.outbound_private_hosts),
            "STANCE_OUTBOUND_CA_FILE": str(settings.outbound_ca_file),
            **values,
        }
        self.environment["PATH"] = f"{folder}:{self.environment['PATH']}"

    async def do(self, block: str, code: int = 0) -> str:
        """Follow a part of the page, while everything else goes on."""
        told = await asyncio.to_thread(
            subprocess.run,
            ["bash", "-euo", "pipefail", "-c", f"trap 'echo \"${{PROVIDER:-}}\"' EXIT\n{block}"],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert told.returncode == code, told.stdout + told.stderr
        *lines, provider = told.stdout.splitlines() or [""]
        self.environment["PROVIDER"] = provider or self.environment.get("PROVIDER", "")
        return "\n".join(lines) + told.stderr


async def status_of(house: House, issuer: Issuer) -> int:
    """Ask with a new token of the provider, in a process that remembers nothing."""
    house.door.forget_everyone()
    token = issuer.token(house.clock.now, "staff-7")
    return (await Api(house.client, token).get("/me")).status_code


async def test_the_page_is_right(settings: Settings, tmp_path: Path):
    async with somewhere_else(Issuer) as issuer:
        assert isinstance(issuer, Issuer)
        outbound = {"outbound_private_hosts": (issuer.host,), "outbound_ca_file": authority_file(tmp_path)}
        settings = settings.model_copy(update=outbound)
        async with open_house(settings) as house:
            clinic = await house.clinic()
            known_as = {"PRACTITIONER": clinic["therapist"].id, "SUBJECT": "staff-7"}
            values = {"CLINIC": clinic.id, "ISSUER": issuer.url, "AUDIENCE": AUDIENCE}
            operator = Operator(settings, tmp_path, **values, **known_as)
            assert await status_of(house, issuer) == 401
            assert "4 keys" in await operator.do(REGISTER)
            assert await status_of(house, issuer) == 401
            told = await operator.do(LINK)
            assert f"{operator.environment['PROVIDER']}: Clinic sign-in, {issuer.url}, open" in told
            assert f"practitioner {clinic['therapist'].id} is staff-7" in told
            assert await status_of(house, issuer) == 200
            await operator.do(CLOSE)
            assert await status_of(house, issuer) == 401
            assert "closed" in await operator.do(LINK.splitlines()[1])
            log = await clinic["admin"].read("/audit-events?limit=20")
            by_operator = {entry["type"] for entry in log["data"] if entry["actor_kind"] == "operator"}
            assert by_operator >= {
                "identity_provider.registered",
                "external_identity.linked",
                "identity_provider.changed",
            }


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
async def test_the_check_says_why_a_provider_cannot_be_used(settings: Settings, tmp_path: Path):
    async with somewhere_else(Issuer) as issuer:
        assert isinstance(issuer, Issuer)
        outbound = {"outbound_private_hosts": (issuer.host,), "outbound_ca_file": authority_file(tmp_path)}
        settings = settings.model_copy(update=outbound)
        async with open_house(settings) as house:
            clinic = await house.clinic()
        values = {"CLINIC": clinic.id, "ISSUER": issuer.url, "AUDIENCE": AUDIENCE}
        operator = Operator(settings, tmp_path, **values)
        register, check = REGISTER.splitlines()
        await operator.do(register)
        issuer.answers[DISCOVERY] = Answer.of({"issuer": "https://other.example", "jwks_uri": issuer.url})
        assert "discovery_of_another_issuer" in await operator.do(check, 1)
        issuer.answers[DISCOVERY] = Answer.of({"issuer": issuer.url, "jwks_uri": f"{issuer.url}{KEYS}"})
        issuer.answers[KEYS] = Answer.of({"keys": []})
        assert "0 keys" in await operator.do(check, 1)
        issuer.rotate(RSA_KEYS[1])
        assert "1 keys" in await operator.do(check)
        operator.environment["STANCE_OUTBOUND_PRIVATE_HOSTS"] = ""
        assert re.search("not_public|address_unfit", await operator.do(check, 1))
        again = await operator.do(register, 1)
        assert "This issuer is registered already" in again
