"""Checking the whole log: every entry against its text, its mark and its seal, and every seal against the one before.

The walk reads a few thousand entries at a time and needs nothing but the service's own login. It names what was
altered, removed or put in by hand.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any, Concatenate, ParamSpec, TypeVar
from uuid import UUID

from app.access.audit import sealing, verification_queries
from app.access.audit.comparing import Json, clients_in, difference, text_of
from app.access.audit.sealer import ENTRIES_AT_ONCE, end_of_unmarked, unsealed_ids
from app.core.crypto import KeyRing
from app.core.database import AnySelect
from app.core.ids import first_id_of
from app.core.scope import Scope, ScopedSession
from app.core.transactions import Transactions
from app.core.vault import Vault

P = ParamSpec("P")
T = TypeVar("T")
_SEALS_AT_ONCE = _CLIENTS_AT_ONCE = 500
_STEP = 20_000
_LATEST = timedelta(hours=1)
"""The sealer looks back an hour: what is older and has no seal was in one that somebody took away."""
_LOWEST = UUID(int=0)


class Harm(StrEnum):
    """What was done to the log."""

    ALTERED = "ALTERED"
    REMOVED = "REMOVED"
    INSERTED = "INSERTED"


@dataclass(frozen=True)
class Finding:
    """One wrong place: an entry, or a whole seal when no single entry can be named."""

    harm: Harm
    reason: str
    event_id: UUID | None = None
    seal: int | None = None

    def __str__(self) -> str:
        """Say it in one line."""
        entry = f"entry {self.event_id}" if self.event_id is not None else None
        seal = f"seal {self.seal}" if self.seal is not None else "no seal"
        where = f"{entry} ({seal})" if entry else seal
        return f"{self.harm} {where}: {self.reason}"


@dataclass
class Report:
    """What a walk over one clinic's log found."""

    clinic_id: UUID
    entries: int = 0
    seals: int = 0
    unsealed: int = 0
    findings: list[Finding] = field(default_factory=list)


class NothingToVerify(LookupError):
    """There is no log of this clinic, or a checkpoint cannot be read."""


async def verify(transactions: Transactions, clinic_id: UUID, checkpoints: Sequence[Mapping[str, Any]] = ()) -> Report:
    """Walk the log of one clinic, and compare it with what was kept elsewhere."""
    walk = _Walk(transactions, clinic_id)
    await walk.seals(checkpoints)
    await walk.unsealed()
    await walk.subjects()
    return walk.report


@dataclass(frozen=True)
class _Entries:
    """A stretch of entries with what each says, and the clients each is listed for."""

    rows: Mapping[UUID, Any]
    said: Mapping[UUID, Json]
    listed_for: Mapping[UUID, set[UUID]]


class _Walk:
    def __init__(self, transactions: Transactions, clinic_id: UUID) -> None:
        self.report = Report(clinic_id)
        self._transactions, self._clinic_id = transactions, clinic_id
        self._public_key = self._key = b""
        self._unmarked_before = self._overdue = _LOWEST
        self._listed = 0
        self._removed: set[UUID] = set()

    async def seals(self, checkpoints: Sequence[Mapping[str, Any]]) -> None:
        """Check every seal and what is in it, and that each checkpoint is still in the chain."""
        secret, self._unmarked_before = await self._look(_begin, self._clinic_id, self._transactions.ring)
        self._key, self._public_key = sealing.entry_key(secret), sealing.public_key_of(secret)
        kept = {int(one["number"]): str(one["hash"]) for one in checkpoints}
        number, previous_hash = 0, sealing.NO_SEAL_BEFORE
        async for page in self._pages():
            within = verification_queries.sealed_between(page[0].number, page[-1].number)
            held = await self._look(_rows, within)
            entries = await self._entries([one.event_id for one in held])
            by_seal: dict[int, list[Any]] = {}
            for one in held:
                by_seal.setdefault(one.seal_number, []).append(one)
            for seal in page:
                for missing in range(number + 1, seal.number):
                    self._find(Harm.REMOVED, "its number is missing in the chain", seal=missing)
                follows = seal.number != number + 1 or seal.previous_hash == previous_hash
                self._check_seal(seal, follows=follows, kept=kept.pop(seal.number, None))
                self._check_sealed(seal, by_seal.get(seal.number, []), entries)
                number, previous_hash = seal.number, seal.hash
                self._overdue = first_id_of(seal.sealed_at - _LATEST)
                self.report.seals += 1
        for missing in sorted(kept):
            self._find(Harm.REMOVED, "a checkpoint names it, and it is not in the log", seal=missing)
        for row in await self._look(_rows, verification_queries.numbers_without_seal(number)):
            if row.seal_number not in kept:
                self._find(Harm.REMOVED, "entries were in it, and it is gone", seal=row.seal_number)

    async def unsealed(self) -> None:
        """Check the entries no seal holds: all but the newest were put there by hand, or their seal was taken away."""
        after = _LOWEST
        while ids := await self._look(unsealed_ids, after):
            after, missing = ids
            entries = await self._entries(missing)
            for row in entries.rows.values():
                self.report.entries += 1
                is_unmarked_too_late = row.mac is None and row.id < self._overdue
                if is_unmarked_too_late or not self._is_ours(row):
                    self._find(Harm.INSERTED, "the service did not write it, or not with this text", row.id)
                elif reason := self._difference(row, entries):
                    self._find(Harm.ALTERED, reason, row.id)
                elif row.id < self._overdue:
                    self._find(Harm.REMOVED, "the entry is there, the seal it was in is not", row.id)
                else:
                    self.report.unsealed += 1

    async def subjects(self) -> None:
        """Find what the index of clients says of entries beyond what they say themselves."""
        if (await self._look(_rows, verification_queries.count_of_subjects()))[0][0] == self._listed:
            return
        place: tuple[UUID, UUID] | None = (_LOWEST, _LOWEST)
        while place is not None:
            rows = await self._look(_rows, verification_queries.subjects_after(*place, _STEP))
            for row in rows:
                named = row.document is not None and row.client_id in clients_in(text_of(row.document))
                if not named and row.event_id not in self._removed:
                    reason = "it is listed for a client whom it does not name"
                    self._find(Harm.INSERTED, reason, row.event_id, row.seal_number)
            place = (rows[-1].client_id, rows[-1].event_id) if len(rows) == _STEP else None

    def _check_seal(self, seal: Any, *, follows: bool, kept: str | None) -> None:
        reason = None
        if not follows:
            reason = "it does not follow the seal before"
        elif sealing.hash_of(seal) != seal.hash:
            reason = "its hash is not that of what it says"
        elif seal.public_key != self._public_key:
            reason = "it names a foreign key"
        elif not sealing.is_signed(seal.public_key, seal.hash, seal.signature):
            reason = "its signature does not fit"
        elif kept is not None and kept != seal.hash.hex():
            reason = "it is not the one a checkpoint names"
        if reason is not None:
            self._find(Harm.ALTERED, reason, seal=seal.number)

    def _check_sealed(self, seal: Any, held: Sequence[Any], entries: _Entries) -> None:
        found_before = len(self.report.findings)
        positions = {one.position for one in held}
        for position in range(seal.count if len(positions) < seal.count else 0):
            if position not in positions:
                self._find(Harm.REMOVED, f"its entry at position {position} is gone", seal=seal.number)
        for one in held:
            self.report.entries += 1
            row = entries.rows.get(one.event_id)
            if not 0 <= one.position < seal.count:
                self._find(Harm.INSERTED, "its seal has no such position", one.event_id, seal.number)
            elif row is None:
                self._removed.add(one.event_id)
                self._find(Harm.REMOVED, "its seal holds it, and it is gone", one.event_id, seal.number)
            elif not self._is_ours(row):
                self._find(Harm.ALTERED, "its text is not what the service wrote", one.event_id, seal.number)
            elif reason := self._difference(row, entries):
                self._find(Harm.ALTERED, reason, one.event_id, seal.number)
        if len(self.report.findings) == found_before:
            leaves = [entries.rows[one.event_id].leaf for one in held]  # each was just compared with its text
            if not leaves or sealing.root_of(leaves) != seal.root:
                self._find(Harm.ALTERED, "its entries do not come to its root", seal=seal.number)

    def _is_ours(self, row: Any) -> bool:
        is_from_before_marks = row.mac is None and row.id < self._unmarked_before
        return is_from_before_marks or sealing.is_marked(self._key, row.document, row.mac)

    def _difference(self, row: Any, entries: _Entries) -> str | None:
        return difference(row, entries.said[row.id], self._clinic_id, entries.listed_for[row.id])

    def _find(self, harm: Harm, reason: str, event_id: UUID | None = None, seal: int | None = None) -> None:
        self.report.findings.append(Finding(harm, reason, event_id, seal))

    async def _entries(self, ids: Sequence[UUID]) -> _Entries:
        rows: dict[UUID, Any] = {}
        for start in range(0, len(ids), ENTRIES_AT_ONCE):
            chunk = verification_queries.entries_of(ids[start : start + ENTRIES_AT_ONCE])
            rows |= {row.id: row for row in await self._look(_rows, chunk)}
        said = {row_id: text_of(row.document) for row_id, row in rows.items()}
        listed_for: dict[UUID, set[UUID]] = {row_id: set() for row_id in said}
        clients = sorted(set().union(*map(clients_in, said.values())))
        for start in range(0, len(clients), _CLIENTS_AT_ONCE):
            some = clients[start : start + _CLIENTS_AT_ONCE]
            listed = verification_queries.subjects_of(some, min(said), max(said))
            for row in await self._look(_rows, listed):
                if row.event_id in listed_for:
                    listed_for[row.event_id].add(row.client_id)
                    self._listed += 1
        return _Entries(rows, said, listed_for)

    async def _pages(self) -> AsyncIterator[list[Any]]:
        """Yield seals in order, as many at a time as hold a batch of entries."""
        after = 0
        while seals := await self._look(_rows, verification_queries.seals_after(after, _SEALS_AT_ONCE)):
            page: list[Any] = []
            room = sealing.BATCH
            for seal in seals:
                page.append(seal)
                room -= seal.count
                if room <= 0:
                    break
            yield page
            after = page[-1].number

    async def _look(self, fn: Callable[Concatenate[ScopedSession, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        scope = Scope(self._clinic_id)
        return await self._transactions.engines.read_aside(scope, lambda session: fn(session, *args, **kwargs))


def _begin(session: ScopedSession, clinic_id: UUID, ring: KeyRing) -> tuple[bytes, UUID]:
    """Return the clinic's audit secret, and the id before which entries may lack the service's mark."""
    if session.execute(verification_queries.any_entry()).first() is None:
        raise NothingToVerify("There is no audit log of this clinic.")
    unmarked_before = end_of_unmarked(session)
    return Vault(session, clinic_id, ring).audit_secret(), unmarked_before


def _rows(session: ScopedSession, statement: AnySelect) -> Sequence[Any]:
    return session.execute(statement).all()
