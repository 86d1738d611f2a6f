"""More work than the database takes: callers are asked to come back, and nothing breaks."""

import asyncio

import pytest

from app.core import engines
from app.core import transactions as transactions_module
from app.core.events import Recorded
from app.core.idempotency import AnswerReplayed
from app.core.work import UnitOfWork
from tests.reliability.conftest import ROBIN, assert_come_back, stalled_writer
from tests.support.house import Clinic


def nothing(_work: UnitOfWork) -> None:
    """Take a turn of the writer."""


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
async def test_when_every_connection_is_taken_callers_are_asked_to_come_back(clinic: Clinic) -> None:
    def take_long(work: UnitOfWork) -> None:
        work.session.connection().exec_driver_sql("SELECT pg_sleep(2.6)")

    transactions, therapist = clinic.house.door.transactions, clinic["therapist"]
    await therapist.made("/clients", ROBIN)
    connections = clinic.house.settings.pool_size
    slow = [asyncio.create_task(transactions.write(clinic.operator, take_long)) for _ in range(connections)]
    await asyncio.sleep(0.1)
    for answer in await asyncio.gather(
        therapist.get("/clients"), therapist.post("/clients", ROBIN), therapist.get("/me")
    ):
        assert_come_back(answer)
    await asyncio.gather(*slow)
    assert len((await therapist.read("/clients"))["data"]) == 1


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
async def test_a_full_queue_of_the_writer_asks_callers_to_come_back(clinic: Clinic) -> None:
    transactions, therapist = clinic.house.door.transactions, clinic["therapist"]
    await therapist.made("/clients", ROBIN)
    async with stalled_writer(clinic):
        waiting = [asyncio.create_task(transactions.write(clinic.operator, nothing)) for _ in range(engines._BACKLOG)]
        await asyncio.sleep(0)
        assert_come_back(await therapist.post("/clients", ROBIN))
        unlogged = await therapist.get("/clients")
        assert_come_back(unlogged)
        assert "data" not in unlogged.json(), "what cannot be logged is not shown"
        assert (await clinic.house.client.get("/healthz")).status_code == 200
        assert (await therapist.get("/me")).status_code == 200, "a read that shows no client data goes on"
    await asyncio.gather(*waiting)
    assert len((await therapist.read("/clients"))["data"]) == 1


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
async def test_a_full_queue_of_the_read_log_asks_readers_to_come_back(clinic: Clinic) -> None:
    therapist, most = clinic["therapist"], transactions_module._READ_LOG_BACKLOG
    await therapist.made("/clients", ROBIN)
    log = clinic.house.door.transactions._read_log
    async with stalled_writer(clinic):
        first = asyncio.create_task(therapist.get("/clients"))
        await asyncio.sleep(0.2)
        assert log._draining is not None, "the first entry waits for the writer"
        transactions = clinic.house.door.transactions
        entry = Recorded(AnswerReplayed(), clinic.operator, transactions.clock())
        waiting = [asyncio.create_task(log.append([entry])) for _ in range(most)]
        await asyncio.sleep(0)
        assert_come_back(await therapist.get("/clients"))
    await asyncio.gather(*waiting)
    assert (await first).status_code == 200
    assert (await therapist.get("/clients")).status_code == 200
