"""Reading what programs sign: whether a key set holds only what it may, and whether an assertion is what it says.

Which algorithms count is ours to say, and which key a program has is what its clinic registered: nothing in an
assertion's own header chooses either.
"""

import hashlib
import json
from base64 import b64decode
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from app.access.oauth.domain import (
    ASSERTION_ALGORITHMS,
    CLOCK_SLACK,
    LONGEST_ASSERTION,
    LONGEST_ASSERTION_ID,
    OAuthError,
    TokenRefused,
)

_HEADERS = {"alg", "typ", "kid", "jku"}
"""All its header may hold: keys it brings along (`jwk`, `x5c`, `x5u`) and extensions (`crit`) are refused."""
_CURVES = frozenset({"P-256", "P-384"})
_RSA_BITS = range(2048, 4097)
"""Shorter ones are weak; longer ones cost more to check than anybody should make us spend."""
UNKNOWN = "This program is not known here, or its key did not sign this assertion."
Key = ECKey | RSAKey
JsonObject = Mapping[str, Any]


class UnfitKey(Exception):
    """A key that cannot be registered; the message says why."""


@dataclass(frozen=True)
class Claimed:
    """An assertion as it was sent, of which nothing is believed yet."""

    signature: jws.CompactSignature
    header: JsonObject
    claims: JsonObject
    client_id: UUID


@dataclass(frozen=True)
class Assertion:
    """An assertion that holds: who signed it, what marks it as used, and until when that must be remembered."""

    client_id: UUID
    hash: bytes
    expires_at: datetime


def refuse(description: str) -> TokenRefused:
    """Return the refusal of an assertion."""
    return TokenRefused(OAuthError.INVALID_CLIENT, description)


def key_of(jwk: JsonObject) -> Key:
    """Return the public key of a JWK, or say what is wrong with it in words of our own."""
    try:
        if jwk.get("kty") == "EC" and jwk.get("crv") in _CURVES:
            return ECKey.import_key({name: jwk[name] for name in ("kty", "crv", "x", "y")})
        if jwk.get("kty") == "RSA":
            if int.from_bytes(b64decode(jwk["n"] + "==", altchars=b"-_")).bit_length() not in _RSA_BITS:
                raise UnfitKey("Use an RSA key of 2048 to 4096 bits.")
            return RSAKey.import_key({name: jwk[name] for name in ("kty", "n", "e")})
    except (JoseError, KeyError, TypeError, ValueError):
        raise UnfitKey("This is no public key in the form of RFC 7517.") from None
    raise UnfitKey("Use an EC key on P-256 or P-384, or an RSA key.")


def thumbprint_of(jwk: JsonObject) -> str:
    """Return the fingerprint of a public key (RFC 7638)."""
    return key_of(jwk).thumbprint()


def claimed_in(assertion: str) -> Claimed:
    """Take an assertion apart without believing it: whose key must have signed it is what it says itself."""
    try:
        signature = jws.extract_compact(assertion.encode())
        header, claims = signature.headers(), json.loads(signature.payload)
        client_id = UUID(claims["sub"])
    except (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise refuse("client_assertion must be a signed JWT whose sub is the id of the program.") from None
    if header.get("alg") not in ASSERTION_ALGORITHMS or not isinstance(header.get("kid"), str):
        raise refuse(f"The header of the assertion must name one of {_named(ASSERTION_ALGORITHMS)}, and its kid.")
    if str(header.get("typ", "")).upper() != "JWT" or header.keys() - _HEADERS:
        raise refuse(f"The header of the assertion must have typ JWT and nothing but {_named(sorted(_HEADERS))}.")
    if claims["sub"] != str(client_id):
        raise refuse(UNKNOWN)
    return Claimed(signature, header, claims, client_id)


def check(
    claimed: Claimed, keys: Sequence[JsonObject], jwks_uri: str | None, audiences: Collection[str], now: datetime
) -> Assertion:
    """Return the assertion if one of these keys signed it and it says what it must (RFC 7523, 3; SMART 2.2)."""
    _check_signature(claimed, keys)
    claims = claimed.claims
    if "jku" in claimed.header and (jwks_uri is None or claimed.header["jku"] != jwks_uri):
        raise refuse("jku must be the registered jwks_uri, or absent.")
    if claims.get("iss") != claims["sub"]:
        raise refuse("iss and sub must both be the id of the program.")
    audience = claims.get("aud")
    named = audience if isinstance(audience, list) else [audience]
    if not any(isinstance(one, str) and one in audiences for one in named):
        raise refuse(f"aud must be one of {_named(audiences)}.")
    expires_at = _moment(claims, "exp")
    if expires_at is None or not now < expires_at <= now + LONGEST_ASSERTION:
        raise refuse("exp must lie in the future, and no more than five minutes.")
    issued_at, good_from = _moment(claims, "iat"), _moment(claims, "nbf")
    if any(moment is not None and moment > now + CLOCK_SLACK for moment in (issued_at, good_from)):
        raise refuse("iat and nbf must not lie in the future.")
    if issued_at is not None and expires_at > issued_at + LONGEST_ASSERTION:
        raise refuse("exp must be no more than five minutes after iat.")
    marked = claims.get("jti")
    if not isinstance(marked, str) or not 1 <= len(marked) <= LONGEST_ASSERTION_ID:
        raise refuse(f"jti must be a text of 1 to {LONGEST_ASSERTION_ID} characters that is used once.")
    digest = hashlib.sha256(claimed.client_id.bytes + marked.encode("utf-8", "surrogatepass")).digest()
    return Assertion(claimed.client_id, digest, expires_at)


def _check_signature(claimed: Claimed, keys: Sequence[JsonObject]) -> None:
    algorithm = claimed.header["alg"]
    kind, curve = ASSERTION_ALGORITHMS[algorithm]
    fitting = [
        jwk
        for jwk in keys
        if jwk.get("kid") == claimed.header["kid"]
        and jwk.get("kty") == kind
        and (curve is None or jwk.get("crv") == curve)
        and jwk.get("alg", algorithm) == algorithm
        and jwk.get("use", "sig") == "sig"
    ]
    if len(fitting) != 1:
        raise refuse(UNKNOWN)
    try:
        is_signed = jws.validate_compact(claimed.signature, key_of(fitting[0]), [algorithm])
    except (JoseError, UnfitKey):
        is_signed = False
    if not is_signed:
        raise refuse(UNKNOWN)


def _moment(claims: JsonObject, name: str) -> datetime | None:
    value = claims.get(name)
    if value is None:
        return None
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    with suppress(ValueError, OverflowError, OSError):
        if is_number:
            return datetime.fromtimestamp(value, UTC)
    raise refuse(f"{name} must be a number of seconds since 1970.")


def _named(values: Collection[str]) -> str:
    return ", ".join(values)
