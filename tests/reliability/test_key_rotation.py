"""The master key is replaced while a real service serves and everyone writes: no request fails, on both engines."""

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any, Self

import httpx

from app.settings import Settings
from tests.support.keys import NAMES, found, names_seen, replaced, replacing, stance_process
from tests.support.server import serving

WORKERS = 6
LEAST = 40
"""Requests that must have been answered before, and again after, the keys were put under the new one."""


class Load:
    """Practitioners who create clients and read them again, until they are told to stop."""

    def __init__(self, url: str, tokens: list[str]) -> None:
        self.answers: Counter[int] = Counter()
        self._url, self._tokens, self._is_over = url, tokens, False
        self._answered = asyncio.Event()
        self._workers: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self._workers = [
            asyncio.create_task(self._work(self._tokens[n % len(self._tokens)], n)) for n in range(WORKERS)
        ]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._is_over = True
        await asyncio.gather(*self._workers)

    async def more(self, count: int = LEAST) -> None:
        """Wait until so many more requests were answered."""
        wanted = self.answers.total() + count
        async with asyncio.timeout(60):
            while self.answers.total() < wanted:
                self._answered.clear()
                await self._answered.wait()

    async def _work(self, token: str, number: int) -> None:
        headers = {"Authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(base_url=f"{self._url}/v1", headers=headers, timeout=30) as client:
            while not self._is_over:
                body = {"given_name": f"Name {number}", "family_name": "Example"}
                made = await self._counted(client.post("/clients", json=body))
                if made.status_code == 201:
                    read = await self._counted(client.get(f"/clients/{made.json()['id']}"))
                    assert read.json()["given_name"] == body["given_name"]
                page: Any = (await self._counted(client.get("/clients?limit=2"))).json()
                if page.get("next_cursor"):
                    await self._counted(client.get("/clients", params={"limit": 2, "after": page["next_cursor"]}))

    async def _counted(self, request: Any) -> httpx.Response:
        answer: httpx.Response = await request
        self.answers[answer.status_code] += 1
        self._answered.set()
        return answer


async def command(settings: Settings, *arguments: str) -> tuple[int, str]:
    process = stance_process(settings, *arguments)
    out, err = await asyncio.to_thread(process.communicate, timeout=120)
    return process.returncode, out + err


async def test_the_master_key_is_replaced_under_load_without_an_error(settings: Settings, tmp_path: Path) -> None:
    *busy, sleeping = await found(settings, clinics=3)
    both = replacing(settings)
    with serving(both, tmp_path, STANCE_DRAIN_SECONDS="0") as server:
        async with Load(server.url, busy) as load:
            await load.more()
            code, said = await command(both, "keys", "rotate-master")
            assert (code, said.count("3 keys put under")) == (0, 3), said
            await load.more()
        assert set(load.answers) <= {200, 201}, load.answers
        # Nobody of this clinic had called before, so the service opens its keys only now.
        async with httpx.AsyncClient(headers={"Authorization": f"Bearer {sleeping}"}) as client:
            page = (await client.get(f"{server.url}/v1/clients")).json()
        assert sorted(one["given_name"] for one in page["data"]) == NAMES
        if settings.is_sqlite:
            code, said = await command(both, "keys", "rekey-file")
            assert (code, "Stop the service" in said) == (1, True), said
    if settings.is_sqlite:
        assert (await command(both, "keys", "rekey-file"))[0] == 0
    new = replaced(both)
    with serving(new, tmp_path, STANCE_DRAIN_SECONDS="0") as server:
        async with Load(server.url, busy) as load:
            await load.more()
        assert set(load.answers) <= {200, 201}, load.answers
    assert await names_seen(new, sleeping) == NAMES
    code, said = await command(settings, "serve")
    assert (code, "open with this master key" in said) == (1, True), said
    assert (await command(new, "audit", "verify"))[0] == 0
