"""PostgreSQL goes away and comes back: refusals in between, no wrong answer, no restart of the service."""

import asyncio
import time
from collections.abc import AsyncIterator

import asyncpg
import pytest
from sqlalchemy import make_url

from app.core.problems import Busy
from app.core.work import UnitOfWork
from app.settings import Settings
from tests.reliability.conftest import ROBIN, Line, assert_come_back, line_to
from tests.support.house import Clinic, House, open_house

pytestmark = pytest.mark.parametrize("databases", ["postgresql"], indirect=True)


@pytest.fixture
async def line(settings: Settings) -> AsyncIterator[Line]:
    async with line_to(settings) as line:
        yield line


@pytest.fixture
async def house(settings: Settings, line: Line) -> AsyncIterator[House]:
    async with open_house(line.settings(settings)) as house:
        yield house


async def connected(settings: Settings) -> asyncpg.Connection:
    """Connect as the owner of the tables."""
    url = make_url(settings.migration_database_url or "").set(drivername="postgresql")
    return await asyncpg.connect(url.render_as_string(hide_password=False))


async def kill_backends(settings: Settings) -> None:
    connection = await connected(settings)
    await connection.execute(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
        "WHERE datname = current_database() AND application_name = 'stance'"
    )
    await connection.close()


async def names_of(clinic: Clinic) -> list[str]:
    return [one["given_name"] for one in (await clinic["therapist"].read("/clients"))["data"]]


async def test_a_call_that_is_cancelled_gives_its_connection_back(clinic: Clinic) -> None:
    """More are cancelled than the pool has, each while PostgreSQL works for it."""
    transactions, therapist = clinic.house.door.transactions, clinic["therapist"]

    def sleep(work: UnitOfWork) -> None:
        work.session.connection().exec_driver_sql("SELECT pg_sleep(5)")

    for run in (transactions.read, transactions.write):
        for _ in range(9):
            call = asyncio.create_task(run(clinic.operator, sleep))
            await asyncio.sleep(0.05)
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
    answers = await asyncio.gather(*(therapist.get("/clients") for _ in range(8)))
    assert [answer.status_code for answer in answers] == [200] * 8
    await therapist.made("/clients", ROBIN)


async def test_ended_connections_are_replaced_and_no_caller_notices(clinic: Clinic, settings: Settings) -> None:
    therapist = clinic["therapist"]
    for number in range(3):
        await asyncio.gather(*(therapist.read("/clients") for _ in range(8)))  # every connection of the pool is open
        await kill_backends(settings)
        answers = await asyncio.gather(*(therapist.get("/clients") for _ in range(8)))
        assert [answer.status_code for answer in answers] == [200] * 8
        await kill_backends(settings)
        made = await asyncio.gather(*(therapist.post("/clients", ROBIN) for _ in range(8)))
        assert [answer.status_code for answer in made] == [201] * 8
        assert len(await names_of(clinic)) == 8 * (number + 1)


async def test_while_the_database_is_away_callers_are_asked_to_come_back(clinic: Clinic, line: Line) -> None:
    therapist, client = clinic["therapist"], clinic.house.client
    await therapist.made("/clients", ROBIN)
    await line.close()
    began = time.monotonic()
    answers = await asyncio.gather(
        therapist.get("/clients"), therapist.post("/clients", ROBIN), therapist.get("/me"), therapist.get("/clinic")
    )
    for answer in answers:
        assert_come_back(answer)
    assert_come_back(await client.get("/readyz"), code="not_ready")
    assert (await client.get("/healthz")).status_code == 200
    assert (await therapist.get("/vocabularies")).status_code in (200, 503)
    assert time.monotonic() - began < 4
    await line.open()
    assert await names_of(clinic) == ["Robin"]
    assert (await therapist.post("/clients", ROBIN)).status_code == 201
    assert (await client.get("/readyz")).status_code == 200


async def test_a_line_that_breaks_before_the_commit_costs_nobody_anything(clinic: Clinic, line: Line) -> None:
    line.cut_at = b"INSERT INTO clients"
    assert (await clinic["therapist"].post("/clients", ROBIN)).status_code == 201
    assert line.was_cut
    assert await names_of(clinic) == ["Robin"]


async def test_a_line_that_breaks_in_the_commit_leaves_it_to_the_caller_to_ask_again(
    clinic: Clinic, line: Line
) -> None:
    """PostgreSQL has saved, and nobody heard: a repetition with the same key gets the answer and does not act."""
    line.cut_at = b"COMMIT"
    keyed = {"headers": {"Idempotency-Key": "commit-unheard"}}
    assert_come_back(await clinic["therapist"].post("/clients", ROBIN, **keyed), code="outcome_unknown")
    assert line.was_cut
    again = await clinic["therapist"].post("/clients", ROBIN, **keyed)
    assert (again.status_code, again.headers["idempotency-replayed"]) == (201, "true")
    assert await names_of(clinic) == ["Robin"]


async def test_a_change_whose_outcome_is_unknown_is_not_made_twice(clinic: Clinic, line: Line) -> None:
    therapist = clinic["therapist"]
    made = await therapist.made("/clients", ROBIN)
    path = f"/clients/{made['id']}"
    line.cut_at = b"COMMIT"
    unheard = await therapist.change(path, {"given_name": "Robina"}, version=1)
    assert_come_back(unheard, code="outcome_unknown")
    again = await therapist.change(path, {"given_name": "Robina"}, version=1)
    assert (again.status_code, again.json()["current_version"]) == (412, 2)
    assert (await therapist.read(path))["given_name"] == "Robina"


async def test_a_database_that_falls_silent_is_not_waited_for_long(clinic: Clinic, line: Line) -> None:
    therapist = clinic["therapist"]
    await therapist.made("/clients", ROBIN)
    line.fall_silent()
    began = time.monotonic()
    answers = await asyncio.gather(*(therapist.get("/clients") for _ in range(6)), therapist.post("/clients", ROBIN))
    for answer in answers:
        assert_come_back(answer)
    assert time.monotonic() - began < 30
    line.speak_again()
    line.cut()
    assert await names_of(clinic) == ["Robin"]
    assert (await therapist.post("/clients", ROBIN)).status_code == 201


async def test_a_lock_that_is_not_got_in_time_is_busy(clinic: Clinic, settings: Settings) -> None:
    other = await connected(settings)
    transaction = other.transaction()
    await transaction.start()
    await other.execute("LOCK TABLE clients IN ACCESS EXCLUSIVE MODE")
    try:
        began = time.monotonic()
        assert_come_back(await clinic["therapist"].post("/clients", ROBIN))
        assert time.monotonic() - began < 4
    finally:
        await transaction.rollback()
        await other.close()
    assert (await clinic["therapist"].post("/clients", ROBIN)).status_code == 201


async def test_a_long_statement_is_stopped_and_busy(clinic: Clinic) -> None:
    def sleep_long(work: UnitOfWork) -> None:
        connection = work.session.connection()
        connection.exec_driver_sql("SET LOCAL statement_timeout = 100")
        connection.exec_driver_sql("SELECT pg_sleep(3)")

    with pytest.raises(Busy):
        await clinic.house.door.transactions.read(clinic.operator, sleep_long)
    with pytest.raises(Busy):
        await clinic.house.door.transactions.write(clinic.operator, sleep_long)
