"""A PostgreSQL that is really stopped and started again is met without restarting the service."""

import asyncio
import time
from collections.abc import Iterator

import pytest

from app.settings import Settings
from tests.reliability.conftest import ROBIN, assert_come_back
from tests.support.databases import PostgresqlDatabases
from tests.support.house import open_house


@pytest.fixture
def own_postgresql() -> Iterator[tuple[PostgresqlDatabases, Settings]]:
    databases = PostgresqlDatabases()
    for settings in databases.fresh():
        yield databases, settings


async def test_a_restart_of_postgresql_is_survived(own_postgresql: tuple[PostgresqlDatabases, Settings]) -> None:
    databases, settings = own_postgresql
    async with open_house(settings) as house:
        clinic = await house.clinic()
        therapist = clinic["therapist"]
        await therapist.made("/clients", ROBIN)
        await asyncio.to_thread(databases.server.stop)
        began = time.monotonic()
        assert_come_back(await therapist.get("/clients"))
        assert_come_back(await therapist.post("/clients", ROBIN))
        assert time.monotonic() - began < 4
        await asyncio.to_thread(databases.server.ensure_postgres_running)
        assert len((await therapist.read("/clients"))["data"]) == 1
        assert (await therapist.post("/clients", ROBIN)).status_code == 201
