"""Fixtures: `house` is the running app on a fresh database, once on SQLite and once on PostgreSQL."""

from collections.abc import AsyncIterator, Iterator

import pytest

from app.settings import Settings
from tests.support.databases import PostgresqlDatabases, SqliteDatabases
from tests.support.house import Api, Clinic, House, open_house


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def sqlite_databases(tmp_path_factory: pytest.TempPathFactory) -> SqliteDatabases:
    return SqliteDatabases(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgresql_databases() -> Iterator[PostgresqlDatabases]:
    databases = PostgresqlDatabases()
    yield databases
    databases.server.cleanup()  # a worker of xdist ends without the hooks that would do it


@pytest.fixture(params=["sqlite", "postgresql"])
def databases(request: pytest.FixtureRequest) -> SqliteDatabases | PostgresqlDatabases:
    chosen: SqliteDatabases | PostgresqlDatabases = request.getfixturevalue(f"{request.param}_databases")
    return chosen


@pytest.fixture
def settings(databases: SqliteDatabases | PostgresqlDatabases) -> Iterator[Settings]:
    yield from databases.fresh()


@pytest.fixture
async def house(settings: Settings) -> AsyncIterator[House]:
    async with open_house(settings) as house:
        yield house


@pytest.fixture
async def clinic(house: House) -> Clinic:
    return await house.clinic()


@pytest.fixture
def therapist(clinic: Clinic) -> Api:
    return clinic["therapist"]


@pytest.fixture
def admin(clinic: Clinic) -> Api:
    return clinic["admin"]


@pytest.fixture
def stranger(clinic: Clinic) -> Api:
    return clinic["stranger"]
