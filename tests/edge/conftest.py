"""One served process for the tests that talk to it over bare sockets, with short times so that they need not wait."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from app.settings import Settings
from tests.edge.wire import REQUEST_SECONDS, Wire
from tests.support.databases import SqliteDatabases
from tests.support.house import open_house
from tests.support.server import Server, serving


@pytest.fixture(scope="module")
def token_and_server(
    sqlite_databases: SqliteDatabases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Server]]:
    for settings in sqlite_databases.fresh():
        token = asyncio.run(signed_in(settings))
        folder = tmp_path_factory.mktemp("edge")
        with serving(settings, folder, STANCE_REQUEST_SECONDS=str(REQUEST_SECONDS)) as server:
            yield token, server


async def signed_in(settings: Settings) -> str:
    async with open_house(settings) as house:
        token = (await house.clinic())["therapist"].token
        assert token is not None
        return token


@pytest.fixture
async def wire(token_and_server: tuple[str, Server]) -> AsyncIterator[Wire]:
    token, server = token_and_server
    wire = Wire(int(server.url.rpartition(":")[2]), token)
    yield wire
    await wire.close()
