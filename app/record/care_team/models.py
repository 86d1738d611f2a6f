"""How care teams are kept."""

from datetime import date
from uuid import UUID

from sqlalchemy import Date, Index, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base
from app.core.entity import Audited, ClientScoped, ClinicScoped, Entity, refers_to
from app.record.care_team import domain


class CareTeamMember(Base, ClinicScoped, Entity, ClientScoped, Audited, kw_only=True, repr=False, eq=False):
    """One practitioner on one client's care team, with a care role and dates (both included)."""

    __tablename__ = "care_team_members"
    __table_args__ = (
        refers_to("clients", "client_id"),
        refers_to("practitioners", "practitioner_id"),
        Index(None, "clinic_id", "practitioner_id", "client_id"),
        Index(None, "clinic_id", "client_id"),
    )

    practitioner_id: Mapped[UUID] = mapped_column(Uuid)
    care_role: Mapped[str] = mapped_column(String(64))
    starts_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date | None] = mapped_column(Date, default=None)

    def change(self, care_role: str, starts_on: date, ends_on: date | None) -> None:
        """Give the membership another role or other dates; its end ends access on the next request."""
        domain.check_dates(starts_on, ends_on)
        self.care_role, self.starts_on, self.ends_on = care_role, starts_on, ends_on
