"""The chain of migrations: one head, reversible, and exactly the tables the code maps, on both engines."""

import asyncio
from collections.abc import Callable, Iterator

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Enum, inspect, make_url
from sqlalchemy.ext.asyncio import create_async_engine

from app import migrating
from app.core.crypto import MasterKey
from app.core.database import Base, sqlite_engine
from app.core.entity import ClinicScoped
from app.settings import Settings
from app.tables import metadata
from tests.support.databases import MASTER_KEY, PostgresqlDatabases, SqliteDatabases, alembic_config

CREDENTIALS = {
    "password_credentials",
    "bearer_tokens",
    "sign_ins",
    "refresh_tokens",
    "sign_in_attempts",
    "client_key_sets",
}
CREDENTIALS |= {"registered_issuers"}
OF_THE_SERVICE = {"signing_keys"}


@pytest.fixture
def empty(databases: SqliteDatabases | PostgresqlDatabases) -> Iterator[Settings]:
    yield from databases.empty()


def as_owner(settings: Settings, look: Callable[[Connection], None]) -> None:
    """Look at the database as the owner of its tables."""
    if settings.is_sqlite:
        page_key = MasterKey.from_base64(MASTER_KEY).derive("database file")
        engine = sqlite_engine(settings.database_url, page_key, pool_size=1)
        with engine.connect() as connection:
            look(connection)
        engine.dispose()
        return

    async def looking() -> None:
        url = make_url(str(settings.migration_database_url)).set(drivername="postgresql+asyncpg")
        engine = create_async_engine(url)
        async with engine.connect() as connection:
            await connection.run_sync(look)
        await engine.dispose()

    asyncio.run(looking())


def test_there_is_one_head_and_the_service_knows_it() -> None:
    assert ScriptDirectory.from_config(alembic_config(Settings())).get_heads() == [migrating.HEAD]


def test_the_chain_goes_up_down_and_up_again(empty: Settings) -> None:
    config = alembic_config(empty)
    command.upgrade(config, "head")
    command.downgrade(config, "base")
    command.upgrade(config, "head")


def test_the_migrated_database_is_what_the_code_maps(settings: Settings) -> None:
    command.check(alembic_config(settings))


def test_every_stored_code_check_lists_exactly_the_codes_of_its_enum(settings: Settings) -> None:
    def look(connection: Connection) -> None:
        inspector = inspect(connection)
        for table in metadata.tables.values():
            stored = " ".join(str(check["sqltext"]) for check in inspector.get_check_constraints(table.name))
            for column in table.columns:
                if isinstance(column.type, Enum):
                    for code in column.type.enums:
                        assert f"'{code}'" in stored, f"{table.name}.{column.name} does not allow {code}"
        for table in metadata.tables.values():
            allowed = {code for column in table.columns if isinstance(column.type, Enum) for code in column.type.enums}
            for check in inspector.get_check_constraints(table.name):
                quoted = str(check["sqltext"]).split("'")[1::2]
                assert set(quoted) <= allowed, f"{table.name}.{check['name']} allows more than the enum"

    as_owner(settings, look)


def test_every_clinic_table_keeps_to_its_clinic_by_policy(postgresql_databases: PostgresqlDatabases) -> None:
    scoped = {str(m.local_table) for m in Base.registry.mappers if issubclass(m.class_, ClinicScoped)}

    def look(connection: Connection) -> None:
        rows = connection.exec_driver_sql(
            "SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity, p.polqual IS NOT NULL, "
            "p.polwithcheck IS NOT NULL FROM pg_class c "
            "LEFT JOIN pg_policy p ON p.polrelid = c.oid AND p.polname = 'tenant' WHERE relkind = 'r'"
        ).all()
        guarded = {row[0] for row in rows if all(row[1:])}
        assert scoped <= guarded

    as_owner(postgresql_databases.settings_of("template_stance"), look)
    without = set(metadata.tables) - scoped
    assert without == CREDENTIALS | OF_THE_SERVICE, "only credentials are read before a clinic is known"


def test_every_reference_between_clinic_tables_carries_the_clinic() -> None:
    for table in metadata.tables.values():
        for key in table.foreign_key_constraints:
            if table.name in CREDENTIALS | OF_THE_SERVICE:
                continue
            assert "clinic_id" in key.column_keys, f"{table.name}: {key.name}"
