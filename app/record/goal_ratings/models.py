"""How goal ratings are kept. One is never edited: a wrong one is marked and stays, in model and database alike."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, Index, Integer, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from app.core.crypto import SealedColumn
from app.core.database import Base, Sealed, UtcDateTime, str_enum
from app.core.entity import Audited, ClientScoped, ClinicScoped, Entity, refers_to
from app.record.goal_ratings import domain

COMMENT = SealedColumn("goal_ratings", "comment")
ERROR_REASON = SealedColumn("goal_ratings", "error_reason")


class GoalRating(Base, ClinicScoped, Entity, ClientScoped, Audited, kw_only=True, repr=False, eq=False):
    """How near a goal seemed on one day to the therapist or to the client, tied to a session where there is one."""

    __tablename__ = "goal_ratings"
    __table_args__ = (
        refers_to("goals", "goal_id"),
        refers_to("clients", "client_id"),
        refers_to("sessions", "session_id"),
        CheckConstraint("value BETWEEN 0 AND 10", name="value"),
        CheckConstraint("(entered_in_error_at IS NULL) = (error_reason IS NULL)", name="error_reason"),
        Index(None, "clinic_id", "goal_id", "rated_on", "id"),
        Index(None, "clinic_id", "client_id"),
        Index(None, "clinic_id", "session_id"),
    )

    goal_id: Mapped[UUID] = mapped_column(Uuid)
    value: Mapped[int] = mapped_column(Integer)
    rated_on: Mapped[date] = mapped_column(Date)
    rated_by: Mapped[domain.RatedBy] = mapped_column(str_enum(domain.RatedBy))
    session_id: Mapped[UUID | None] = mapped_column(Uuid, default=None)
    comment: Mapped[bytes | None] = mapped_column(Sealed, default=None)
    entered_in_error_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    error_reason: Mapped[bytes | None] = mapped_column(Sealed, default=None)

    def mark_entered_in_error(self, reason: bytes, at: datetime) -> None:
        """Take the rating out of lists and series for good; it is kept, and the first reason stands."""
        if self.entered_in_error_at is not None:
            raise domain.AlreadyEnteredInError
        self.entered_in_error_at, self.error_reason = at, reason
