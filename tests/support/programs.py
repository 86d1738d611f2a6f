"""A program of the clinic: a service account with a key of its own, which signs what it likes."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import httpx
from joserfc.jwk import ECKey, RSAKey
from joserfc.jws import JWSRegistry

from app.core.ids import new_id
from tests.support.house import Api, Clinic, House

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
TOKEN_PATH = "/oauth/token"


@dataclass(frozen=True)
class Form:
    """A body that is sent as a form."""

    fields: dict[str, str]


def content_of(body: Any) -> dict[str, Any]:
    """Return how httpx is told to send a body."""
    return {"data": body.fields} if isinstance(body, Form) else {"json": body}


@cache
def rsa_key(kid: str = "rsa") -> RSAKey:
    """Return an RSA key, always the same: making one takes long."""
    return RSAKey.generate_key(2048, {"kid": kid})


def ec_key(kid: str = "one", curve: str = "P-384") -> ECKey:
    """Make an EC key."""
    return ECKey.generate_key(curve, {"kid": kid})


def public(*keys: ECKey | RSAKey) -> dict[str, Any]:
    """Return the public halves as a key set."""
    return {"keys": [key.as_dict(private=False) for key in keys]}


def encoded(part: bytes) -> str:
    """Return a part of a JWT."""
    return base64.urlsafe_b64encode(part).decode().rstrip("=")


def unsigned(header: Mapping[str, Any], claims: Mapping[str, Any]) -> str:
    """Return what is signed of a JWT."""
    return ".".join(encoded(json.dumps(part).encode()) for part in (header, claims))


def sign(key: ECKey | RSAKey, header: Mapping[str, Any], claims: Mapping[str, Any]) -> str:
    """Sign anything, also what no honest library would."""
    content = unsigned(header, claims)
    signature = JWSRegistry.algorithms[header["alg"]].sign(content.encode(), key)
    return f"{content}.{encoded(signature)}"


@dataclass
class Program:
    """A program, its keys, and what is told it when it asks for a token."""

    house: House
    id: str
    key: ECKey | RSAKey
    algorithm: str = "ES384"
    account: dict[str, Any] = field(default_factory=dict)

    @property
    def issuer(self) -> str:
        """The address the service is known by."""
        return self.house.settings.issuer

    def header(self, **changes: Any) -> dict[str, Any]:
        """Return the header of a good assertion, changed; None takes a member away."""
        return _changed({"alg": self.algorithm, "typ": "JWT", "kid": self.key.kid}, changes)

    def claims(self, **changes: Any) -> dict[str, Any]:
        """Return the claims of a good assertion, changed; None takes a member away."""
        now = int(self.house.clock().timestamp())
        good = {"iss": self.id, "sub": self.id, "aud": self.issuer + TOKEN_PATH, "exp": now + 240, "iat": now}
        return _changed({**good, "jti": str(new_id())}, changes)

    def assertion(self, **changes: Any) -> str:
        """Sign an assertion with these claims changed."""
        return sign(self.key, self.header(), self.claims(**changes))

    def form(self, assertion: str | None = None, scope: str = "system/*.cruds", **changes: Any) -> dict[str, str]:
        """Return what is sent for a token."""
        good = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": assertion or self.assertion(),
            "scope": scope,
        }
        return _changed(good, changes)

    async def ask(self, assertion: str | None = None, scope: str = "system/*.cruds", **changes: Any) -> httpx.Response:
        """Ask for a token."""
        return await self.house.client.post(TOKEN_PATH, data=self.form(assertion, scope, **changes))

    async def token(self, scope: str = "system/*.cruds") -> Api:
        """Get a token that must be given."""
        answer = await self.ask(scope=scope)
        assert answer.status_code == 200, answer.text
        return Api(self.house.client, answer.json()["access_token"], self.id)


async def program_of(
    clinic: Clinic, *scopes: str, key: ECKey | RSAKey | None = None, algorithm: str = "ES384"
) -> Program:
    """Give a clinic a program with a registered key."""
    admin, key = clinic["admin"], key or ec_key()
    account = await admin.made("/service-accounts", {"name": "EHR", "scopes": list(scopes or ("clients:read",))})
    registered = await admin.put(f"/service-accounts/{account['id']}/jwks", {"jwks": public(key)})
    assert registered.status_code == 201, registered.text
    return Program(clinic.house, account["id"], key, algorithm, account)


def _changed(good: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {**good, **changes}.items() if value is not None}
