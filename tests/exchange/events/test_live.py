"""Open streams: screens stay in step, and a stream ends when its reader may not, does not or cannot listen on."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from app.access.audit import service as audit
from app.core.ids import moved, new_id
from app.exchange.events import service, streams
from app.exchange.events.streams import EventStreams
from app.settings import Settings
from tests.exchange.events.listening import Listener, heard_since, listening
from tests.support.house import Api, Clinic, House, open_house

ROBIN = {"given_name": "Robin", "family_name": "Example"}


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "LOOK_SECONDS", 0.2)
    monkeypatch.setattr(streams, "LOOK_AFTER_FAILURE_SECONDS", 0.2)
    monkeypatch.setattr(streams, "ASK_AGAIN_SECONDS", 0.3)
    monkeypatch.setattr(streams, "HEARTBEAT_SECONDS", 0.5)


@pytest.fixture
async def house(settings: Settings) -> AsyncIterator[House]:
    async with open_house(settings.model_copy(update={"event_stream_seconds": 60.0})) as house:
        yield house


def open_in(house: House) -> EventStreams:
    found: EventStreams = house.app.state.event_streams
    return found


async def test_two_screens_of_one_person_and_one_of_a_colleague_stay_in_step(clinic: Clinic, house: House) -> None:
    therapist, colleague = clinic["therapist"], clinic["stranger"]
    async with (
        listening(house, therapist) as one,
        listening(house, therapist) as other,
        listening(house, colleague) as third,
    ):
        client = await therapist.made("/clients", ROBIN)
        told = [await screen.next("client.created") for screen in (one, other)]
        assert told[0] == told[1]
        assert told[0]["client_id"] == client["id"]
        member = {"practitioner_id": colleague.id, "care_role": "therapist"}
        await therapist.made(f"/clients/{client['id']}/care-team", member)
        await third.next("care_team.joined")
        await therapist.changed(f"/clients/{client['id']}", {"preferred_name": "Rob"}, version=1)
        for screen in (one, other, third):
            assert (await screen.next("client.changed"))["version"] == 2
        assert "client.created" not in third.text, "that was before she could see it"


async def test_what_commits_late_is_told_live_and_the_position_never_goes_back(
    clinic: Clinic, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    therapist = clinic["therapist"]
    async with listening(house, therapist) as screen:
        await therapist.made("/clients", ROBIN)
        await screen.next("care_team.joined")
        before = screen.position
        monkeypatch.setattr(audit, "new_id", lambda: moved(new_id(), -timedelta(seconds=30)))
        await therapist.made("/clients", ROBIN)
        assert (await screen.next("client.created"))["id"] < before
        assert screen.position >= before


async def test_a_quiet_stream_shows_that_it_lives_and_moves_its_position_on(clinic: Clinic, house: House) -> None:
    async with listening(house, clinic["therapist"]) as screen:
        first = screen.position
        await asyncio.wait_for(_until(lambda: screen.text.count(": still here") >= 2), 10)
        assert screen.position > first


async def test_after_a_break_of_the_database_nothing_is_missing(
    clinic: Clinic, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[object] = []
    news = service.news

    def away(*given: Any) -> Any:
        looked.append(given)
        if len(looked) < 4:
            raise ConnectionError
        return news(*given)

    monkeypatch.setattr(service, "news", away)
    async with listening(house, clinic["therapist"]) as screen:
        await clinic["therapist"].made("/clients", ROBIN)
        await screen.next("client.created")
    assert len(looked) >= 4


async def test_signing_out_ends_the_stream(clinic: Clinic, house: House) -> None:
    therapist = clinic["therapist"]
    async with listening(house, therapist) as screen:
        assert (await therapist.post("/auth/sign-out")).status_code == 204
        assert await screen.rest() == []
    assert len(open_in(house)) == 0


async def test_who_is_let_go_hears_nothing_more(clinic: Clinic, house: House) -> None:
    leaver = await clinic.join("leaver")
    client = await clinic["therapist"].made("/clients", ROBIN)
    member = {"practitioner_id": leaver.id, "care_role": "therapist"}
    await clinic["therapist"].made(f"/clients/{client['id']}/care-team", member)
    async with listening(house, leaver) as screen:
        await clinic["admin"].changed(f"/practitioners/{leaver.id}", {"is_active": False}, version=1)
        await clinic["therapist"].changed(f"/clients/{client['id']}", {"preferred_name": "Rob"}, version=1)
        assert await screen.rest() == []


async def test_a_scope_taken_away_ends_the_stream(clinic: Clinic, house: House) -> None:
    admin = clinic["admin"]
    account = await admin.made("/service-accounts", {"name": "EHR", "scopes": ["events:read", "clients:read"]})
    path = f"/service-accounts/{account['id']}"
    key = await admin.made(f"{path}/keys", {"expires_at": "2026-06-01T00:00:00Z"})
    async with listening(house, Api(house.client, key["secret"])) as screen:
        await admin.changed(path, {"scopes": ["clients:read"]}, version=1)
        await clinic["therapist"].made("/clients", ROBIN)
        assert await screen.rest() == []


async def test_an_expired_sign_in_ends_the_stream(clinic: Clinic, house: House) -> None:
    async with listening(house, clinic["therapist"]) as screen:
        house.clock.advance(days=1001)
        house.door.forget_everyone()
        assert await screen.rest() == []


async def test_a_slow_reader_is_cut_off_and_hears_everything_when_she_is_back(
    clinic: Clinic, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "MOST_WAITING", 3)
    therapist = clinic["therapist"]
    async with listening(house, therapist) as screen:
        screen.reads.clear()
        await asyncio.sleep(0.8)  # her heartbeat is stuck now
        for _ in range(3):
            await therapist.made("/clients", ROBIN)
            await asyncio.sleep(0.3)
        screen.reads.set()
        told = await screen.rest()
        assert len(told) < 6
        heard = {event["id"] for event in told + await _heard_now(house, therapist, screen.position)}
        assert len(heard) == 6


async def test_a_look_that_finds_much_cuts_nobody_off_who_keeps_up(
    clinic: Clinic, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "MOST_WAITING", 1)
    therapist = clinic["therapist"]
    async with listening(house, therapist) as screen:
        await asyncio.gather(*(therapist.made("/clients", ROBIN) for _ in range(3)))
        for _ in range(3):
            await screen.next("client.created")


async def test_who_goes_away_is_forgotten_and_nobody_looks_any_more(clinic: Clinic, house: House) -> None:
    async with listening(house, clinic["therapist"]):
        assert len(open_in(house)) == 1
        watching = open_in(house)._watching
    assert len(open_in(house)) == 0
    assert watching is not None
    await asyncio.wait_for(watching, 5)


async def test_when_the_process_stops_streams_end_at_once(clinic: Clinic, house: House) -> None:
    async with listening(house, clinic["therapist"]) as screen:
        house.app.state.draining.set()
        await asyncio.wait_for(screen.rest(), 2)
        assert screen.text.endswith("\n\n"), "the last event is whole"


async def test_a_caller_has_ten_streams_at_most(clinic: Clinic, house: House) -> None:
    listeners = [Listener(house, clinic["therapist"]) for _ in range(11)]
    for listener in listeners:
        await listener.open()
    assert [listener.status for listener in listeners] == [200] * 10 + [429]
    assert int(listeners[-1].headers["retry-after"]) >= 1
    async with listening(house, clinic["stranger"]) as other:
        assert other.status == 200, "somebody else is not concerned"
    await listeners[0].go_away()
    async with listening(house, clinic["therapist"]) as again:
        assert again.status == 200
    for listener in listeners[1:]:
        await listener.go_away()
    assert len(open_in(house)) == 0


async def test_a_process_has_room_for_so_many_streams(
    clinic: Clinic, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "MOST_OF_ALL", 1)
    async with listening(house, clinic["therapist"]):
        refused = Listener(house, clinic["stranger"])
        await refused.open()
        assert (refused.status, refused.headers["retry-after"]) == (503, "1")


async def test_a_refused_stream_takes_no_room(clinic: Clinic, house: House) -> None:
    answer = await clinic["therapist"].get("/events/stream", headers={"Last-Event-ID": "none"})
    assert answer.status_code == 422
    assert len(open_in(house)) == 0


async def _heard_now(house: House, person: Api, last: str) -> list[Any]:
    """Resume, and end the stream after what was missed."""
    open_in(house).seconds = 0
    return await heard_since(person, last)


async def _until(is_so: Any) -> None:
    while not is_so():  # noqa: ASYNC110 - what is waited for is text that grows
        await asyncio.sleep(0.05)
