"""Keys are replaced while a real service serves and everyone reads and writes: no request fails, on both engines."""

import asyncio
import signal
from collections import Counter
from pathlib import Path
from typing import Any, Self
from uuid import UUID

import httpx

from app.settings import Settings
from tests.support.house import Api, open_house
from tests.support.keys import NAMES, found, names_seen, replaced, replacing, stance_process
from tests.support.owner import ask
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


class Edits(Load):
    """People who change one client again and again while her keys are replaced, and read what they wrote."""

    def __init__(self, client: httpx.AsyncClient, client_id: str) -> None:
        super().__init__(str(client.base_url), [""])
        self._client, self._path, self._lock = client, f"/clients/{client_id}", asyncio.Lock()

    async def _work(self, token: str, number: int) -> None:
        del token
        while not self._is_over:
            async with self._lock:
                read = await self._counted(self._client.get(self._path))
                name = f"Name {number} {self.answers.total()}"
                changed = await self._counted(
                    self._client.patch(
                        self._path, json={"given_name": name}, headers={"If-Match": read.headers["ETag"]}
                    )
                )
                assert changed.json().get("given_name") == name, changed.text
                await self._counted(self._client.get(self._path))


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


async def test_keys_of_a_clinic_and_of_clients_are_replaced_under_load_without_an_error(
    settings: Settings, tmp_path: Path
) -> None:
    (token,) = await found(settings)
    headers = {"Authorization": f"Bearer {token}"}
    with serving(settings, tmp_path, STANCE_DRAIN_SECONDS="0") as server:
        async with httpx.AsyncClient(base_url=f"{server.url}/v1", headers=headers, timeout=30) as client:
            one = (await client.get("/clients")).json()["data"][0]["id"]
            clinic = (await client.get("/clinic")).json()["id"]
            of_client = ("keys", "rotate-client", "--clinic", clinic, "--client", one)
            async with Load(server.url, [token]) as load, Edits(client, one) as edits:
                await load.more()
                for arguments in (of_client, ("keys", "rotate-clinic", "--clinic", clinic), of_client):
                    code, said = await command(settings, *arguments)
                    assert (code, "done" in said) == (0, True), said
                await load.more()
                await edits.more(3)
            assert set(load.answers + edits.answers) <= {200, 201}, load.answers + edits.answers
    numbers = await ask(settings, "SELECT kind, owner_id, min(number), max(number) FROM data_keys GROUP BY 1, 2")
    kept = {(kind, UUID(str(owner))): (low, high) for kind, owner, low, high in numbers}
    assert (kept["clinic", UUID(clinic)], kept["client", UUID(one)]) == ((2, 2), (3, 3))
    seen = await names_seen(settings, token)  # by a process that has no key in its memory
    assert (len(seen), seen[0].startswith("Name")) == (2, True)
    assert (await command(settings, "audit", "verify"))[0] == 0


async def test_a_replacement_that_is_killed_goes_on_where_it_was(settings: Settings) -> None:
    (token,) = await found(settings)
    async with open_house(settings) as house:
        therapist = Api(house.client, token)
        clinic, client = (await therapist.read("/clinic"))["id"], (await therapist.read("/clients"))["data"][0]["id"]
    for arguments in (("rotate-clinic", "--clinic", clinic), ("rotate-client", "--clinic", clinic, "--client", client)):
        with stance_process(settings, "keys", *arguments) as process:
            assert process.stdout is not None
            assert "there is a new key" in process.stdout.readline()
            process.send_signal(signal.SIGKILL)
        assert await names_seen(settings, token) == NAMES
        code, said = await command(settings, "keys", *arguments)
        assert (code, "done" in said) == (0, True), said
        assert await names_seen(settings, token) == NAMES
