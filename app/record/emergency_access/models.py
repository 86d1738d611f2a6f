"""How emergency accesses are kept. What was granted never changes, and none is ever removed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from app.core.crypto import SealedColumn
from app.core.database import Base, Sealed, UtcDateTime, str_enum
from app.core.entity import Audited, ClinicScoped, Entity, refers_to
from app.record.emergency_access import domain

JUSTIFICATION = SealedColumn("emergency_accesses", "justification")
REVIEW_COMMENT = SealedColumn("emergency_accesses", "review_comment")


class EmergencyAccess(Base, ClinicScoped, Entity, Audited, kw_only=True, repr=False, eq=False):
    """One hour for one practitioner with one client's record. Its id is its token's id too.

    It is no `ClientScoped` row, since those who use and review it mostly do not see the client: every statement about
    it carries `queries.readable_by`.
    """

    __tablename__ = "emergency_accesses"
    __table_args__ = (
        refers_to("clients", "client_id"),
        refers_to("practitioners", "practitioner_id"),
        refers_to("practitioners", "reviewed_by"),
        CheckConstraint("created_at < expires_at AND expires_at < review_due_at", name="times"),
        CheckConstraint("ended_at BETWEEN created_at AND expires_at", name="ended_at"),
        CheckConstraint(
            "(reviewed_at IS NULL) = (reviewed_by IS NULL) AND (reviewed_at IS NULL) = (review_outcome IS NULL)",
            name="review",
        ),
        CheckConstraint("reviewed_by <> practitioner_id", name="reviewed_by_another"),
        Index(None, "clinic_id", "practitioner_id", "id"),
        Index(None, "clinic_id", "client_id"),
        Index(None, "clinic_id", "reviewed_at", "id"),
    )

    practitioner_id: Mapped[UUID] = mapped_column(Uuid)
    client_id: Mapped[UUID] = mapped_column(Uuid)
    reason_code: Mapped[str] = mapped_column(String(64))
    justification: Mapped[bytes] = mapped_column(Sealed)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    review_due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    reviewed_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    reviewed_by: Mapped[UUID | None] = mapped_column(Uuid, default=None)
    review_outcome: Mapped[domain.ReviewOutcome | None] = mapped_column(str_enum(domain.ReviewOutcome), default=None)
    review_comment: Mapped[bytes | None] = mapped_column(Sealed, default=None)

    def end(self, at: datetime) -> None:
        """Close it before its hour is over."""
        if self.ended_at is not None or at >= self.expires_at:
            raise domain.EmergencyAccessOver
        self.ended_at = at

    def review(self, reviewer_id: UUID, outcome: domain.ReviewOutcome, comment: bytes | None, at: datetime) -> None:
        """Say whether it was right, once, and never about oneself."""
        if reviewer_id == self.practitioner_id:
            raise domain.OwnEmergencyAccess
        if self.reviewed_at is not None:
            raise domain.EmergencyAccessAlreadyReviewed
        self.reviewed_at, self.reviewed_by = at, reviewer_id
        self.review_outcome, self.review_comment = outcome, comment
