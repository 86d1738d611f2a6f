"""Our own keys, which sign access tokens, and the tokens themselves (RFC 9068).

A key's life: made and published (next), signing (active), published still while what it signed may live (retired),
gone. The moment at which the next one begins to sign is all that is stored; the rest follows from it.
"""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import zip_longest
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from app.access.oauth import domain, queries
from app.access.oauth.models import SigningKey
from app.core.crypto import KEY_BYTES, KeyRing, Wrapping
from app.core.ids import new_id
from app.core.scope import ScopedSession

KEY_LIFE = timedelta(days=90)
PUBLISHED_BEFORE = timedelta(hours=1)
"""How long a key is published before it signs: longer than anybody keeps the list of keys."""
KEPT_AFTER = domain.TOKEN_LIFE + timedelta(minutes=1)
"""How long a key is published after it stopped signing: until its last token has expired."""


class KeyState(StrEnum):
    """Where a signing key stands."""

    NEXT = "next"
    ACTIVE = "active"
    RETIRED = "retired"
    GONE = "gone"


@dataclass(frozen=True)
class Statement:
    """What an access token of ours says."""

    clinic_id: UUID
    client_id: UUID
    scopes: tuple[str, ...]
    id: UUID
    expires_at: datetime


def states_of(keys: Sequence[SigningKey], now: datetime) -> list[tuple[SigningKey, KeyState]]:
    """Return the keys with their states, the oldest first."""
    in_order = sorted(keys, key=lambda key: key.number)
    return [
        (key, _state(key, successor.signs_from if successor else None, now))
        for key, successor in zip_longest(in_order, in_order[1:])
    ]


def published(session: ScopedSession, now: datetime) -> list[dict[str, str]]:
    """Return the public keys that verify tokens, now or soon."""
    keys = _kept(session, now)
    return [key.public for key, state in keys if state is not KeyState.GONE]


def active_key(session: ScopedSession, ring: KeyRing, now: datetime) -> SigningKey:
    """Return the key that signs now; make the first, and the next one in time, and remove what nobody needs.

    Two processes that make the same one meet at its number: one of them runs again, and sees the other's.
    """
    keys = _kept(session, now)
    for key, state in keys:
        if state is KeyState.GONE:
            session.delete(key)
    active = next((key for key, state in keys if state is KeyState.ACTIVE), None)
    if active is None:
        return _make(session, ring, _number_after(keys), now, now)
    ends = active.signs_from + KEY_LIFE
    if ends - PUBLISHED_BEFORE <= now and not _has_next(keys):
        _make(session, ring, _number_after(keys), now, max(ends, now + PUBLISHED_BEFORE))
    return active


def rotate(session: ScopedSession, ring: KeyRing, now: datetime) -> SigningKey:
    """Let a new key sign an hour from now, or return the one that already waits to."""
    active_key(session, ring, now)
    keys = _kept(session, now)
    waiting = next((key for key, state in keys if state is KeyState.NEXT), None)
    return waiting or _make(session, ring, _number_after(keys), now, now + PUBLISHED_BEFORE)


def replace_at_once(session: ScopedSession, ring: KeyRing, now: datetime) -> SigningKey:
    """Let a new key sign from now on and believe no other: every token that is out there ends."""
    keys = _kept(session, now)
    for key, _ in keys:
        session.delete(key)
    return _make(session, ring, _number_after(keys), now, now)


def wrappings(session: ScopedSession, ring: KeyRing) -> Counter[Wrapping]:
    """Count the signing keys by the master key they are under."""
    return Counter(ring.wrapping_of(key.wrapped) for key in session.execute(queries.signing_keys()).scalars())


def rewrap(session: ScopedSession, ring: KeyRing) -> int:
    """Put the signing keys under the current master key, and return how many were under the previous one."""
    keys = session.execute(queries.signing_keys()).scalars()
    leaving = [key for key in keys if ring.wrapping_of(key.wrapped) is not Wrapping.CURRENT]
    for key in leaving:
        key.wrapped = ring.master.wrap(ring.unwrap(key.wrapped))
    return len(leaving)


def sign(key: SigningKey, ring: KeyRing, issuer: str, says: Statement, now: datetime) -> str:
    """Return an access token that lives five minutes."""
    secret = ec.derive_private_key(int.from_bytes(ring.unwrap(key.wrapped)), ec.SECP256R1())
    issued_at = int(now.timestamp())
    claims = {
        "iss": issuer,
        "aud": issuer,
        "sub": str(says.client_id),
        "client_id": str(says.client_id),
        "clinic_id": str(says.clinic_id),
        "scope": " ".join(says.scopes),
        "jti": str(says.id),
        "iat": issued_at,
        "exp": issued_at + int(domain.TOKEN_LIFE.total_seconds()),
    }
    header = {"alg": domain.TOKEN_ALGORITHM, "typ": domain.TOKEN_TYPE, "kid": key.kid}
    return jwt.encode(header, claims, ECKey.import_key(secret), [domain.TOKEN_ALGORITHM])


def issuer_of(token: str) -> object:
    """Return who a token says made it, which nobody has checked yet; None when it does not say."""
    try:
        claims = json.loads(jws.extract_compact(token.encode()).payload)
    except (JoseError, ValueError, RecursionError):
        return None
    return claims.get("iss") if isinstance(claims, dict) else None


def read(token: str, keys: Sequence[dict[str, str]], issuer: str, now: datetime) -> Statement | None:
    """Return what a token says, if one of our keys signed it and it is still good; None otherwise."""
    try:
        signature = jws.extract_compact(token.encode())
        header = signature.headers()
        jwk = next(key for key in keys if key["kid"] == header.get("kid"))
        is_ours = header.keys() == {"alg", "typ", "kid"} and header["typ"] == domain.TOKEN_TYPE
        key = ECKey.import_key({name: jwk[name] for name in ("kty", "crv", "x", "y")})
        if not is_ours or not jws.validate_compact(signature, key, [domain.TOKEN_ALGORITHM]):
            return None
        claims: dict[str, Any] = json.loads(signature.payload)
        expires_at = datetime.fromtimestamp(claims["exp"], UTC)
        if (claims["iss"], claims["aud"]) != (issuer, issuer) or expires_at <= now:
            return None
        scopes = tuple(claims["scope"].split())
        return Statement(UUID(claims["clinic_id"]), UUID(claims["sub"]), scopes, UUID(claims["jti"]), expires_at)
    except (JoseError, StopIteration, LookupError, TypeError, ValueError, AttributeError):
        return None


def _kept(session: ScopedSession, now: datetime) -> list[tuple[SigningKey, KeyState]]:
    return states_of(list(session.execute(queries.signing_keys()).scalars()), now)


def _state(key: SigningKey, end: datetime | None, now: datetime) -> KeyState:
    if key.signs_from > now:
        return KeyState.NEXT
    if end is None or end > now:
        return KeyState.ACTIVE
    return KeyState.RETIRED if end + KEPT_AFTER > now else KeyState.GONE


def _has_next(keys: Sequence[tuple[SigningKey, KeyState]]) -> bool:
    return any(state is KeyState.NEXT for _, state in keys)


def _number_after(keys: Sequence[tuple[SigningKey, KeyState]]) -> int:
    return keys[-1][0].number + 1 if keys else 1


def _make(session: ScopedSession, ring: KeyRing, number: int, now: datetime, signs_from: datetime) -> SigningKey:
    secret = ec.generate_private_key(ec.SECP256R1())
    scalar = secret.private_numbers().private_value.to_bytes(KEY_BYTES)
    public = ECKey.import_key(secret.public_key())
    kid = str(new_id())
    shown = {
        name: str(value) for name, value in public.as_dict(private=False).items() if name in {"kty", "crv", "x", "y"}
    }
    key = SigningKey(
        number=number,
        kid=kid,
        public=shown | {"kid": kid, "use": "sig", "alg": domain.TOKEN_ALGORITHM},
        wrapped=ring.master.wrap(scalar),
        created_at=now,
        signs_from=signs_from,
    )
    session.add(key)
    session.flush()
    return key
