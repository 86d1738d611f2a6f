"""An identity provider of our own, on this machine: it can change its keys, lie, go slow and sign anything."""

from datetime import datetime, timedelta
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from tests.support.elsewhere import Answer, Elsewhere

AUDIENCE = "https://stance.example"
DISCOVERY, KEYS = "/.well-known/openid-configuration", "/keys"
EVERY_ALGORITHM = ("RS256", "PS256", "ES256", "ES384", "EdDSA", "Ed25519")
NOTHING: Any = object()
"""In place of a claim or header: leave it out."""

RSA_KEYS = [RSAKey.generate_key(2048, {"kid": f"rsa-{number}", "use": "sig"}) for number in range(3)]
OTHER_KEYS: dict[str, Key] = {
    "ES256": ECKey.generate_key("P-256", {"kid": "p-256"}),
    "ES384": ECKey.generate_key("P-384", {"kid": "p-384"}),
    "Ed25519": OKPKey.generate_key("Ed25519", {"kid": "ed25519"}),
}


class _Signing(JWSRegistry):
    """Signs whatever it is told to, as a provider that is broken or hostile would."""

    max_header_length = max_payload_length = 100_000

    def get_alg(self, name: str) -> Any:
        return self.algorithms[name]

    def check_header(self, header: dict[str, Any]) -> None:
        """Take any header."""


class Issuer(Elsewhere):
    """Signs tokens as an identity provider would; a test changes what it must not."""

    def __init__(self, port: int) -> None:
        super().__init__(port)
        self.key: Key = RSA_KEYS[0]
        self.answers[DISCOVERY] = Answer.of({"issuer": self.url, "jwks_uri": f"{self.url}{KEYS}"})
        self.publish(self.key, *OTHER_KEYS.values())

    def publish(self, *keys: Key) -> None:
        """Tell these keys from now on."""
        self.answers[KEYS] = Answer.of({"keys": [key.as_dict(private=False) for key in keys]})

    def rotate(self, key: Key) -> None:
        """Sign with another key from now on, and tell that one alone."""
        self.key = key
        self.publish(key)

    def claims(self, now: datetime, subject: str = "someone", **changes: Any) -> dict[str, Any]:
        """Return what a good access token says, with changes."""
        seconds = int(now.timestamp())
        claims = {
            "iss": self.url,
            "aud": AUDIENCE,
            "sub": subject,
            "iat": seconds,
            "exp": seconds + 600,
            "client_id": "notes-frontend",
            "jti": f"{subject}-{seconds}",
        }
        return {name: value for name, value in (claims | changes).items() if value is not NOTHING}

    def token(
        self,
        now: datetime,
        subject: str = "someone",
        *,
        key: Key | None = None,
        header: dict[str, Any] | None = None,
        **changes: Any,
    ) -> str:
        """Sign an access token, a good one unless changed."""
        key = key or self.key
        said = {"alg": "RS256", "typ": "at+jwt", "kid": key.kid} | (header or {})
        said = {name: value for name, value in said.items() if value is not NOTHING}
        return jwt.encode(said, self.claims(now, subject, **changes), key, registry=_Signing())


def seconds(now: datetime, **offset: float) -> int:
    """Return a moment as JSON Web Tokens say it."""
    return int((now + timedelta(**offset)).timestamp())
