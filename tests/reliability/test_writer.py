"""SQLite's writer thread outlives everything that happens in it, and every caller gets an answer."""

import asyncio
import threading
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.core.engines import SqliteEngines
from app.core.problems import Problem
from app.core.scope import ScopedSession
from app.core.system import SYSTEM
from app.core.work import UnitOfWork
from app.opening import engines_of, master_key_of
from app.settings import Settings
from tests.reliability.conftest import ROBIN, assert_come_back, stalled_writer
from tests.support.house import Clinic

pytestmark = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)


def fine(_session: object) -> str:
    return "fine"


def writer_of(clinic: Clinic) -> SqliteEngines:
    running = clinic.house.door.transactions.engines
    assert isinstance(running, SqliteEngines)
    return running


async def in_one_batch(clinic: Clinic, *functions: Any) -> list[Any]:
    """Run functions in one transaction of the writer, and return what each caller got."""
    writing = writer_of(clinic)
    async with stalled_writer(clinic):
        calls = [asyncio.create_task(writing.write(SYSTEM, fn)) for fn in functions]
        await asyncio.sleep(0.01)
    return await asyncio.gather(*calls, return_exceptions=True)


async def test_a_commit_that_fails_fails_for_all_who_shared_it(clinic: Clinic) -> None:
    def leave_an_orphan(session: ScopedSession) -> None:
        session.execute(
            text(
                "CREATE TABLE orphans (id INT PRIMARY KEY, parent INT REFERENCES orphans DEFERRABLE INITIALLY DEFERRED)"
            )
        )
        session.execute(text("INSERT INTO orphans VALUES (1, 2)"))

    outcomes = await in_one_batch(clinic, fine, leave_an_orphan, fine)
    assert [isinstance(outcome, DBAPIError) for outcome in outcomes] == [True] * 3
    assert await in_one_batch(clinic, fine) == ["fine"]


@pytest.mark.parametrize("ending", [SystemExit, KeyboardInterrupt, StopIteration, asyncio.CancelledError, MemoryError])
async def test_whatever_ends_one_call_the_others_and_the_thread_go_on(
    clinic: Clinic, ending: type[BaseException]
) -> None:
    def end(_session: object) -> None:
        raise ending

    first, ended, last = await in_one_batch(clinic, fine, end, fine)
    assert (first, last) == ("fine", "fine")
    assert isinstance(ended, RuntimeError | MemoryError)
    assert await in_one_batch(clinic, fine) == ["fine"]


async def test_a_call_that_loses_the_transaction_takes_its_batch_with_it_and_no_further(clinic: Clinic) -> None:
    """As on a full disk, where SQLite undoes everything: the rest must not run outside of a transaction."""
    ran: list[str] = []

    def lose(session: ScopedSession) -> None:
        session.execute(text("ROLLBACK"))
        session.execute(text("SELECT nothing_of_this_name"))

    def later(_session: object) -> None:
        ran.append("later")

    outcomes = await in_one_batch(clinic, fine, lose, later)
    assert [isinstance(outcome, DBAPIError) for outcome in outcomes] == [True] * 3
    assert ran == []
    assert (await clinic["therapist"].post("/clients", ROBIN)).status_code == 201


async def test_a_caller_that_went_away_does_not_disturb_the_batch(clinic: Clinic) -> None:
    writing = writer_of(clinic)
    async with stalled_writer(clinic):
        calls = [asyncio.create_task(writing.write(SYSTEM, fine)) for _ in range(3)]
        await asyncio.sleep(0.01)
        calls[1].cancel()
    assert list(await asyncio.gather(calls[0], calls[2])) == ["fine", "fine"]
    assert calls[1].cancelled()


async def test_a_loop_that_is_closed_does_not_end_the_thread(settings: Settings) -> None:
    engines, go_on, has_begun = engines_of(settings, master_key_of(settings)), threading.Event(), threading.Event()

    def wait(_session: object) -> None:
        has_begun.set()
        go_on.wait(10)

    def leave() -> None:
        async def call_and_leave() -> None:
            call = asyncio.create_task(engines.write(SYSTEM, wait))
            await asyncio.to_thread(has_begun.wait, 10)
            call.cancel()

        asyncio.run(call_and_leave())

    await asyncio.to_thread(leave)
    go_on.set()
    assert await engines.write(SYSTEM, fine) == "fine"
    await engines.close()


async def test_a_file_that_cannot_be_opened_is_busy_until_it_can(clinic: Clinic, settings: Settings) -> None:
    """The writer's connection is gone, and so is the folder: the thread tries again with the next call."""
    therapist, writing = clinic["therapist"], writer_of(clinic)
    await therapist.made("/clients", ROBIN)
    away = settings.database_file.with_suffix(".away")
    files = {
        path: path.with_name(path.name.replace(settings.database_file.name, away.name)) for path in beside(settings)
    }
    writing._writer._engine.dispose()
    for here, there in files.items():
        here.rename(there)
    settings.database_file.mkdir()
    assert_come_back(await therapist.post("/clients", ROBIN))
    settings.database_file.rmdir()
    for here, there in files.items():
        there.rename(here)
    assert (await therapist.post("/clients", ROBIN)).status_code == 201
    assert len((await therapist.read("/clients"))["data"]) == 2


def beside(settings: Settings) -> list[Any]:
    return sorted(settings.database_file.parent.glob(f"{settings.database_file.name}*"))


async def test_a_problem_of_one_call_is_its_own(clinic: Clinic) -> None:
    def refuse(_work: UnitOfWork) -> None:
        raise Problem

    transactions = clinic.house.door.transactions
    outcomes = await asyncio.gather(
        transactions.write(clinic.operator, refuse),
        transactions.write(clinic.operator, lambda _work: "fine"),
        return_exceptions=True,
    )
    assert isinstance(outcomes[0], Problem)
    assert outcomes[1] == "fine"
