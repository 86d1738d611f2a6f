"""How erasures are kept: who asked, who decided, and where the ledger says so. None is ever removed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Integer, String, Uuid
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from app.core.crypto import SealedColumn
from app.core.database import Base, Sealed, UtcDateTime, str_enum
from app.core.entity import Audited, ClinicScoped, Entity, refers_to
from app.core.erasure_ledger import LedgerEntry
from app.record.erasures import domain
from app.record.erasures.domain import ErasureReason, ErasureStatus

STATEMENT = SealedColumn("erasures", "statement")
DECISION_COMMENT = SealedColumn("erasures", "decision_comment")
_OPEN = sql("status IN ('pending', 'approved')")


class Erasure(Base, ClinicScoped, Entity, Audited, kw_only=True, repr=False, eq=False):
    """One decision on one record. `created_at` is when it was asked for.

    It is no `ClientScoped` row, since it outlives what it erases; its words are sealed under the clinic's key for the
    same reason. Who asked and who decided are ids without a reference: a restored database may not know them.
    """

    __tablename__ = "erasures"
    __table_args__ = (
        refers_to("clients", "whose_id"),
        CheckConstraint("status = 'withdrawn' OR decided_by IS NULL OR decided_by <> requested_by", name="two_people"),
        CheckConstraint("(decided_at IS NULL) = (decided_by IS NULL)", name="decided"),
        CheckConstraint("(status = 'pending') = (decided_at IS NULL)", name="pending"),
        CheckConstraint("(status = 'erased') = (erased_at IS NOT NULL)", name="erased"),
        CheckConstraint("(erased_at IS NULL) = (ledger_hash IS NULL)", name="ledger"),
        Index(
            "uq_erasures_open",
            "clinic_id",
            "whose_id",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
            info={"problem": domain.ErasureAlreadyRequested},
        ),
        Index(None, "clinic_id", "status", "id"),
    )

    whose_id: Mapped[UUID] = mapped_column(Uuid)
    """The client; not called `client_id`, since that would say that the words here are under her key."""
    reason_code: Mapped[ErasureReason] = mapped_column(str_enum(ErasureReason))
    statement: Mapped[bytes | None] = mapped_column(Sealed, default=None)
    status: Mapped[ErasureStatus] = mapped_column(str_enum(ErasureStatus), default=ErasureStatus.PENDING)
    requested_by: Mapped[UUID] = mapped_column(Uuid)
    decided_by: Mapped[UUID | None] = mapped_column(Uuid, default=None)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    decision_comment: Mapped[bytes | None] = mapped_column(Sealed, default=None)
    erased_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    ledger_number: Mapped[int | None] = mapped_column(Integer, default=None)
    ledger_hash: Mapped[str | None] = mapped_column(String(64), default=None)

    def check_pending(self) -> None:
        """Refuse to decide twice."""
        if self.status is not ErasureStatus.PENDING:
            raise domain.ErasureDecided

    def decide(self, status: ErasureStatus, by: UUID, at: datetime, comment: bytes | None = None) -> None:
        """Say what becomes of the request; approving and refusing are for someone else than who asked."""
        if status is not ErasureStatus.WITHDRAWN:
            domain.check_two_people(self.requested_by, by)
        self.check_pending()
        self.status, self.decided_by, self.decided_at, self.decision_comment = status, by, at, comment

    def complete(self, entry: LedgerEntry) -> None:
        """State that it is done, as the ledger says, whatever a restored database knew of it."""
        self.status, self.erased_at = ErasureStatus.ERASED, entry.at
        self.decided_by, self.decided_at = entry.facts.approved_by, entry.facts.approved_at
        self.note(entry)

    def note(self, entry: LedgerEntry) -> None:
        """Remember where the ledger tells of it."""
        self.ledger_number, self.ledger_hash = entry.number, entry.hash
