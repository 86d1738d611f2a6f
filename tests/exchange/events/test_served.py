"""Streams of real processes: several on one PostgreSQL, and processes that are told to stop while somebody listens."""

import asyncio
import json
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.settings import Settings
from tests.edge.conftest import signed_in
from tests.exchange.events.listening import PATIENCE
from tests.support.server import Server, serving

ROBIN = {"given_name": "Robin", "family_name": "Example"}
OPEN_FOR_LONG = {"STANCE_EVENT_STREAM_SECONDS": "300"}


@asynccontextmanager
async def told_by(server: Server, token: str) -> AsyncIterator[AsyncIterator[Any]]:
    """Listen over a socket of its own."""
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        httpx.AsyncClient(base_url=server.url, headers=headers, timeout=PATIENCE) as client,
        client.stream("GET", "/v1/events/stream") as answer,
    ):
        assert answer.status_code == 200
        events = _events(answer)
        assert (await anext(events))["type"] == "stream.opened"
        yield events


async def _events(answer: httpx.Response) -> AsyncIterator[Any]:
    async for line in answer.aiter_lines():
        if line.startswith("data: "):
            yield json.loads(line.removeprefix("data: "))


async def _add_client(server: Server, token: str) -> str:
    async with httpx.AsyncClient(base_url=server.url, headers={"Authorization": f"Bearer {token}"}) as client:
        answer = await client.post("/v1/clients", json=ROBIN)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
async def test_what_one_process_wrote_is_told_by_every_other(settings: Settings, tmp_path: Path) -> None:
    token = await signed_in(settings)
    with serving(settings, tmp_path, **OPEN_FOR_LONG) as one, serving(settings, tmp_path, **OPEN_FOR_LONG) as other:
        async with told_by(one, token) as here, told_by(other, token) as there:
            for server in (one, other):
                client_id = await _add_client(server, token)
                for events in (here, there):
                    told = [await anext(events) for _ in range(2)]
                    assert [event["type"] for event in told] == ["client.created", "care_team.joined"]
                    assert {event["client_id"] for event in told} == {client_id}


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("told_to_stop", "at_least"), [(signal.SIGTERM, 0.3), (signal.SIGINT, 0)])
async def test_an_open_stream_holds_no_stop_up(
    settings: Settings, told_to_stop: signal.Signals, at_least: float, tmp_path: Path
) -> None:
    token = await signed_in(settings)
    with serving(settings, tmp_path, STANCE_DRAIN_SECONDS="0.3", **OPEN_FOR_LONG) as server:
        async with told_by(server, token) as events:
            began = time.monotonic()
            server.process.send_signal(told_to_stop)
            assert [event async for event in events] == [], "it ends as a stream ends, and not with a broken line"
            await asyncio.to_thread(server.process.wait, 10)
            assert at_least <= time.monotonic() - began < 5
            if told_to_stop is signal.SIGTERM:
                assert server.process.returncode == 0
    assert '"failure"' not in server.log.read_text()


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
async def test_a_stream_ends_after_its_time_and_writes_one_line_into_the_log(
    settings: Settings, tmp_path: Path
) -> None:
    token = await signed_in(settings)
    with serving(settings, tmp_path, STANCE_EVENT_STREAM_SECONDS="1") as server:
        async with told_by(server, token) as events:
            began = time.monotonic()
            assert [event async for event in events] == []
            assert time.monotonic() - began < PATIENCE
    lines = [json.loads(line) for line in server.log.read_text().splitlines()]
    about = [line for line in lines if line.get("route", "").endswith("/events/stream")]
    assert [(line["event"], line["status"]) for line in about] == [("request", 200)]
    assert "dropped" not in about[0]
