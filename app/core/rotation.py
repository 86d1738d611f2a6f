"""Replacing a clinic's or a client's key while everybody works: a new key, everything under it, the old one destroyed.

Whoever seals uses the newest key from the moment it is stored, and whoever opens takes any that is there, so nobody
waits. Each step is a transaction of its own and starts from what is stored: who is interrupted goes on by beginning
again. The last step keeps everyone from sealing under the old key, looks once more, and destroys it.

What is signed is frozen by triggers. They let one thing through: the very same text (the ciphertext has the same
length, and `Vault.reseal` compares) going to a newer key, while the transaction holds a row of `rekeyings` that names
client and key. Such a row cannot be committed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, cast
from uuid import UUID

from sqlalchemy import CheckConstraint, CursorResult, ForeignKeyConstraint, Integer, LargeBinary, Uuid, select
from sqlalchemy.orm import Mapped, mapped_column

from app.core.crypto import number_bytes
from app.core.database import AnySelect, Base
from app.core.entity import ClinicScoped
from app.core.events import AuditAction, DomainEvent
from app.core.paging import keyset
from app.core.problems import NotFound
from app.core.sealed_columns import SealedFields, all_sealed_fields
from app.core.vault import UNDER_CLINIC, DataKey, KeyKind
from app.core.work import LostRace, UnitOfWork

AT_ONCE = 100
"""So many fields in one transaction, which other writers may have to wait for."""
KEYS_AT_ONCE = 500
ALL = 2**31 - 1
Position = tuple[UUID, KeyKind, int]
"""Of a client's key in the order of their primary keys."""


@dataclass(frozen=True, kw_only=True)
class ClinicKeyReplaced(DomainEvent):
    """The clinic has another key of this number; the ones before it are destroyed."""

    type: ClassVar[str] = "clinic_key.replaced"
    action: ClassVar[AuditAction] = AuditAction.EXECUTE
    entity: ClassVar[str] = "data_key"
    number: int


@dataclass(frozen=True, kw_only=True)
class ClientKeyReplaced(DomainEvent):
    """The client's record, and private notes on her, are under other keys; the ones before are destroyed."""

    type: ClassVar[str] = "client_key.replaced"
    action: ClassVar[AuditAction] = AuditAction.EXECUTE
    entity: ClassVar[str] = "data_key"


class Rekeying(Base, ClinicScoped, kw_only=True, repr=False, eq=False):
    """Whose frozen fields this transaction may seal anew, under which key.

    It points at a row that cannot be, which is checked at the commit: no row of this table outlives its transaction.
    """

    __tablename__ = "rekeyings"
    __table_args__ = (
        CheckConstraint("place = 1 AND follows = 0", name="never_kept"),
        ForeignKeyConstraint(
            ["clinic_id", "follows"],
            ["rekeyings.clinic_id", "rekeyings.place"],
            deferrable=True,
            initially="DEFERRED",
        ),
    )

    place: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False, default=1)
    follows: Mapped[int] = mapped_column(Integer, default=0)
    client_id: Mapped[UUID] = mapped_column(Uuid)
    key_number: Mapped[bytes] = mapped_column(LargeBinary(4))


@dataclass(frozen=True)
class KeyReplacement:
    """The owner whose keys are replaced: a clinic or a client.

    `authors` finds everyone who may have written private notes in the clinic, which are seen only one by one.
    """

    owner_id: UUID
    authors: Callable[[UnitOfWork], Sequence[UUID]]

    def start(self, work: UnitOfWork) -> bool:
        """Make new keys, or none where a replacement was interrupted; says whether it is a new beginning."""
        found = self._numbers(work)
        if not found:
            raise NotFound
        is_new = all(len(numbers) == 1 for numbers in found.values())
        for kind in found if is_new else ():
            work.vault.add_key(self.owner_id, kind)
        return is_new

    def reseal_some(self, work: UnitOfWork) -> int:
        """Seal some fields anew that are under an older key; returns how many, 0 when none is left."""
        return self._reseal(work, AT_ONCE)

    def rewrap_some(self, work: UnitOfWork, after: Position | None) -> Position | None:
        """Put some clients' keys under the clinic's newest; returns where to go on, None at the end."""
        statement = select(DataKey).where(DataKey.kind.in_(UNDER_CLINIC))
        statement = keyset(statement, [DataKey.owner_id, DataKey.kind, DataKey.number], after)
        keys = work.session.execute(statement.limit(KEYS_AT_ONCE)).scalars().all()
        work.vault.wrap_under_newest(keys)
        return (keys[-1].owner_id, keys[-1].kind, keys[-1].number) if len(keys) == KEYS_AT_ONCE else None

    def finish(self, work: UnitOfWork) -> int:
        """Keep everyone from the old keys, move what was written under one until now, destroy them; returns how many.

        Whoever sealed under an old key has committed once its lock is ours, and from then on nobody does.
        """
        found = self._numbers(work)
        locked = sum(work.vault.lock_keys(self.owner_id, kind, before=found[kind][-1]) for kind in found)
        self._reseal(work, ALL)
        if self._is_clinic(work):
            keys = select(DataKey).where(DataKey.kind.in_(UNDER_CLINIC))
            work.vault.wrap_under_newest(work.session.execute(keys).scalars())
        for kind, numbers in found.items():
            work.vault.remove_keys(self.owner_id, kind, before=numbers[-1])
        if locked and self._is_clinic(work):
            work.record(ClinicKeyReplaced(number=found[KeyKind.CLINIC][-1]))
        elif locked:
            work.record(ClientKeyReplaced(client_id=self.owner_id))
        return locked

    def _is_clinic(self, work: UnitOfWork) -> bool:
        return self.owner_id == work.caller.clinic_id

    def _numbers(self, work: UnitOfWork) -> dict[KeyKind, list[int]]:
        kinds = (KeyKind.CLINIC,) if self._is_clinic(work) else UNDER_CLINIC
        found = {kind: work.vault.numbers(self.owner_id, kind) for kind in kinds}
        return {kind: numbers for kind, numbers in found.items() if numbers}

    def _reseal(self, work: UnitOfWork, limit: int) -> int:
        count, found = 0, self._numbers(work)
        for fields in all_sealed_fields():
            kind = KeyKind.PRIVATE if fields.place.is_private else next(iter(found))
            search = fields.behind(self.owner_id, work.caller.clinic_id, found[kind][-1]) if kind in found else None
            if search is None:
                continue
            move = partial(self._move, work, fields, found[kind][-1])
            if not fields.place.is_private:
                count += move(search.limit(limit - count))
                continue
            for author in self.authors(work):
                with work.session.seen_by(author):
                    count += move(search.where(fields.model.author_id == author).limit(limit - count))
        return count

    def _move(self, work: UnitOfWork, fields: SealedFields, newest: int, search: AnySelect) -> int:
        rows = work.session.execute(search).all()
        if not rows:
            return 0
        if not self._is_clinic(work):
            rekeying = Rekeying(client_id=self.owner_id, key_number=number_bytes(newest))
            work.session.add(rekeying)
            work.session.flush()
        for row in rows:
            anew = work.vault.reseal(fields.place, self.owner_id, fields.bound_to(work.vault, row), row.sealed)
            moved = cast("CursorResult[Any]", work.session.execute(fields.replaced(row, anew)))
            if moved.rowcount != 1:
                raise LostRace
        if not self._is_clinic(work):
            work.session.delete(rekeying)
            work.session.flush()
        return len(rows)
