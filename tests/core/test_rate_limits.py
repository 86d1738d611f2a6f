"""Counting requests: of a login from many places, of processes that share a store, and without that store."""

import asyncio

import pytest
from limits.aio.storage import MemoryStorage

from app.core.rate_limits import RateLimits, TooManyRequests, address_of, store_at


async def test_a_login_is_counted_wherever_the_guesses_come_from():
    limits = RateLimits(caller=1, address=1, sign_in=2)
    for number in range(2):
        await limits.count_sign_in({"state": {}, "client": (f"10.0.0.{number}", 1)}, "Robin@example")
    with pytest.raises(TooManyRequests):
        await limits.count_sign_in({"state": {}, "client": ("10.0.0.9", 1)}, "robin@EXAMPLE")


async def test_counts_go_on_here_while_the_shared_store_is_away():
    class Away(MemoryStorage):
        async def incr(self, key: str, expiry: float, amount: int = 1) -> int:
            raise ConnectionError

    class Hanging(MemoryStorage):
        async def incr(self, key: str, expiry: float, amount: int = 1) -> int:
            await asyncio.sleep(60)
            return 1

    for store in (Away(), Hanging()):
        limits = RateLimits(caller=1, address=1, sign_in=1, store=store)
        await limits.count_caller({}, "a")
        with pytest.raises(TooManyRequests):
            await limits.count_caller({}, "a")


async def test_several_processes_count_together_in_a_shared_store():
    store = MemoryStorage()
    one, other = (RateLimits(caller=1, address=1, sign_in=1, store=store) for _ in range(2))
    await one.count_caller({}, "a")
    with pytest.raises(TooManyRequests):
        await other.count_caller({}, "a")


def test_a_store_nobody_can_reach_is_refused_at_the_start():
    assert store_at("memory://") is None
    for address in ("nonsense://x", "valkey"):
        with pytest.raises(ValueError, match="STANCE_RATE_LIMIT_STORAGE"):
            store_at(address)


def test_an_ipv6_customer_is_one_address():
    assert address_of({"client": ("2001:db8:1:2:3:4:5:6", 1)}) == address_of({"client": ("2001:db8:1:2::9", 1)})
    assert address_of({"client": ("::ffff:10.0.0.1", 1)}) == address_of({"client": ("10.0.0.1", 2)}) == "10.0.0.1"
    assert address_of({"client": ("no:address", 1)}) == "no:address"
    assert address_of({}) == "unknown"
