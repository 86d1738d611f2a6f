"""The keys of identity providers, fetched when a token needs them and kept for a while.

A provider changes its keys without telling anyone: an unknown key id is the sign to look again. Whoever sends tokens
with made-up key ids makes us look once a minute at most. While a provider does not answer, the keys it had go on.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey, import_key

from app.core.clock import Clock
from app.core.fetching import OutboundFailed, WayOut
from app.core.logs import log

FRESH_FOR = timedelta(minutes=10)
STALE_FOR = timedelta(hours=24)
BETWEEN_LOOKS = timedelta(minutes=1)
_MOST_KEYS = 50
_SHORTEST_MODULUS = 342
"""2048 bits in base64url."""


class NoKeys(Exception):
    """The provider's keys are not known, and it does not tell them now."""


@dataclass
class _KeySet:
    """What is known of one provider's keys."""

    keys: Mapping[str, Key] = field(default_factory=dict)
    jwks_uri: str | None = None
    fetched_at: datetime | None = None
    looked_at: datetime | None = None
    looking: asyncio.Lock = field(default_factory=asyncio.Lock)

    def is_younger_than(self, age: timedelta, now: datetime) -> bool:
        return self.fetched_at is not None and now - self.fetched_at < age

    def may_look(self, now: datetime) -> bool:
        return self.looked_at is None or now - self.looked_at >= BETWEEN_LOOKS


class KeySets:
    """Knows the keys of every registered provider that somebody came with a token of."""

    def __init__(self, outbound: WayOut, clock: Clock) -> None:
        """Take the way out, and the clock."""
        self._outbound, self._clock = outbound, clock
        self._known: dict[tuple[str, str | None], _KeySet] = {}

    async def key(self, issuer: str, jwks_uri: str | None, key_id: str) -> Key | None:
        """Return a provider's key by its id, None when it has no such key; `NoKeys` when nobody can tell."""
        known = self._known.setdefault((issuer, jwks_uri), _KeySet(jwks_uri=jwks_uri))
        # While one looks, the others go on with a key that is known, and wait for one that is not.
        if key_id not in known.keys if known.looking.locked() else not self._suffices(known, key_id):
            async with known.looking:
                if not self._suffices(known, key_id):
                    await self._look(known, issuer, jwks_uri)
        if not known.is_younger_than(STALE_FOR, self._clock()):
            raise NoKeys
        return known.keys.get(key_id)

    def _suffices(self, known: _KeySet, key_id: str) -> bool:
        now = self._clock()
        is_known = known.is_younger_than(FRESH_FOR, now) and key_id in known.keys
        return is_known or not known.may_look(now)

    async def _look(self, known: _KeySet, issuer: str, jwks_uri: str | None) -> None:
        known.looked_at = self._clock()
        try:
            if jwks_uri is None and not known.is_younger_than(FRESH_FOR, known.looked_at):
                known.jwks_uri = await discovered(self._outbound, issuer)
            assert known.jwks_uri is not None  # noqa: S101 - registered, or discovered before there were any keys
            keys = keys_in(await self._outbound.get_json(known.jwks_uri))
        except OutboundFailed as failed:
            log.warning("identity_provider.keys_unavailable", reason=failed.reason.value)
        except Unfit as unfit:
            log.warning("identity_provider.keys_unavailable", reason=unfit.reason)
        else:
            known.keys, known.fetched_at = keys, known.looked_at


class Unfit(Exception):
    """The provider answered with something that is no key set of its own."""

    def __init__(self, reason: str) -> None:
        """Say why, in a word."""
        super().__init__(reason)
        self.reason = reason


async def discovered(outbound: WayOut, issuer: str) -> str:
    """Ask a provider where its keys are; only what names itself the same is believed (OpenID Connect Discovery)."""
    document = await outbound.get_json(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    if not isinstance(document, dict) or document.get("issuer") != issuer:
        raise Unfit("discovery_of_another_issuer")
    jwks_uri = document.get("jwks_uri")
    if not isinstance(jwks_uri, str):
        raise Unfit("discovery_without_keys")
    return jwks_uri


def keys_in(document: Any) -> dict[str, Key]:
    """Read the public keys of a JSON Web Key Set (RFC 7517) that can check signatures, by their ids."""
    listed = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(listed, list):
        raise Unfit("no_key_set")
    keys: dict[str, Key] = {}
    for entry in listed[:_MOST_KEYS]:
        if isinstance(entry, dict) and isinstance(entry.get("kid"), str) and entry.get("use", "sig") == "sig":
            key = _readable(entry)
            if key is not None:
                keys.setdefault(entry["kid"], key)
    return keys


def _readable(entry: dict[str, Any]) -> Key | None:
    if entry.get("kty") == "RSA" and len(str(entry.get("n"))) < _SHORTEST_MODULUS:
        return None
    try:
        key = import_key(entry)
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    return key if isinstance(key, RSAKey | ECKey | OKPKey) else None
