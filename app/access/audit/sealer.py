"""The sealer: a task of the running service that seals what was logged, a second after it was, off the hot path.

Nothing leads: every process seals the clinics it wrote for, and the number of a seal is unique, so of two that seal
the same batch one is refused and finds at its next look that the other did it.
"""

import asyncio
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from app.access.audit import queries, sealing, service
from app.access.identity.door import clinics_with_credentials
from app.core.crypto import KeyRing
from app.core.events import Recorded
from app.core.ids import first_id_of
from app.core.logs import log
from app.core.scope import Scope, ScopedSession
from app.core.transactions import Transactions
from app.core.vault import KeyKind, Vault

EVERY = 1.0
SWEEP_EVERY = 600.0
"""How often every clinic is looked at, for what another process or the operator's command line wrote."""
_BUSY_FOR = 3.0
"""How long a clinic is looked at every second after its last entry."""
_LATE = 30.0
"""When it is looked at once more: no transaction stays open that long, so nothing commits after."""
_NEAR, _FAR = timedelta(seconds=45), timedelta(hours=1)
"""How far before the newest seal a look begins, each second and in a sweep."""
_STRETCH = 2_000
"""How many ids are compared at a time; beside PostgreSQL that is done on the event loop, which must not wait long."""
ENTRIES_AT_ONCE = 250
_LONGEST_PAUSE = 30.0
_LAST_WORDS = 10.0
_LOWEST = UUID(int=0)


class Wakefulness:
    """Which clinics this process wrote entries for. It is one of the recorders, so it hears of every entry."""

    def __init__(self) -> None:
        """Begin with none."""
        self._written: dict[UUID, float] = {}
        self._asked = time.monotonic()
        self._changing = threading.Lock()

    def __call__(self, _session: ScopedSession, recorded: Sequence[Recorded], _vault: Vault) -> None:
        """Note the clinic of entries that are about to be committed."""
        self.keep(recorded[0].caller.clinic_id)

    def keep(self, clinic_id: UUID) -> None:
        """Have a clinic looked at."""
        with self._changing:
            self._written[clinic_id] = time.monotonic()

    def due(self) -> list[UUID]:
        """Return the clinics to look at now: those written for lately, and once more those that have gone quiet."""
        now = time.monotonic()
        with self._changing:
            lately = min(self._asked, now - _BUSY_FOR)
            self._asked = now
            late = [clinic_id for clinic_id, at in self._written.items() if now - at > _LATE]
            due = late + [clinic_id for clinic_id, at in self._written.items() if at >= lately and now - at <= _LATE]
            for clinic_id in late:
                del self._written[clinic_id]
            return due

    def everyone(self) -> list[UUID]:
        """Return every clinic that may have entries without a seal."""
        with self._changing:
            return list(self._written)


@dataclass(frozen=True)
class Batch:
    """What the next seal is made of."""

    number: int
    previous_hash: bytes
    event_ids: list[UUID]
    leaves: list[bytes]


class Sealer:
    """Seals the log of every clinic until it is told to stop, and once more then."""

    def __init__(self, transactions: Transactions, wakefulness: Wakefulness, every: float = EVERY) -> None:
        """Share the app's transactions."""
        self._transactions, self._wakefulness, self._every = transactions, wakefulness, every
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Seal what is left, within ten seconds; what that misses is sealed after the next start."""
        self._stopping.set()
        if self._task is not None:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._task, _LAST_WORDS)

    async def seal(self, clinic_id: UUID, reach: timedelta = _FAR) -> int:
        """Seal what a clinic's log holds without a seal, and return how many entries that were."""
        scope, ring = Scope(clinic_id), self._transactions.ring
        engines = self._transactions.engines
        if ring.get(clinic_id, clinic_id, KeyKind.AUDIT) is None:
            await engines.write(scope, lambda session: _keep_secret(session, clinic_id, ring))
        sealed = 0
        while True:
            secret, batch = await engines.read_aside(scope, lambda session: _look(session, clinic_id, ring, reach))
            if not batch.event_ids:
                return sealed
            made = sealing.seal_leaves(
                secret, clinic_id, batch.number, batch.previous_hash, batch.leaves, self._transactions.clock()
            )
            event_ids = batch.event_ids
            try:
                await engines.write(scope, lambda session: service.add_seal(session, made, event_ids))  # noqa: B023
            except IntegrityError:
                return sealed
            log.info("audit_checkpoint", **sealing.checkpoint_of(made))
            sealed += made.count
            if made.count < sealing.BATCH:
                return sealed

    async def _run(self) -> None:
        swept, pause = -SWEEP_EVERY, self._every
        while not await self._is_stopping_within(pause):
            try:
                if time.monotonic() - swept >= SWEEP_EVERY:
                    await self._seal_all(await clinics_with_credentials(self._transactions), _FAR)
                    swept = time.monotonic()
                await self._seal_all(self._wakefulness.due(), _NEAR)
                pause = self._every
            except Exception as failure:  # noqa: BLE001 - whatever it was, the next look may succeed
                log.error("audit_sealing_failed", error_type=type(failure).__name__)
                pause = min(pause * 2, _LONGEST_PAUSE)
        try:
            await self._seal_all(self._wakefulness.everyone(), _NEAR)
        except Exception as failure:  # noqa: BLE001 - what is left is sealed after the next start
            log.error("audit_sealing_failed", error_type=type(failure).__name__)

    async def _seal_all(self, clinic_ids: Iterable[UUID], reach: timedelta) -> None:
        """Seal each clinic; the trouble of one keeps no other from its seals."""
        failures: list[Exception] = []
        for clinic_id in clinic_ids:
            try:
                await self.seal(clinic_id, reach)
            except Exception as failure:  # noqa: BLE001 - raised below, when all have had their turn
                self._wakefulness.keep(clinic_id)
                failures.append(failure)
        if failures:
            raise failures[0]

    async def _is_stopping_within(self, seconds: float) -> bool:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)
        return self._stopping.is_set()


def _keep_secret(session: ScopedSession, clinic_id: UUID, ring: KeyRing) -> None:
    """Make the audit secret of a clinic that is older than such secrets; reading could not store it."""
    Vault(session, clinic_id, ring).audit_secret()
    session.flush()


def _look(session: ScopedSession, clinic_id: UUID, ring: KeyRing, reach: timedelta) -> tuple[bytes, Batch]:
    """Return the secret and the next batch: entries the service wrote, in the order of their ids."""
    vault = Vault(session, clinic_id, ring)
    secret = vault.audit_secret()
    vault.share()
    key = sealing.entry_key(secret)
    newest = session.execute(queries.newest_seal()).first()
    # Whatever committed late joins this batch; nothing commits later than `reach` after it was written.
    after = _LOWEST if newest is None else first_id_of(newest.sealed_at - reach)
    if reach == _NEAR:
        after = _end_of_sealed(session, after)
    batch = Batch(newest.number + 1 if newest else 1, newest.hash if newest else sealing.NO_SEAL_BEFORE, [], [])
    unmarked_before: UUID | None = None
    for row in _unsealed(session, after):
        if row.mac is None:
            if unmarked_before is None:
                unmarked_before = end_of_unmarked(session)
            is_ours = row.id < unmarked_before
        else:
            is_ours = sealing.is_marked(key, row.document, row.mac)
        if is_ours:
            batch.event_ids.append(row.id)
            batch.leaves.append(sealing.leaf_of(row.document))
            if len(batch.event_ids) == sealing.BATCH:
                break
    return secret, batch


def _end_of_sealed(session: ScopedSession, after: UUID) -> UUID:
    """Return the highest sealed id if every entry up to it is sealed, as nearly always; else where the look began.

    Each second the entries of most of a minute would be compared otherwise. A sweep compares them all the same: it
    trusts no counts, which somebody could have made equal by taking an entry away.
    """
    newest = session.execute(queries.newest_sealed_id(after)).scalar()
    if newest is None:
        return after
    entries, sealed = (session.execute(counted).scalar() for counted in queries.counts_between(after, newest))
    return newest if entries == sealed else after


def _unsealed(session: ScopedSession, after: UUID) -> Iterator[Any]:
    """Yield the entries no seal holds, in the order of their ids."""
    while ids := unsealed_ids(session, after):
        after, missing = ids
        for start in range(0, len(missing), ENTRIES_AT_ONCE):
            yield from session.execute(queries.entries_to_seal(missing[start : start + ENTRIES_AT_ONCE]))


def unsealed_ids(session: ScopedSession, after: UUID) -> tuple[UUID, list[UUID]] | None:
    """Return where the next stretch of the log ends, and the ids in it that no seal holds; None at the log's end."""
    ids = session.execute(queries.event_ids(after, _STRETCH)).scalars().all()
    if not ids:
        return None
    sealed = set(session.execute(queries.sealed_ids(after, ids[-1])).scalars())
    return ids[-1], [event_id for event_id in ids if event_id not in sealed]


def end_of_unmarked(session: ScopedSession) -> UUID:
    """Return the id before which entries may lack the service's mark: those a log held before there were marks.

    They are older than the first entry that has one, and than the clinic's first seal.
    """
    ends: list[UUID] = []
    first_marked: Any = session.execute(queries.first_marked()).first()
    first_seal: Any = session.execute(queries.seal_numbered(1)).first()
    if first_marked is not None:
        ends.append(first_marked.id)
    if first_seal is not None:
        ends.append(first_id_of(first_seal.sealed_at))
    return min(ends, default=UUID(int=(1 << 128) - 1))
