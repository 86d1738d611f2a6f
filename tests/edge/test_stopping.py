"""SIGTERM loses no request: not in one process, and not in two that share a socket."""

import asyncio
import os
import signal
import time
from pathlib import Path

import httpx
import pytest

from app.settings import Settings
from tests.edge.conftest import signed_in
from tests.support.server import Server, serving

DRAIN_SECONDS = 4
CLIENTS = 8


class Hammer:
    """One client of a load balancer: keep-alive, and one more try when an idle connection was closed under it."""

    def __init__(self, url: str, token: str) -> None:
        self.url, self.headers = url, {"Authorization": f"Bearer {token}"}
        self.answered = 0
        self.answered_in_drain = 0
        self.failures: list[str] = []

    async def strike(self, drained: asyncio.Event) -> None:
        async with httpx.AsyncClient(headers=self.headers, timeout=30) as client:
            while not drained.is_set():
                answer = await self._get(client)
                if answer is None:
                    continue
                self.answered += 1
                if answer.status_code != 200:
                    self.failures.append(answer.text)
                if answer.headers.get("connection") == "close":
                    self.answered_in_drain += 1

    async def _get(self, client: httpx.AsyncClient) -> httpx.Response | None:
        for is_last_try in (False, True):
            try:
                return await client.get(f"{self.url}/v1/clients?limit=5")
            except httpx.TransportError as failure:
                if is_last_try or isinstance(failure, httpx.ConnectError):
                    self.failures.append(repr(failure))
        return None


async def _is_listening(server: Server) -> bool:
    async with httpx.AsyncClient() as client:
        try:
            return (await client.get(f"{server.url}/healthz")).status_code == 200
        except httpx.ConnectError:
            return False


async def _stopped_under_load(server: Server, token: str) -> tuple[list[Hammer], float]:
    """Send SIGTERM amid requests; like a load balancer, send nothing new a second after readiness turned false."""
    hammers = [Hammer(server.url, token) for _ in range(CLIENTS)]
    drained = asyncio.Event()
    striking = [asyncio.create_task(hammer.strike(drained)) for hammer in hammers]
    await asyncio.sleep(1)
    began = time.monotonic()
    server.process.send_signal(signal.SIGTERM)
    async with httpx.AsyncClient() as balancer:
        while (await balancer.get(f"{server.url}/readyz")).status_code == 200:
            pass
        unready_after = time.monotonic() - began
        await asyncio.sleep(1)
        assert (await balancer.get(f"{server.url}/readyz")).status_code == 503, "new connections are still taken"
    drained.set()
    await asyncio.gather(*striking)
    return hammers, unready_after


@pytest.mark.parametrize(
    ("databases", "options"),
    [("sqlite", ()), ("postgresql", ()), ("postgresql", ("--workers", "2"))],
    indirect=["databases"],
    ids=["sqlite", "postgresql", "two processes"],
)
async def test_a_stop_under_load_fails_no_request(settings: Settings, options: tuple[str, ...], tmp_path: Path):
    token = await signed_in(settings)
    with serving(settings, tmp_path, *options, STANCE_DRAIN_SECONDS=str(DRAIN_SECONDS)) as server:
        hammers, unready_after = await _stopped_under_load(server, token)
        assert server.stop() == 0
    assert [failure for hammer in hammers for failure in hammer.failures] == []
    assert all(hammer.answered_in_drain > 0 for hammer in hammers)
    assert unready_after < 1, "the first process of several hears of it within half a second"
    assert not await _is_listening(server)


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
async def test_a_request_that_is_under_way_is_finished(settings: Settings, tmp_path: Path):
    token = await signed_in(settings)
    body = b'{"given_name": "Robin", "family_name": "Example"}'
    with serving(settings, tmp_path, STANCE_DRAIN_SECONDS="0.2") as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(server.url.rpartition(":")[2]))
        head = f"POST /v1/clients HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
        sized = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + sized.encode() + body[:10])
        await writer.drain()
        await asyncio.sleep(0.3)
        server.process.send_signal(signal.SIGTERM)
        await asyncio.sleep(1)
        assert not await _is_listening(server)
        writer.write(body[10:])
        answer = await reader.read()
        assert answer.startswith(b"HTTP/1.1 201")
        assert b"connection: close" in answer.lower()
        writer.close()
        await writer.wait_closed()
        assert await asyncio.to_thread(server.process.wait, 10) == 0


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
async def test_a_second_sigterm_does_not_cut_the_drain_short(settings: Settings, tmp_path: Path):
    with serving(settings, tmp_path, STANCE_DRAIN_SECONDS="1") as server:
        began = time.monotonic()
        for _ in range(3):
            os.killpg(server.process.pid, signal.SIGTERM)
            await asyncio.sleep(0.1)
        assert await _is_listening(server)
        assert await asyncio.to_thread(server.process.wait, 10) == 0
        assert time.monotonic() - began > 1


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
async def test_ctrl_c_stops_at_once(settings: Settings, tmp_path: Path):
    with serving(settings, tmp_path, STANCE_DRAIN_SECONDS="60") as server:
        server.process.send_signal(signal.SIGINT)
        await asyncio.to_thread(server.process.wait, 10)
