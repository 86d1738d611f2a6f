"""How refresh tokens are kept: like bearer tokens read before a clinic is known, so hashes and ids only."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, LargeBinary, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, UtcDateTime
from app.core.ids import new_id


class RefreshToken(Base, kw_only=True, repr=False, eq=False):
    """What a sign-in goes on with; it works once, and its successor takes its place."""

    __tablename__ = "refresh_tokens"
    __table_args__ = (UniqueConstraint("token_hash"), Index(None, "clinic_id", "practitioner_id"))

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default_factory=new_id)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary)
    clinic_id: Mapped[UUID] = mapped_column(Uuid)
    practitioner_id: Mapped[UUID] = mapped_column(Uuid)
    sign_in_id: Mapped[UUID] = mapped_column(Uuid)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """When the sign-in it belongs to ends at the latest."""
    spent_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
