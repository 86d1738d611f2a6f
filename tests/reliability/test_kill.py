"""`kill -9` while two hundred people save: what was acknowledged is there after the restart, on both engines."""

import asyncio
from pathlib import Path
from typing import Any

import httpx

from app.settings import Settings
from tests.support.house import open_house
from tests.support.server import serving
from tests.support.world import one_of_everything

WRITERS = 200


async def test_no_acknowledged_save_is_lost_when_the_server_is_killed(settings: Settings, tmp_path: Path) -> None:
    token, client_id, session_ids = await _drafts(settings)
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {token}"}, timeout=20) as client:
        with serving(settings, tmp_path) as server:
            notes = [await _draft(client, server.url, client_id, session_id) for session_id in session_ids]
            acknowledged = dict.fromkeys(notes, 1)
            in_full_swing = asyncio.Event()
            saves = [
                asyncio.create_task(_save(client, server.url, note, acknowledged, in_full_swing)) for note in notes
            ]
            await in_full_swing.wait()
            server.kill()
            await asyncio.gather(*saves)
        with serving(settings, tmp_path) as server:
            for note, version in acknowledged.items():
                kept = (await client.get(f"{server.url}/v1/notes/{note}")).json()
                assert kept["version"] in (version, version + 1), "only the save in flight may be unknown"
                assert kept["sections"][0]["text"] == f"save {kept['version']}", "a note is never half written"
            log = await client.get(f"{server.url}/v1/clients/{client_id}/access-log?limit=1")
            assert log.status_code == 200


async def _save(
    client: httpx.AsyncClient, url: str, note: str, acknowledged: dict[str, int], in_full_swing: asyncio.Event
) -> None:
    """Save again and again until the server is gone; remember the last version it acknowledged."""
    while True:
        version = acknowledged[note]
        body = {"sections": [{"code": "narrative", "text": f"save {version + 1}"}]}
        try:
            answer = await client.patch(f"{url}/v1/notes/{note}", json=body, headers={"If-Match": f'"{version}"'})
        except httpx.TransportError:
            return
        assert answer.status_code in (200, 503), answer.text
        if answer.status_code == 200:
            acknowledged[note] = answer.json()["version"]
        if sum(acknowledged.values()) > WRITERS * 2:
            in_full_swing.set()


async def _draft(client: httpx.AsyncClient, url: str, client_id: str, session_id: str) -> str:
    body = {
        "client_id": client_id,
        "template": "narrative",
        "sections": [{"code": "narrative", "text": "save 1"}],
    }
    made: Any = (await client.post(f"{url}/v1/sessions/{session_id}/notes", json=body)).json()
    return str(made["id"])


async def _drafts(settings: Settings) -> tuple[str, str, list[str]]:
    """Prepare a client with as many sessions as there are writers."""
    async with open_house(settings) as house:
        world = await one_of_everything(await house.clinic())
        therapist = world.clinic["therapist"]
        session: dict[str, Any] = world.bodies["createSession"]
        made = [await therapist.made("/sessions", session) for _ in range(WRITERS)]
        assert therapist.token is not None
        return therapist.token, world.ids["client_id"], [one["id"] for one in made]
