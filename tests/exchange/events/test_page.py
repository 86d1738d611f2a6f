"""`docs/live-updates.md` says what is so: its samples run as they stand, and its table is the catalogue."""

import asyncio
import os
import re
import sys
from pathlib import Path

import httpx
import pytest

from app.exchange.events.domain import CATALOGUE, EventEntity, EventType
from app.settings import Settings
from tests.edge.conftest import signed_in
from tests.exchange.events.listening import PATIENCE
from tests.support.server import serving

PAGE = (Path(__file__).parents[3] / "docs" / "live-updates.md").read_text()
ROBIN = {"given_name": "Robin", "family_name": "Example"}
IN_PYTHON = """
import os
listen(os.environ["URL"], os.environ["TOKEN"], lambda event: print(event["type"], event["entity_id"], flush=True))
"""
IN_JAVASCRIPT = """
const { URL: url, TOKEN: token } = process.env;
const tell = (event) => console.log(event.type, event.entity_id);
await listen(url, async () => token, tell, new AbortController().signal);
"""


def sample(language: str) -> str:
    """Return the first sample in a language."""
    found = re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    return found[1]


def test_the_table_names_every_type() -> None:
    table = PAGE.partition("| `entity` |")[2]
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \|", table, re.MULTILINE)
    named: set[str] = set()
    for _, types in rows:
        first, *more = re.findall(r"`([\w.]+)`", types)
        named |= {first} | {first.partition(".")[0] + one for one in more}
    assert named == set(CATALOGUE)
    assert {entity for entity, _ in rows} == set(EventEntity) - {EventEntity.STREAM}
    assert all(f"`{event_type}`" in PAGE for event_type in (EventType.STREAM_OPENED, EventType.STREAM_RESET))


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("command", "script", "ending"),
    [
        pytest.param((sys.executable,), sample("python") + IN_PYTHON, "py", id="python"),
        pytest.param(("node",), sample("js") + IN_JAVASCRIPT, "mjs", id="javascript", marks=pytest.mark.needs_node),
    ],
)
async def test_the_sample_tells_each_change_once_over_many_streams(
    settings: Settings, tmp_path: Path, command: tuple[str, ...], script: str, ending: str
) -> None:
    token = await signed_in(settings)
    (tmp_path / f"listen.{ending}").write_text(script)
    with serving(settings, tmp_path, STANCE_EVENT_STREAM_SECONDS="1") as server:
        listener = await asyncio.create_subprocess_exec(
            *command,
            tmp_path / f"listen.{ending}",
            env={**os.environ, "URL": server.url, "TOKEN": token},
            stdout=asyncio.subprocess.PIPE,
        )
        try:
            assert listener.stdout is not None
            while "/events/stream" not in server.log.read_text():  # noqa: ASYNC110 - until its first stream is over
                await asyncio.sleep(0.1)
            told = []
            for _ in range(2):
                added = await _add_client(server.url, token)
                for _ in range(2):
                    line = await asyncio.wait_for(listener.stdout.readline(), PATIENCE)
                    told.append(line.decode().strip())
                assert told[-2] == f"client.created {added}"
                assert told[-1].startswith("care_team.joined ")
            assert len(set(told)) == 4
        finally:
            listener.kill()
            await listener.wait()


async def _add_client(url: str, token: str) -> str:
    async with httpx.AsyncClient(base_url=url, headers={"Authorization": f"Bearer {token}"}) as client:
        return str((await client.post("/v1/clients", json=ROBIN)).json()["id"])
