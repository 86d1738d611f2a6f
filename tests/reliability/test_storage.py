"""The disk is full, read-only or held by somebody else: nothing half is kept, and it goes on without a restart."""

import asyncio
import os
import resource
import shutil
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from sqlalchemy import Engine, make_url

from app.core.database import sqlite_engine
from app.core.engines import SqliteEngines
from app.opening import master_key_of
from app.settings import Settings
from tests.reliability.conftest import ROBIN, assert_come_back
from tests.support.house import Api, Clinic, open_house
from tests.support.server import serving

on_sqlite = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
on_postgresql = pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
NO_LIMIT = 2**30


def tell_the_writer(clinic: Clinic, pragma: str) -> Any:
    """Set something on the one connection that writes."""
    running = clinic.house.door.transactions.engines
    assert isinstance(running, SqliteEngines)
    connection = running._writer._engine.raw_connection()
    try:
        return connection.cursor().execute(f"PRAGMA {pragma}").fetchone()
    finally:
        connection.close()


def full_disk(clinic: Clinic) -> None:
    """Let the file grow no further, as on a full disk."""
    tell_the_writer(clinic, f"max_page_count={tell_the_writer(clinic, 'page_count')[0]}")


def other_program(settings: Settings) -> Engine:
    key = master_key_of(settings).derive("database file")
    return sqlite_engine(settings.database_url, key, pool_size=1, begin="BEGIN IMMEDIATE")


async def clients_of(person: Api) -> int:
    count, page = 0, await person.read("/clients?limit=100")
    while True:
        count += len(page["data"])
        if page["next_cursor"] is None:
            return count
        page = await person.read(f"/clients?limit=100&after={page['next_cursor']}")


@on_sqlite
async def test_on_a_full_disk_changes_are_refused_whole_and_come_back_with_the_room(clinic: Clinic) -> None:
    therapist, kept = clinic["therapist"], 0
    full_disk(clinic)
    for _ in range(20):
        answers = await asyncio.gather(*(therapist.post("/clients", ROBIN) for _ in range(16)))
        for answer in answers:
            if answer.status_code == 201:
                kept += 1
            else:
                assert_come_back(answer, 507, "insufficient_storage")
    assert answers[-1].status_code == 507
    tell_the_writer(clinic, f"max_page_count={NO_LIMIT}")
    assert await clients_of(therapist) == kept, "what was acknowledged is there, and nothing else"
    assert (await therapist.post("/clients", ROBIN)).status_code == 201
    assert tell_the_writer(clinic, "integrity_check") == ("ok",)


@on_sqlite
async def test_on_a_full_disk_nothing_is_shown_that_cannot_be_logged(clinic: Clinic) -> None:
    therapist = clinic["therapist"]
    bearer = {"Authorization": f"Bearer {therapist.token}"}
    made = await therapist.made("/clients", ROBIN)
    full_disk(clinic)
    answers = [await therapist.get(f"/clients/{made['id']}") for _ in range(100)]
    while answers[-1].status_code == 200 and len(answers) < 2_000:
        answers += await asyncio.gather(*(therapist.get(f"/clients/{made['id']}") for _ in range(100)))
    assert_come_back(answers[-1])
    assert "Robin" not in answers[-1].text
    for path in ("/v1/me", "/v1/vocabularies", "/healthz"):
        assert (await clinic.house.client.get(path, headers=bearer)).status_code == 200, "this shows no client data"
    tell_the_writer(clinic, f"max_page_count={NO_LIMIT}")
    assert (await therapist.read(f"/clients/{made['id']}"))["given_name"] == "Robin"


@pytest.fixture
async def short_of_room(settings: Settings) -> AsyncIterator[Clinic]:
    """Yield a clinic with one client, on a disk of which only the reserve is left."""
    async with open_house(settings) as house:
        clinic = await house.clinic()
        await clinic["therapist"].made("/clients", ROBIN)
    short = settings.model_copy(update={"min_free_mb": 10**9})
    async with open_house(short) as house:
        for person in clinic.people.values():
            person.client = house.client
        clinic.house = house
        yield clinic


@on_sqlite
async def test_with_only_the_reserve_left_people_sign_in_and_read_but_change_nothing(short_of_room: Clinic) -> None:
    therapist, house = short_of_room["therapist"], short_of_room.house
    assert_come_back(await therapist.post("/clients", ROBIN), 507, "insufficient_storage")
    [robin] = (await therapist.read("/clients"))["data"]
    assert robin["given_name"] == "Robin"
    need = {"client_id": robin["id"], "reason_code": "medical_emergency", "justification": "The ward called about her."}
    await short_of_room["stranger"].made("/emergency-accesses", need)
    unready = await house.client.get("/readyz")
    assert_come_back(unready, code="not_ready")
    assert "storage" in unready.json()["detail"]


@on_sqlite
async def test_room_that_goes_and_comes_back_is_noticed_without_a_restart(settings: Settings) -> None:
    mebibyte = 2**20
    folder = settings.database_file.parent
    reserve = shutil.disk_usage(folder).free // mebibyte - 128
    assert reserve > 256, "this test needs 512 MB of disk"
    async with open_house(settings.model_copy(update={"min_free_mb": reserve})) as house:
        therapist = (await house.clinic())["therapist"]
        await therapist.made("/clients", ROBIN)
        with filled(folder / "filled", 256 * mebibyte):
            await until(therapist, 507)
            assert (await therapist.get("/clients")).status_code == 200
        await until(therapist, 201)


@contextmanager
def filled(path: Path, size: int) -> Iterator[None]:
    with path.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, size)
    try:
        yield
    finally:
        path.unlink()


async def until(person: Api, status: int) -> None:
    """Wait for the next look at the disk, and for a file system that frees room late."""
    deadline = time.monotonic() + 20
    while (answer := await person.post("/clients", ROBIN)).status_code != status:
        assert time.monotonic() < deadline, answer.text
        await asyncio.sleep(0.2)


def size_of_log(settings: Settings) -> int:
    return Path(f"{settings.database_file}-wal").stat().st_size


@on_sqlite
async def test_a_commit_that_cannot_be_written_is_no_commit(settings: Settings, tmp_path: Path) -> None:
    """The real server meets a limit on the size of its files while it commits; when the limit goes, it goes on.

    SQLite calls this an I/O error, so the answer is 503.
    """
    async with open_house(settings) as house:
        therapist = (await house.clinic())["therapist"]
    bearer = {"Authorization": f"Bearer {therapist.token}"}
    with serving(settings, tmp_path) as server:
        async with httpx.AsyncClient(base_url=server.url, headers=bearer, timeout=20) as client:
            person, kept, refused = Api(client, None), 0, 0
            await person.made("/clients", ROBIN)
            _, hard = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE)
            written = size_of_log(settings)
            resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (written + 200_000, hard))
            while refused < 20:
                answers = await asyncio.gather(*(person.post("/clients", ROBIN) for _ in range(20)))
                for answer in answers:
                    if answer.status_code == 201:
                        kept += 1
                    else:
                        refused += 1
                        assert_come_back(answer)
                assert kept < 2_000, "the limit was never met"
            resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, hard))
            assert (await person.post("/clients", ROBIN)).status_code == 201
            assert await clients_of(person) == 1 + kept + 1


@on_sqlite
async def test_a_file_held_by_another_program_makes_changes_wait_and_nobody_else(
    clinic: Clinic, settings: Settings
) -> None:
    therapist, slowest = clinic["therapist"], 0.0
    await therapist.made("/clients", ROBIN)
    other = other_program(settings)
    with other.connect() as connection, connection.begin():
        change = asyncio.create_task(therapist.post("/clients", ROBIN))
        began = time.monotonic()
        while not change.done():
            asked = time.monotonic()
            assert (await therapist.get("/me")).status_code == 200
            slowest = max(slowest, time.monotonic() - asked)
            await asyncio.sleep(0.02)
        assert_come_back(await change)
        assert time.monotonic() - began < 9
    other.dispose()
    assert slowest < 1, "reads go on while the writer waits"
    assert (await therapist.post("/clients", ROBIN)).status_code == 201


@on_sqlite
async def test_a_file_that_became_read_only_is_a_matter_of_time(clinic: Clinic) -> None:
    therapist = clinic["therapist"]
    await therapist.made("/clients", ROBIN)
    tell_the_writer(clinic, "query_only=ON")
    assert_come_back(await therapist.post("/clients", ROBIN))
    assert_come_back(await therapist.get("/clients"))
    assert (await therapist.get("/me")).status_code == 200
    tell_the_writer(clinic, "query_only=OFF")
    assert (await therapist.post("/clients", ROBIN)).status_code == 201
    assert await clients_of(therapist) == 2


async def as_owner(settings: Settings, *statements: str) -> None:
    url = make_url(settings.migration_database_url or "").set(drivername="postgresql")
    connection = await asyncpg.connect(url.render_as_string(hide_password=False))
    for statement in statements:
        await connection.execute(statement)
    await connection.close()


@on_postgresql
@pytest.mark.parametrize(
    ("sqlstate", "status", "code"), [("53100", 507, "insufficient_storage"), ("53200", 503, "busy")]
)
async def test_a_server_without_room_refuses_changes_and_reads_that_cannot_be_logged(
    clinic: Clinic, settings: Settings, sqlstate: str, status: int, code: str
) -> None:
    therapist = clinic["therapist"]
    await therapist.made("/clients", ROBIN)
    await as_owner(
        settings,
        "CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '{sqlstate}'; END $$",
        "CREATE TRIGGER no_room BEFORE INSERT ON audit_events FOR EACH ROW EXECUTE FUNCTION no_room()",
    )
    assert_come_back(await therapist.post("/clients", ROBIN), status, code)
    unlogged = await therapist.get("/clients")
    assert_come_back(unlogged)
    assert "Robin" not in unlogged.text
    assert (await therapist.get("/me")).status_code == 200
    await as_owner(settings, "DROP TRIGGER no_room ON audit_events")
    assert await clients_of(therapist) == 1
    assert (await therapist.post("/clients", ROBIN)).status_code == 201


@on_postgresql
async def test_a_server_that_takes_no_writes_is_dialled_again(clinic: Clinic, settings: Settings) -> None:
    """As after a failover: the old connections lead to a server that only reads."""
    therapist = clinic["therapist"]
    await therapist.made("/clients", ROBIN)
    await as_owner(
        settings,
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', current_database()); "
        "END $$",
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'stance'",
    )
    for _ in range(8):
        assert_come_back(await therapist.post("/clients", ROBIN))
        assert_come_back(await therapist.get("/clients"))
    await as_owner(
        settings,
        "SET default_transaction_read_only = off",
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I RESET default_transaction_read_only', current_database()); "
        "END $$",
    )
    answers = [(await therapist.post("/clients", ROBIN)).status_code for _ in range(5)]
    assert answers[-1] == 201
    assert set(answers) <= {201, 503}
