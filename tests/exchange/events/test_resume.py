"""Who was away hears what she missed: nothing is lost, what comes twice is known by its id."""

from datetime import timedelta

import pytest

from app.access.audit import service as audit
from app.core.ids import moved, new_id
from app.exchange.events import domain
from tests.exchange.events.listening import events, frames, heard_since, position, text_since, types_since
from tests.support.house import Api, Clinic

ROBIN = {"given_name": "Robin", "family_name": "Example"}


def as_if_begun(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Let entries have the ids of a transaction that began earlier than it commits."""
    monkeypatch.setattr(audit, "new_id", lambda: moved(new_id(), -timedelta(seconds=seconds)))


async def test_what_was_missed_is_told_in_order_and_once(therapist: Api) -> None:
    last = await position(therapist)
    for _ in range(3):
        await therapist.made("/clients", ROBIN)
    ids = [event["id"] for event in await heard_since(therapist, last)]
    assert len(ids) == 6
    assert ids == sorted(set(ids))


async def test_a_resumed_stream_goes_on_from_its_last_position(therapist: Api) -> None:
    last = await position(therapist)
    await therapist.made("/clients", ROBIN)
    told = list(frames(await text_since(therapist, last)))
    assert told[0][0] == last, "if it breaks now, nothing is lost"
    positions = [place for place, _ in told]
    assert positions == sorted(positions)
    again = list(frames(await text_since(therapist, positions[-1])))
    assert [event for _, event in again[1:]] == [event for _, event in told[1:]], "the last minute comes once more"
    assert {place for place, _ in again} == {positions[-1]}, "and never takes the position back"


async def test_the_minute_that_is_told_again_is_nothing_that_was_missed(
    therapist: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(domain, "MOST_ENTRIES", 2)
    for _ in range(3):
        await therapist.made("/clients", ROBIN)
    last = await position(therapist)
    await therapist.made("/clients", ROBIN)
    assert "stream.reset" not in await types_since(therapist, last)
    await therapist.made("/clients", ROBIN)
    assert await types_since(therapist, last) == ["stream.reset"]


async def test_what_commits_late_with_a_smaller_id_is_told(therapist: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    before = await position(therapist)
    await therapist.made("/clients", ROBIN)
    last = list(frames(await text_since(therapist, before)))[-1][0]
    as_if_begun(monkeypatch, 30)
    late = await therapist.made("/clients", ROBIN)
    told = await heard_since(therapist, last)
    first = next(event for event in told if event["client_id"] == late["id"])
    assert first["id"] < last


@pytest.mark.parametrize("hours", [25, -1, 24 * 365 * 30])
async def test_an_id_not_of_the_last_day_resets_the_stream(therapist: Api, hours: float) -> None:
    await therapist.made("/clients", ROBIN)
    last = str(moved(new_id(), -timedelta(hours=hours)))
    told = list(frames(await text_since(therapist, last)))
    assert [event and event["type"] for _, event in told] == ["stream.opened", "stream.reset", None]
    assert told[0][0] != last, "the new stream has a position of its own"
    await therapist.made("/clients", ROBIN)
    assert "client.created" in await types_since(therapist, told[0][0])


async def test_too_much_to_tell_resets_the_stream(therapist: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    last = await position(therapist)
    monkeypatch.setattr(domain, "MOST_ENTRIES", 4)
    await therapist.made("/clients", ROBIN)
    await therapist.made("/clients", ROBIN)
    assert len(await heard_since(therapist, last)) == 4
    await therapist.made("/clients", ROBIN)
    assert await types_since(therapist, last) == ["stream.reset"]


@pytest.mark.parametrize("last", ["", "7", "yesterday", "01a20200-0000-7000-8000-00000000000g", "a" * 500])
async def test_an_id_that_is_none_is_refused(therapist: Api, last: str) -> None:
    answer = await therapist.get("/events/stream", headers={"Last-Event-ID": last})
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == ["Last-Event-ID"]


async def test_a_stream_tells_nothing_from_before_it_was_opened(clinic: Clinic) -> None:
    await clinic["therapist"].made("/clients", ROBIN)
    answer = await clinic["therapist"].get("/events/stream")
    assert [event["type"] for event in events(answer.text)] == ["stream.opened"]
