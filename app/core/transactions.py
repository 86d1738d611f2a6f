"""A transaction is a function call: `Transactions` runs it with a unit of work and returns after the commit.

A function that loses a race simply runs again and sees who won. The audit entries of concurrent reads share one
commit, which every answer waits for: no client data leaves before the log of its reading is durable.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Concatenate, ParamSpec, Protocol, TypeVar
from uuid import UUID

from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.exc import StaleDataError

from app.core.broken_seals import event_of
from app.core.caller import Caller
from app.core.clock import Clock
from app.core.crypto import KeyGone, KeyRing, SealBroken
from app.core.engines import Engines
from app.core.events import DomainEvent, Recorded
from app.core.logs import log
from app.core.problems import Busy, InsufficientStorage
from app.core.scope import Scope, ScopedSession
from app.core.storage import Storage
from app.core.vault import Vault
from app.core.violations import is_busy, is_cut_off, is_full, is_lost_race, is_read_only, problem_of
from app.core.work import LostRace, UnitOfWork, Wiring

P = ParamSpec("P")
T = TypeVar("T")
_ATTEMPTS = 12
_COLLISIONS = 3
"""How often a function may run into a unique constraint, or a key that is gone: the second run sees who won."""
_KNOWN_REFUSALS = (is_lost_race, is_busy, is_cut_off, is_full, is_read_only)
_READ_LOG_BATCH = 500
_READ_LOG_GATHERED = 64
"""How many entries are gathered before they are written. A commit costs as much as a dozen of them."""
_READ_LOG_BACKLOG = 2_000


class Transact(Protocol):
    """Bound to one caller and one permission: `await transact(service.sign_note, note_id, 3)`."""

    async def __call__(self, fn: Callable[Concatenate[UnitOfWork, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run the function in a transaction, commit, and return what it returned."""


class Transactions:
    """Runs service functions in transactions of a caller's scope."""

    def __init__(
        self, engines: Engines, ring: KeyRing, clock: Clock, wiring: Wiring, storage: Storage | None = None
    ) -> None:
        """Take the engines, the keys, the clock, the two upward calls, and the room there is."""
        self.engines, self.ring, self.clock, self.wiring = engines, ring, clock, wiring
        self.storage = storage or Storage()
        self._read_log = _ReadLog(self)

    async def write(
        self,
        caller: Caller,
        fn: Callable[Concatenate[UnitOfWork, P], T],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run, record what happened in the same transaction, commit, return; refused when little room is left."""
        self.storage.refuse_if_short()
        return await self.write_in_reserve(caller, fn, *args, **kwargs)

    async def write_in_reserve(
        self,
        caller: Caller,
        fn: Callable[Concatenate[UnitOfWork, P], T],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Write also when little room is left: for what people need to go on reading and to stay safe."""

        def run(session: ScopedSession) -> tuple[T, Vault]:
            work = self._work(session, caller)
            result = fn(work, *args, **kwargs)
            self._record(session, work.finish(), work.vault)
            return result, work.vault

        attempt = _tried(lambda: self.engines.write(self._scope_of(caller), run), writes=True)
        result, vault = await self._watched(caller, attempt)
        vault.share()
        return result

    async def read(
        self,
        caller: Caller,
        fn: Callable[Concatenate[UnitOfWork, P], T],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run read-only; the answer leaves only after what was seen is durable in the audit log."""
        run = self._reading(caller, lambda work: fn(work, *args, **kwargs))
        attempt = _tried(lambda: self.engines.read(self._scope_of(caller), run))
        return await self._logged(await self._watched(caller, attempt))

    async def read_aside(
        self,
        caller: Caller,
        fn: Callable[Concatenate[UnitOfWork, P], T],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run a long read, as `read` does, without holding up short ones."""
        run = self._reading(caller, lambda work: fn(work, *args, **kwargs))
        attempt = _tried(lambda: self.engines.read_aside(self._scope_of(caller), run))
        return await self._logged(await self._watched(caller, attempt))

    async def look(
        self, scope: Scope, fn: Callable[Concatenate[ScopedSession, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Look a credential up, when there is no caller yet."""
        return await _tried(lambda: self.engines.read(scope, lambda session: fn(session, *args, **kwargs)))

    async def keep(
        self, scope: Scope, fn: Callable[Concatenate[ScopedSession, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Write about credentials, when there is no caller yet and so nobody to write down."""
        return await _tried(
            lambda: self.engines.write(scope, lambda session: fn(session, *args, **kwargs)), writes=True
        )

    async def note_down(self, caller: Caller, event: DomainEvent) -> None:
        """Write an audit entry for something that had no transaction of its own, such as a refusal."""
        await self._read_log.append([Recorded(event, caller, self.clock())])

    async def append(self, clinic_id: UUID, recorded: Sequence[Recorded]) -> None:
        """Commit audit entries of one clinic in one transaction."""

        def run(session: ScopedSession) -> Vault:
            vault = Vault(session, clinic_id, self.ring)
            self._record(session, recorded, vault)
            return vault

        vault = await _tried(lambda: self.engines.write(Scope(clinic_id), run), writes=True)
        vault.share()

    async def close(self) -> None:
        """Finish what is running, then let the database go."""
        await self._read_log.close()
        await self.engines.close()

    def _reading(
        self, caller: Caller, fn: Callable[[UnitOfWork], T]
    ) -> Callable[[ScopedSession], tuple[T, list[Recorded]]]:
        def run(session: ScopedSession) -> tuple[T, list[Recorded]]:
            work = self._work(session, caller)
            result = fn(work)
            work.vault.share()
            return result, work.finish()

        return run

    async def _watched(self, caller: Caller, attempt: Awaitable[T]) -> T:
        """Write down that a seal is broken; the transaction that met it is undone, so the entry has its own."""
        try:
            return await attempt
        except SealBroken as broken:
            # The request has failed already, and with the clinic's own keys broken nothing is kept.
            with suppress(Busy):
                await self.note_down(caller, event_of(broken, caller.clinic_id))
            raise

    async def _logged(self, outcome: tuple[T, list[Recorded]]) -> T:
        result, recorded = outcome
        if recorded:
            await self._read_log.append(recorded)
        return result

    def _work(self, session: ScopedSession, caller: Caller) -> UnitOfWork:
        return UnitOfWork(session, caller, self.clock(), self.ring)

    def _scope_of(self, caller: Caller) -> Scope:
        circle = None if caller.sees_all_clients else self.wiring.circle_of(caller, self.clock())
        return Scope(caller.clinic_id, circle, caller.id if caller.sees_own_private_notes else None)

    def _record(self, session: ScopedSession, recorded: Sequence[Recorded], vault: Vault) -> None:
        if recorded:
            try:
                for recorder in self.wiring.recorders:
                    recorder(session, recorded, vault)
                session.flush()
            except DBAPIError as refused:
                if any(is_known(refused) for is_known in _KNOWN_REFUSALS):
                    raise
                # What cannot be logged is not done, and the fault is an operator's to mend, not the caller's.
                log.error("audit_log_unwritable", error_type=type(refused.orig).__name__)
                raise Busy("What you asked for could not be logged, so it was not done. Try again.") from None


class _ReadLog:
    """Group commit: everything that waits at one moment shares one transaction per clinic."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions
        self._waiting: list[tuple[list[Recorded], asyncio.Future[None]]] = []
        self._draining: asyncio.Task[None] | None = None

    async def append(self, recorded: list[Recorded]) -> None:
        if len(self._waiting) >= _READ_LOG_BACKLOG:
            raise Busy
        stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((recorded, stored))
        if self._draining is None or self._draining.done():
            self._draining = asyncio.create_task(self._drain())
        await stored

    async def close(self) -> None:
        if self._draining is not None:
            await self._draining

    async def _drain(self) -> None:
        while self._waiting:
            await self._gather()
            batch, self._waiting = self._waiting[:_READ_LOG_BATCH], self._waiting[_READ_LOG_BATCH:]
            by_clinic: dict[UUID, list[tuple[list[Recorded], asyncio.Future[None]]]] = {}
            for entry in batch:
                by_clinic.setdefault(entry[0][0].caller.clinic_id, []).append(entry)
            for clinic_id, entries in by_clinic.items():
                await self._store(clinic_id, entries)

    async def _gather(self) -> None:
        """Let requests that are being answered now add their entries, until nobody comes or enough have."""
        seen = 0
        while seen < len(self._waiting) < _READ_LOG_GATHERED:
            seen = len(self._waiting)
            await asyncio.sleep(0)

    async def _store(self, clinic_id: UUID, entries: list[tuple[list[Recorded], asyncio.Future[None]]]) -> None:
        failure: Exception | None = None
        try:
            await self._transactions.append(clinic_id, [one for recorded, _ in entries for one in recorded])
        except Exception as refused:  # noqa: BLE001 - each waiting answer must fail, not this task
            failure = refused
        for _, stored in entries:
            if stored.done():
                continue
            if failure is None:
                stored.set_result(None)
            else:
                stored.set_exception(Busy("What was read could not be logged, so it is not shown. Try again."))


async def _tried(attempt: Callable[[], Awaitable[T]], *, writes: bool = False) -> T:
    """Run again after a lost race or on a dead connection; otherwise say in the caller's words what was refused.

    Connections are not tested before each use, which would cost every request a round trip. The first request
    after a restart of the database meets a dead one instead, and runs once more on a new one. That is safe for writes
    too: a connection that broke during COMMIT arrives here as `OutcomeUnknown`, and anywhere before it nothing is kept.
    """
    is_first_cut = True
    for turn in range(1, _ATTEMPTS + 1):
        try:
            return await attempt()
        except (PoolTimeout, OSError, TimeoutError):
            raise Busy from None
        except (StaleDataError, LostRace):
            # The second run sees the winner's version: 412 if the caller named one, success if she did not.
            await _pause(turn)
        except KeyGone:
            # The row was read before its key was replaced, the keys after it: the second run sees both as they are.
            if turn >= _COLLISIONS:
                raise
            await _pause(turn)
        except DBAPIError as refused:
            if is_cut_off(refused) and is_first_cut:
                is_first_cut = False
            elif is_lost_race(refused) and turn < _turns_for(refused):
                await _pause(turn)
            else:
                raise _meaning_of(refused, writes=writes) from None
    raise Busy


def _turns_for(lost: DBAPIError) -> int:
    return _COLLISIONS if isinstance(lost, IntegrityError) else _ATTEMPTS


def _meaning_of(refused: DBAPIError, *, writes: bool) -> BaseException:
    """Return the problem a refusal stands for, or the refusal itself, which is then a bug of ours."""
    if writes and is_full(refused):
        return InsufficientStorage()
    if is_busy(refused) or is_full(refused) or (writes and is_read_only(refused)):
        return Busy()
    return problem_of(refused) if isinstance(refused, IntegrityError) else refused


async def _pause(turn: int) -> None:
    await asyncio.sleep(random.uniform(0, 0.01 * turn))  # noqa: S311 - jitter, not a secret
