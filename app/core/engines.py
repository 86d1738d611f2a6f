"""The two kinds of database, each run at its best. The only file that commits."""

import asyncio
import contextlib
import functools
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.util import greenlet_spawn

from app.core.problems import Busy, OutcomeUnknown
from app.core.scope import Scope, ScopedSession, tell_with_begin
from app.core.violations import is_cut_off, is_read_only

T = TypeVar("T")
_BATCH = 64
_BACKLOG = 2_000
_PATIENCE = 2.0
"""Seconds to wait for a connection to PostgreSQL."""


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
    """PostgreSQL: each transaction is one greenlet, so that its I/O never blocks the loop.

    SQLAlchemy's `AsyncSession` would need two more, to commit and to close, and a task that sees to the closing.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        """Share one pool between reading and writing."""
        self._engine, self._writing = engine, engine.sync_engine
        self._reading = engine.sync_engine.execution_options(postgresql_readonly=True)
        pool: Any = engine.pool
        self._turns = asyncio.Semaphore(pool.size())

    async def write(self, scope: Scope, fn: Callable[[ScopedSession], T]) -> T:
        """Run and commit; on any exception but `OutcomeUnknown` nothing is kept.

        A connection that breaks during COMMIT leaves open whether it took effect. The call is then never repeated
        from here, because the function may have acted already: only the caller can repeat it safely.
        """
        return await self._in_turn(_write, self._writing, scope, fn)

    async def read(self, scope: Scope, fn: Callable[[ScopedSession], T]) -> T:
        """Run in a transaction that PostgreSQL itself keeps from writing."""
        return await self._in_turn(_read_told, self._reading, scope, fn)

    read_aside = read
    """The same: what waits for PostgreSQL holds up nobody."""

    async def close(self) -> None:
        """Close every connection."""
        await self._engine.dispose()

    async def _in_turn(self, run: Callable[..., T], *arguments: Any) -> T:
        """Run in a greenlet, in the order of asking: the pool gives a free connection to whoever asks next."""
        if self._turns.locked():
            await self._wait_for_turn()
        else:
            await self._turns.acquire()
        try:
            return await greenlet_spawn(run, *arguments)
        finally:
            self._turns.release()

    async def _wait_for_turn(self) -> None:
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._turns.acquire()
        except TimeoutError:
            raise Busy from None


class SqliteEngines:
    """SQLite: reads run inline on the loop, far shorter than a thread hop; one thread writes, many calls a commit."""

    def __init__(self, *, reading: Engine, aside: Engine, writing: Engine) -> None:
        """Take three engines on the same file: `writing` begins immediately, the others only query."""
        self._reading_engine, self._aside = reading, aside
        self._writer = _Writer(writing)

    async def write(self, scope: Scope, fn: Callable[[ScopedSession], T]) -> T:
        """Queue for the writer thread; returns after the commit of its batch."""
        return await self._writer.run(scope, fn)

    async def read(self, scope: Scope, fn: Callable[[ScopedSession], T]) -> T:
        """Run inline: nothing else runs on the loop until it is done."""
        return _read(self._reading, scope, fn)

    @functools.cached_property
    def _reading(self) -> Connection:
        """The connection of all short reads: on the loop there is never more than one."""
        return self._reading_engine.connect()

    async def read_aside(self, scope: Scope, fn: Callable[[ScopedSession], T]) -> T:
        """Run in a worker thread with a connection of its own."""
        return await asyncio.to_thread(self._read_aside, scope, fn)

    def _read_aside(self, scope: Scope, fn: Callable[[ScopedSession], T]) -> T:
        with self._aside.connect() as connection:
            return _read(connection, scope, fn)

    async def close(self) -> None:
        """Let the writer finish its queue, then close the file."""
        await asyncio.to_thread(self._writer.close)
        if "_reading" in vars(self):  # closing must not open a file that nobody read
            self._reading.close()
        self._reading_engine.dispose()
        self._aside.dispose()


def _write(engine: Engine, scope: Scope, fn: Callable[[ScopedSession], T]) -> T:
    with ScopedSession(engine, scope) as session:
        try:
            result = fn(session)
        except DBAPIError as refused:
            if is_read_only(refused):
                session.invalidate()  # connected to a standby: dial again, the address may find the primary
            raise
        try:
            session.commit()
        except (OSError, TimeoutError):
            raise OutcomeUnknown from None
        except DBAPIError as refused:
            if is_cut_off(refused):
                raise OutcomeUnknown from None
            raise
        return result


def _read_told(engine: Engine, scope: Scope, fn: Callable[[ScopedSession], T]) -> T:
    """Run in the transaction the driver begins by itself with the first statement, and ends when it gets back."""
    with engine.connect() as connection:
        tell_with_begin(connection, scope)
        with ScopedSession(connection, scope) as session:
            return fn(session)


def _read(connection: Connection, scope: Scope, fn: Callable[[ScopedSession], T]) -> T:
    """Run in one transaction, which is one state of the record: begun on the driver, for that takes microseconds."""
    driver: Any = connection.connection.dbapi_connection
    driver.execute("BEGIN")
    try:
        with ScopedSession(connection, scope) as session:
            return fn(session)
    finally:
        if connection.in_transaction():
            connection.rollback()
        else:
            driver.rollback()


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
        except BaseException as failure:  # noqa: BLE001 - every waiting call must hear of it, and the thread lives on
            for job in batch:
                job.failure = job.failure or failure
        for job in batch:
            # A loop that is closed has no caller left to hear the answer.
            with contextlib.suppress(RuntimeError):
                job.future.get_loop().call_soon_threadsafe(_answer, job)

    @staticmethod
    def _attempt(connection: Connection, job: _Job) -> None:
        """Run one call in a savepoint; raise only when the whole batch is lost with it.

        On a full disk SQLite undoes the transaction, not just the savepoint. Going on would run the rest of the
        batch outside of any transaction and commit it piece by piece.
        """
        try:
            with ScopedSession(connection, job.scope, join_transaction_mode="create_savepoint") as session:
                try:
                    job.outcome = job.fn(session)
                    session.commit()
                except BaseException as failure:  # noqa: BLE001 - its own caller hears of it, the rest goes on
                    job.failure = failure
                    session.rollback()
        except DBAPIError as failure:
            raise (job.failure or failure) from None
        if job.failure is not None and not getattr(connection.connection.dbapi_connection, "in_transaction", False):
            raise job.failure


def _answer(job: _Job) -> None:
    if job.future.done():  # the caller went away
        return
    if job.failure is None:
        job.future.set_result(job.outcome)
    elif isinstance(job.failure, Exception) and not isinstance(job.failure, StopIteration):
        job.future.set_exception(job.failure)
    else:  # these would end the event loop, or leave the caller waiting for ever
        job.future.set_exception(RuntimeError(f"a transaction ended with {type(job.failure).__name__}"))
