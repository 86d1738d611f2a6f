"""How notices are kept: ids and codes only, so that a list of them tells nothing about a client."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, UtcDateTime
from app.core.entity import Audited, ClinicScoped, Entity, refers_to


class Notice(Base, ClinicScoped, Entity, Audited, kw_only=True, repr=False, eq=False):
    """Word to one practitioner; `about` and `about_id` name the thing it is about."""

    __tablename__ = "notices"
    __table_args__ = (refers_to("practitioners", "recipient_id"), Index(None, "clinic_id", "recipient_id", "id"))

    recipient_id: Mapped[UUID] = mapped_column(Uuid)
    kind: Mapped[str] = mapped_column(String(64))
    about: Mapped[str] = mapped_column(String(64))
    about_id: Mapped[UUID] = mapped_column(Uuid)
    seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
