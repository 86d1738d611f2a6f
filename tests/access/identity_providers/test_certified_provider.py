"""End to end with a certified OpenID provider (npm `oidc-provider`): code with PKCE, its own JWT, a change of keys."""

import asyncio
import base64
import hashlib
import json
import secrets
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc.jwk import ECKey

from app.settings import Settings
from tests.support.elsewhere import AUTHORITY, authority_file
from tests.support.house import Api, Clock, open_house
from tests.support.issuer import AUDIENCE
from tests.support.server import ROOT, free_port

pytestmark = pytest.mark.needs_node
ACCOUNT = "staff-7"
REDIRECT = "https://notes.example/back"
TOOLS = ROOT / "openapi" / "tools"


@asynccontextmanager
async def provider(folder: Path, port: int, key: ECKey) -> AsyncIterator[str]:
    """Run the provider with one key, and return its issuer."""
    certificate = folder / "provider.pem"
    AUTHORITY.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(str(certificate))
    issuer = f"https://localhost:{port}"
    settings = {
        "issuer": issuer,
        "audience": AUDIENCE,
        "redirectUri": REDIRECT,
        "account": ACCOUNT,
        "port": port,
        "certificateFile": str(certificate),
        "keys": [key.as_dict(private=True)],
    }
    process = await asyncio.create_subprocess_exec(
        *("node", TOOLS / "oidc-provider.mjs", json.dumps(settings)),
        cwd=TOOLS,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        assert process.stdout is not None
        assert await asyncio.wait_for(process.stdout.readline(), 60) == b"ready\n"
        yield issuer
    finally:
        process.terminate()
        await process.wait()


async def signed_in(issuer: str, trust: ssl.SSLContext) -> Any:
    """Sign in as a frontend does: authorization code with PKCE, for a token with our audience."""
    verifier = secrets.token_urlsafe(32)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    async with httpx.AsyncClient(verify=trust, base_url=issuer) as browser:
        about = (await browser.get("/.well-known/openid-configuration")).json()
        asked = {
            "client_id": "notes-frontend",
            "redirect_uri": REDIRECT,
            "response_type": "code",
            "scope": "openid",
            "resource": AUDIENCE,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        answer = await browser.get(about["authorization_endpoint"], params=asked)
        while not answer.headers["Location"].startswith(REDIRECT):
            answer = await browser.get(answer.headers["Location"])
        (code,) = parse_qs(urlsplit(answer.headers["Location"]).query)["code"]
        exchange = {
            "grant_type": "authorization_code",
            "client_id": "notes-frontend",
            "redirect_uri": REDIRECT,
            "code": code,
            "code_verifier": verifier,
            "resource": AUDIENCE,
        }
        answer = await browser.post(about["token_endpoint"], data=exchange)
        assert answer.status_code == 200, answer.text
        return answer.json()


class RealTime(Clock):
    """The time the provider has too, from which this clinic's clock may be moved on."""

    def __init__(self) -> None:
        super().__init__()
        self.now = datetime.now(UTC)


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
async def test_people_sign_in_with_a_certified_provider(settings: Settings, tmp_path: Path):
    ca_file, port = authority_file(tmp_path), free_port()
    trust = ssl.create_default_context(cafile=str(ca_file))
    outbound = {"outbound_private_hosts": (f"localhost:{port}",), "outbound_ca_file": ca_file}
    first, second = [ECKey.generate_key("P-256", {"kid": kid, "alg": "ES256", "use": "sig"}) for kid in ("1", "2")]
    clock = RealTime()
    async with open_house(settings.model_copy(update=outbound), clock) as house:
        clinic = await house.clinic()
        admin, therapist = clinic["admin"], clinic["therapist"]
        async with provider(tmp_path, port, first) as issuer:
            wanted = {"name": "Sign-in", "issuer": issuer, "audience": AUDIENCE, "algorithms": ["ES256"]}
            path = f"/identity-providers/{(await admin.made('/identity-providers', wanted))['id']}/identities"
            await admin.made(path, {"practitioner_id": therapist.id, "subject": ACCOUNT})
            tokens = await signed_in(issuer, trust)
            me = await Api(house.client, tokens["access_token"]).read("/me")
            assert (me["id"], me["roles"]) == (therapist.id, ["therapist"])
            caller = await house.door.caller_of(tokens["access_token"])
            assert (caller.has_second_factor, caller.authenticated_at is not None) == (True, True)
            refused = await Api(house.client, tokens["id_token"]).get("/me")
            assert refused.status_code == 401, "an identity token opens nothing"
        async with provider(tmp_path, port, second) as issuer:
            tokens = await signed_in(issuer, trust)
            clock.advance(minutes=1)
            assert (await Api(house.client, tokens["access_token"]).get("/me")).status_code == 200
