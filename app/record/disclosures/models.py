"""How disclosures are kept. One is never edited nor removed: a wrong one is marked and stays."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, Index, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from app.core.crypto import SealedColumn
from app.core.database import Base, Sealed, UtcDateTime
from app.core.entity import Audited, ClientScoped, ClinicScoped, Entity, refers_to
from app.record.disclosures import domain

CONTENT = SealedColumn("disclosures", "content")
ERROR_REASON = SealedColumn("disclosures", "error_reason")


class Disclosure(Base, ClinicScoped, Entity, ClientScoped, Audited, kw_only=True, repr=False, eq=False):
    """One day on which something of a client's record went to somebody outside.

    `content` holds to whom, what, why and which notes, sealed as one document under the client's key.
    """

    __tablename__ = "disclosures"
    __table_args__ = (
        refers_to("clients", "client_id"),
        refers_to("practitioners", "recorded_by"),
        CheckConstraint("(entered_in_error_at IS NULL) = (error_reason IS NULL)", name="error_reason"),
        Index(None, "clinic_id", "client_id", "disclosed_on", "id"),
    )

    disclosed_on: Mapped[date] = mapped_column(Date)
    purpose: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes] = mapped_column(Sealed)
    recorded_by: Mapped[UUID] = mapped_column(Uuid)
    entered_in_error_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    error_reason: Mapped[bytes | None] = mapped_column(Sealed, default=None)

    def mark_entered_in_error(self, reason: bytes, at: datetime) -> None:
        """Take the disclosure out of accountings for good; it is kept, and the first reason stands."""
        if self.entered_in_error_at is not None:
            raise domain.DisclosureAlreadyInError
        self.entered_in_error_at, self.error_reason = at, reason
