"""Rate limits: how many requests a caller, an address or a login may make in a minute.

Minutes are those of the clock, so that a count is one number and a new minute forgets all of them at once. One process
counts in its own memory; several share their counts through a store that the `limits` library knows (Valkey, say).
"""

import asyncio
import hashlib
import ipaddress
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from app.core.logs import log
from app.core.problems import Problem

if TYPE_CHECKING:
    from limits.aio.storage import Storage

MEMORY = "memory://"
WINDOW_SECONDS = 60
_STORE_SECONDS = 0.25
"""A shared store that takes longer is out of order; every request waits for it."""


class TooManyRequests(Problem):
    """A caller, an address or a login made more requests in this minute than it may."""

    status = 429
    title = "Too many requests"


@dataclass(frozen=True)
class Quota:
    """How many requests a minute one caller (or address, or login) has."""

    name: str
    amount: int


class RateLimits:
    """Counts requests against quotas and says in every answer how many are left."""

    def __init__(self, *, caller: int, address: int, sign_in: int, store: "Storage | None" = None) -> None:
        """Take the requests a minute of each kind, and the store that several processes share."""
        self._caller = Quota("caller", caller)
        self._address = Quota("address", address)
        self._sign_in_address = Quota("sign-in-address", sign_in)
        self._sign_in_login = Quota("sign-in-login", sign_in)
        self._minute = 0
        self._counts: dict[str, int] = {}
        self._store = store

    async def count_caller(self, state: Any, caller_id: object) -> None:
        """Count a request of a known person or program."""
        await self._count(state, self._caller, str(caller_id))

    async def count_address(self, scope: Any) -> None:
        """Count a request whose caller nobody knows. A good token is never refused for its neighbours' sake."""
        await self._count(scope["state"], self._address, address_of(scope))

    async def count_sign_in(self, scope: Any, login: str) -> None:
        """Count an attempt to sign in, for where it comes from and for whom it is about."""
        await self._count(scope["state"], self._sign_in_address, address_of(scope))
        await self._count(scope["state"], self._sign_in_login, hashlib.sha256(login.lower().encode()).hexdigest())

    async def _count(self, state: Any, quota: Quota, key: str) -> None:
        now = time.time()
        minute = int(now // WINDOW_SECONDS)
        left_seconds = WINDOW_SECONDS - int(now % WINDOW_SECONDS)
        key = f"{quota.name}:{key}"
        used = self._hit(minute, key) if self._store is None else await self._hit_shared(self._store, minute, key)
        state.setdefault("rate_limits", []).append((quota, max(0, quota.amount - used), left_seconds))
        if used > quota.amount:
            raise TooManyRequests(
                f"At most {quota.amount} a minute. Try again in {left_seconds} seconds.",
                headers={"Retry-After": str(left_seconds)},
            )

    def _hit(self, minute: int, key: str) -> int:
        if minute != self._minute:
            self._minute, self._counts = minute, {}
        used = self._counts[key] = self._counts.get(key, 0) + 1
        return used

    async def _hit_shared(self, store: "Storage", minute: int, key: str) -> int:
        """Count in the shared store, or here while it does not answer: the record must stay within reach."""
        try:
            async with asyncio.timeout(_STORE_SECONDS):
                return await store.incr(f"stance:{key}:{minute}", WINDOW_SECONDS)
        except Exception as failure:  # noqa: BLE001 - each kind of store fails in its own way
            log.warning("rate_limit_store_failed", error_type=type(failure).__name__)
            return self._hit(minute, key)


def rate_limit_headers(state: Any) -> list[tuple[str, str]]:
    """Say what is left of each quota that was counted (draft-ietf-httpapi-ratelimit-headers)."""
    counted = state.get("rate_limits")
    if not counted:
        return []
    policies = ", ".join(f'"{quota.name}";q={quota.amount};w={WINDOW_SECONDS}' for quota, _, _ in counted)
    standing = ", ".join(f'"{quota.name}";r={left};t={seconds}' for quota, left, seconds in counted)
    return [("ratelimit-policy", policies), ("ratelimit", standing)]


def address_of(scope: Any) -> str:
    """Return where a request comes from: an IPv4 address, or the /64 network an IPv6 customer owns."""
    host: str = (scope.get("client") or ("unknown", 0))[0]
    if ":" not in host:
        return host
    try:
        address = ipaddress.IPv6Address(host.partition("%")[0])
    except ValueError:  # what a proxy forwarded is no address
        return host
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ipaddress.IPv6Network((address, 64), strict=False).network_address)


def store_at(address: str) -> "Storage | None":
    """Return the shared store at `valkey://host` or the like; none for `memory://`, which is this process."""
    if address == MEMORY:
        return None
    from limits.errors import ConfigurationError  # noqa: PLC0415 - most services count alone, and start without it
    from limits.storage import storage_from_string  # noqa: PLC0415

    try:
        return cast("Storage", storage_from_string(f"async+{address}"))  # what every `async+` scheme gives
    except ConfigurationError as wrong:
        raise ValueError(f"STANCE_RATE_LIMIT_STORAGE: {wrong}") from None
