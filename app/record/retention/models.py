"""How legal holds are kept. One is never removed: it is lifted, once."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from app.core.crypto import SealedColumn
from app.core.database import Base, Sealed, UtcDateTime
from app.core.entity import Audited, ClinicScoped, Entity, refers_to
from app.record.retention import domain

REASON = SealedColumn("legal_holds", "reason")


class LegalHold(Base, ClinicScoped, Entity, Audited, kw_only=True, repr=False, eq=False):
    """Nothing of this client, or without one of the whole clinic, may be erased. `created_at` is when it was placed.

    It is no `ClientScoped` row, since it need not be about one: every statement about it says whose it is.
    """

    __tablename__ = "legal_holds"
    __table_args__ = (
        refers_to("clients", "client_id"),
        refers_to("practitioners", "placed_by"),
        refers_to("practitioners", "lifted_by"),
        CheckConstraint("(lifted_at IS NULL) = (lifted_by IS NULL)", name="lifted"),
        Index(None, "clinic_id", "client_id", "lifted_at"),
    )

    client_id: Mapped[UUID | None] = mapped_column(Uuid)
    reason: Mapped[bytes] = mapped_column(Sealed)
    placed_by: Mapped[UUID] = mapped_column(Uuid)
    lifted_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    lifted_by: Mapped[UUID | None] = mapped_column(Uuid, default=None)

    def lift(self, by: UUID, at: datetime) -> None:
        """Let the record go its way again."""
        if self.lifted_at is not None:
            raise domain.LegalHoldLifted
        self.lifted_at, self.lifted_by = at, by
