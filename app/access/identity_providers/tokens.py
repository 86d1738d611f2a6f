"""Reading a provider's access token: first who it claims to be from, then whether that is so. Pure.

Signature, algorithm, type, issuer, audience and times are all checked before anything a token says is believed
(RFC 7515, 7519, 8725, 9068). Why one is not good is said in a word for the log, and to its bearer never.
"""

import base64
import binascii
import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import Key
from joserfc.jws import JWSRegistry
from joserfc.jwt import ClaimsOption, JWTClaimsRegistry

from app.access.identity_providers import domain
from app.core.nesting import nests_too_deep

_LONGEST_KEY_ID = 255
_LONGEST_SUBJECT = 255
_MFA = "mfa"
"""What `amr` holds after more than one factor (RFC 8176)."""


class NotGood(Exception):
    """A token that is not what it claims to be."""

    def __init__(self, reason: str) -> None:
        """Say why, in a word."""
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Claimed:
    """What a token says of itself before anyone checked."""

    issuer: str
    key_id: str


@dataclass(frozen=True)
class Wanted:
    """What a provider's tokens must be like."""

    issuer: str
    audience: str
    algorithms: tuple[str, ...]
    subject_claim: str
    token_type: str


@dataclass(frozen=True)
class Checked:
    """What a good token says."""

    subject: str
    expires_at: datetime
    authenticated_at: datetime | None
    acr: str | None
    has_many_factors: bool


class _Decoder(json.JSONDecoder):
    """JSON without the numbers that are none, which compare with every moment as it suits them."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options, parse_constant=_refuse_constant)


class _Registry(JWSRegistry):
    """The algorithms of one provider, all public-key ones; headers may carry a certificate, which nobody reads."""

    max_header_length = 4096

    def get_alg(self, name: str) -> Any:
        if name not in (self.allowed or ()):
            raise NotGood("algorithm_not_allowed")
        return self.algorithms[name]


def claimed_by(token: str) -> Claimed | None:
    """Read issuer and key of a token nobody has checked yet; None when it is nothing we could check."""
    if len(token) > domain.LONGEST_TOKEN:
        return None
    try:
        header, claims = (_part(part) for part in token.split(".")[:2])
    except (ValueError, binascii.Error):
        return None
    issuer, key_id = claims.get("iss"), header.get("kid")
    if not isinstance(issuer, str):
        return None
    return Claimed(issuer, key_id if isinstance(key_id, str) and len(key_id) <= _LONGEST_KEY_ID else "")


def checked(token: str, key: Key | None, wanted: Wanted, now: datetime) -> Checked:
    """Check a token with the provider's key; `NotGood` says in a word what is wrong with it."""
    if key is None:
        raise NotGood("key_unknown")
    try:
        signed = jwt.decode(token, key, registry=_Registry(algorithms=wanted.algorithms), decoder_cls=_Decoder)
        _check_type(signed.header, wanted.token_type)
        _claims_for(wanted, now).validate(signed.claims)
    except NotGood:
        raise
    except JoseError as wrong:
        raise NotGood(wrong.error) from None
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError, OverflowError):
        raise NotGood("unreadable") from None
    return _understood(signed.claims, wanted, now)


def _understood(claims: dict[str, Any], wanted: Wanted, now: datetime) -> Checked:
    if domain.MARKS_OF_ID_TOKENS & claims.keys():
        raise NotGood("id_token")
    issued_at, expires_at = _moment(claims["iat"]), _moment(claims["exp"])
    if expires_at - issued_at > domain.LONGEST_TOKEN_LIFE:
        raise NotGood("lives_too_long")
    subject = claims[wanted.subject_claim]
    if not isinstance(subject, str) or not 0 < len(subject) <= _LONGEST_SUBJECT:
        raise NotGood("subject_unfit")
    authenticated_at = _moment(claims["auth_time"]) if "auth_time" in claims else None
    if authenticated_at is not None and authenticated_at > now + domain.LEEWAY:
        raise NotGood("authenticated_in_the_future")
    acr, amr = claims.get("acr"), claims.get("amr")
    return Checked(
        subject,
        expires_at + domain.LEEWAY,
        authenticated_at,
        acr if isinstance(acr, str) else None,
        isinstance(amr, list) and _MFA in amr,
    )


def _claims_for(wanted: Wanted, now: datetime) -> JWTClaimsRegistry:
    essential = ("sub", wanted.subject_claim, "exp", "iat")
    needed: dict[str, ClaimsOption] = {name: {"essential": True} for name in essential}
    return JWTClaimsRegistry(
        now=int(now.timestamp()),
        leeway=int(domain.LEEWAY.total_seconds()),
        iss={"essential": True, "value": wanted.issuer},
        aud={"essential": True, "value": wanted.audience},
        **needed,
    )


def _check_type(header: dict[str, Any], wanted: str) -> None:
    found = header.get("typ")
    if not isinstance(found, str) or _media_type(found) != _media_type(wanted):
        raise NotGood("type_not_accepted")


def _media_type(name: str) -> str:
    """Return a type as RFC 7515 compares it: `at+jwt` is short for `application/at+jwt`."""
    return name.lower().removeprefix("application/")


def _moment(value: object) -> datetime:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise NotGood("time_unfit")
    try:
        return datetime.fromtimestamp(0, UTC) + timedelta(seconds=value)
    except OverflowError:
        raise NotGood("time_unfit") from None


def _part(part: str) -> dict[str, Any]:
    text = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)).decode()
    found = _PARSE(text) if not nests_too_deep(text) else None
    if isinstance(found, dict):
        return found
    raise ValueError


def _refuse_constant(_constant: str) -> NoReturn:
    raise ValueError


_PARSE: Callable[[str], Any] = _Decoder().decode
