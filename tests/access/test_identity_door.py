"""The door: requests that come with one token at once share its look-up, and nobody is let in by what was forgotten."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from app.access.identity.door import Door
from app.core.problems import Unauthorized
from tests.support.house import Clinic

LOOK_UPS = 2
"""Whose token it is, and what she may do today."""


@contextmanager
def look_ups(door: Door, monkeypatch: pytest.MonkeyPatch, *, held: asyncio.Event | None = None) -> Iterator[list[int]]:
    """Count what the door asks the database, and let it wait for its answers."""
    count, look = [0], door.transactions.look

    async def counted(*wanted: Any, **values: Any) -> Any:
        count[0] += 1
        if held is not None:
            await held.wait()
        return await look(*wanted, **values)

    with monkeypatch.context() as patched:
        patched.setattr(door.transactions, "look", counted)
        yield count


async def test_requests_that_come_at_once_with_one_token_share_its_look_up(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
):
    door, therapist = clinic.house.door, clinic["therapist"]
    door.forget_everyone()
    with look_ups(door, monkeypatch) as count:
        await asyncio.gather(*(therapist.read("/me") for _ in range(5)))
        assert count == [LOOK_UPS]
        await therapist.read("/me")
        assert count == [LOOK_UPS]


async def test_who_goes_away_during_a_look_up_leaves_it_to_the_others(clinic: Clinic, monkeypatch: pytest.MonkeyPatch):
    door, token, held = clinic.house.door, clinic["therapist"].token or "", asyncio.Event()
    door.forget_everyone()
    with look_ups(door, monkeypatch, held=held) as count:
        impatient, patient = (asyncio.create_task(door.caller_of(token)) for _ in range(2))
        await asyncio.sleep(0)
        impatient.cancel()
        held.set()
        assert (await patient).id == (await door.caller_of(token)).id
        assert count == [LOOK_UPS]
    with pytest.raises(asyncio.CancelledError):
        await impatient


async def test_a_look_up_from_before_a_change_serves_nobody_after_it(clinic: Clinic, monkeypatch: pytest.MonkeyPatch):
    door, token, held = clinic.house.door, clinic["therapist"].token or "", asyncio.Event()
    door.forget_everyone()
    with look_ups(door, monkeypatch, held=held) as count:
        early = asyncio.create_task(door.caller_of(token))
        for _ in ("it asks", "the look-up begins"):
            await asyncio.sleep(0)
        assert count == [1]
        door.forget_everyone()
        late = asyncio.create_task(door.caller_of(token))
        held.set()
        assert (await early).id == (await late).id
        assert count == [2 * LOOK_UPS]


async def test_everyone_who_came_with_an_unknown_token_is_refused(clinic: Clinic, monkeypatch: pytest.MonkeyPatch):
    door = clinic.house.door
    with look_ups(door, monkeypatch) as count:
        refused = await asyncio.gather(*(door.caller_of("made-up") for _ in range(3)), return_exceptions=True)
    assert [type(one) for one in refused] == [Unauthorized] * 3
    assert count == [1]
