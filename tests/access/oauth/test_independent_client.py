"""A client that others wrote gets tokens here: discovery, assertion, token, request, on a real server.

`requests-oauth2client` shares no line with this service, not even the library that signs.
"""

from pathlib import Path
from typing import Any

import httpx
import pytest
import requests
from jwskate import Jwk
from requests_oauth2client import InvalidClient, InvalidScope, OAuth2Client, OAuth2ClientCredentialsAuth, PrivateKeyJwt

from app.settings import Settings
from tests.support.live import live_clinic


def registered(url: str, token: str, *keys: Jwk, scopes: list[str]) -> str:
    """Do what an administrator does: add the program, and register its public keys."""
    with httpx.Client(base_url=f"{url}/v1", headers={"Authorization": f"Bearer {token}"}) as admin:
        account = admin.post("/service-accounts", json={"name": "EHR", "scopes": scopes}).json()
        jwks = {"keys": [dict(key.public_jwk()) for key in keys]}
        answer = admin.put(f"/service-accounts/{account['id']}/jwks", json={"jwks": jwks})
        assert answer.status_code == 201, answer.text
        return str(account["id"])


def client_of(url: str, program_id: str, key: Jwk) -> OAuth2Client:
    """Set the client up as its own manual says: from the address of the discovery document."""
    return OAuth2Client.from_discovery_endpoint(
        f"{url}/.well-known/oauth-authorization-server",
        issuer=url,
        auth=PrivateKeyJwt(program_id, key, alg=key.alg),
        testing=True,  # lets the client speak to http addresses, as those of tests are
    )


def test_an_independent_client_gets_a_token_and_works_with_it(settings: Settings, tmp_path: Path) -> None:
    keys = [Jwk.generate(alg="ES384", kid="elliptic"), Jwk.generate(alg="RS384", kid="rsa", key_size=2048)]
    with live_clinic(settings, tmp_path) as clinic:
        url = clinic.url
        token = httpx.post(f"{url}/v1/auth/sign-in", json={"login": "admin", "password": clinic.password}).json()
        program_id = registered(url, token["access_token"], *keys, scopes=["clients:read", "clients:write"])
        for key in keys:
            client = client_of(url, program_id, key)
            got = client.client_credentials(scope="system/*.rs")
            assert (got.expires_in, str(got.scope)) == (300, "system/Patient.rs")
            auth = OAuth2ClientCredentialsAuth(client, scope="system/Patient.crus")
            made = requests.post(
                f"{url}/v1/clients", json={"given_name": "Robin", "family_name": "Example"}, auth=auth, timeout=30
            )
            assert made.status_code == 201, made.text
            listed: Any = requests.get(f"{url}/v1/clients", auth=auth, timeout=30).json()
            assert made.json()["id"] in {one["id"] for one in listed["data"]}
            with pytest.raises(InvalidScope):
                client.client_credentials(scope="system/Encounter.rs")
        stranger = client_of(url, program_id, Jwk.generate(alg="ES384", kid="elliptic"))
        with pytest.raises(InvalidClient):
            stranger.client_credentials(scope="system/*.rs")
