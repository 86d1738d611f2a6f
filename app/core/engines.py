"""The two kinds of database, each run at its best. The only file that commits."""

import asyncio
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.core.problems import Busy
from app.core.scope import Scope, ScopedSession

T = TypeVar("T")
_BATCH = 64
_BACKLOG = 2_000


class Engines(Protocol):
    """One database: how a function is run against it in a transaction."""

    async def write(self, scope: Scope, fn: Callable[[ScopedSession], T]) -> T:
        """Run and commit."""

    async def read(self, scope: Scope, fn: Callable[[ScopedSession], T]) -> T:
        """Run in a read-only transaction."""

    async def read_aside(self, scope: Scope, fn: Callable[[ScopedSession], T]) -> T:
        """Run a long read without holding up short ones."""

    async def close(self) -> None:
        """Finish what is running and let the database go."""


class PostgresqlEngines:
    """PostgreSQL: each function runs in one greenlet of an async session, so that its I/O never blocks the loop."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Share one pool between reading and writing."""
        self._engine = engine
        self._reading = engine.execution_options(postgresql_readonly=True)

    async def write(self, scope: Scope, fn: Callable[[ScopedSession], T]) -> T:
        """Run and commit; on any exception nothing is kept."""
        async with AsyncSession(self._engine, sync_session_class=ScopedSession, scope=scope) as session:
            result = await session.run_sync(_as_scoped(fn))
            await session.commit()
            return result

    async def read(self, scope: Scope, fn: Callable[[ScopedSession], T]) -> T:
        """Run in a transaction that PostgreSQL itself keeps from writing."""
        async with AsyncSession(self._reading, sync_session_class=ScopedSession, scope=scope) as session:
            return await session.run_sync(_as_scoped(fn))

    read_aside = read
    """The same: what waits for PostgreSQL holds up nobody."""

    async def close(self) -> None:
        """Close every connection."""
        await self._engine.dispose()


class SqliteEngines:
    """SQLite: reads run inline on the loop, far shorter than a thread hop; one thread writes, many calls a commit."""

    def __init__(self, *, reading: Engine, aside: Engine, writing: Engine) -> None:
        """Take three engines on the same file: `writing` begins immediately, the others only query."""
        self._reading, self._aside = reading, aside
        self._writer = _Writer(writing)

    async def write(self, scope: Scope, fn: Callable[[ScopedSession], T]) -> T:
        """Queue for the writer thread; returns after the commit of its batch."""
        return await self._writer.run(scope, fn)

    async def read(self, scope: Scope, fn: Callable[[ScopedSession], T]) -> T:
        """Run inline: nothing else runs on the loop until it is done."""
        return _read(self._reading, scope, fn)

    async def read_aside(self, scope: Scope, fn: Callable[[ScopedSession], T]) -> T:
        """Run in a worker thread with a connection of its own."""
        return await asyncio.to_thread(_read, self._aside, scope, fn)

    async def close(self) -> None:
        """Let the writer finish its queue, then close the file."""
        await asyncio.to_thread(self._writer.close)
        self._reading.dispose()
        self._aside.dispose()


def _as_scoped(fn: Callable[[ScopedSession], T]) -> Callable[[Any], T]:
    return fn


def _read(engine: Engine, scope: Scope, fn: Callable[[ScopedSession], T]) -> T:
    with ScopedSession(engine, scope) as session:
        return fn(session)


@dataclass
class _Job:
    scope: Scope
    fn: Callable[[ScopedSession], Any]
    future: asyncio.Future[Any]
    outcome: Any = None
    failure: BaseException | None = None


class _Writer:
    """One thread, one connection: drains the queue into a transaction, a savepoint for each call, then one commit.

    SQLite allows one writer at a time and pays for each commit with a disk flush; sharing it makes sixteen writers
    several times faster and keeps the flush off the event loop.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._is_closed = False
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._drain, name="stance-writer", daemon=True)
        self._thread.start()

    async def run(self, scope: Scope, fn: Callable[[ScopedSession], T]) -> T:
        if self._is_closed or self._jobs.qsize() >= _BACKLOG:
            raise Busy
        job = _Job(scope, fn, asyncio.get_running_loop().create_future())
        self._jobs.put(job)
        result: T = await job.future
        return result

    def close(self) -> None:
        self._is_closed = True
        self._jobs.put(None)
        self._thread.join()
        self._engine.dispose()

    def _drain(self) -> None:
        while (first := self._jobs.get()) is not None:
            batch = [first]
            closing = False
            while len(batch) < _BATCH and not self._jobs.empty():
                job = self._jobs.get()
                if job is None:
                    closing = True
                    break
                batch.append(job)
            self._commit(batch)
            if closing:
                return

    def _commit(self, batch: list[_Job]) -> None:
        try:
            with self._engine.connect() as connection, connection.begin():
                for job in batch:
                    self._attempt(connection, job)
        except Exception as failure:  # noqa: BLE001 - every waiting call must hear of it
            for job in batch:
                job.failure = job.failure or failure
        for job in batch:
            job.future.get_loop().call_soon_threadsafe(_answer, job)

    @staticmethod
    def _attempt(connection: Connection, job: _Job) -> None:
        with ScopedSession(connection, job.scope, join_transaction_mode="create_savepoint") as session:
            try:
                job.outcome = job.fn(session)
                session.commit()
            except Exception as failure:  # noqa: BLE001 - its own caller hears of it, the rest of the batch goes on
                session.rollback()
                job.failure = failure


def _answer(job: _Job) -> None:
    if job.future.done():  # the caller went away
        return
    if job.failure is not None:
        job.future.set_exception(job.failure)
    else:
        job.future.set_result(job.outcome)
