"""How practitioners are kept."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, Date, ForeignKeyConstraint, Index, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from app.access.practitioners import domain
from app.core.database import Base, CodeSet, Json
from app.core.entity import Audited, ClinicScoped, Entity, refers_to
from app.core.problems import FieldError


class Practitioner(Base, ClinicScoped, Entity, Audited, kw_only=True, repr=False, eq=False):
    """A person who works for the clinic and may sign in."""

    __tablename__ = "practitioners"
    __table_args__ = (
        ForeignKeyConstraint(["clinic_id"], ["clinics.clinic_id"]),
        refers_to("practitioners", "supervisor_id"),
        Index(None, "clinic_id", "supervisor_id"),
    )

    display_name: Mapped[str] = mapped_column(String(200))
    roles: Mapped[tuple[str, ...]] = mapped_column(CodeSet)
    licences: Mapped[list[dict[str, Any]]] = mapped_column(Json, default_factory=list)
    specialities: Mapped[list[str]] = mapped_column(Json, default_factory=list)
    supervisor_id: Mapped[UUID | None] = mapped_column(Uuid, default=None)
    supervised_from: Mapped[date | None] = mapped_column(Date, default=None)
    supervised_until: Mapped[date | None] = mapped_column(Date, default=None)
    is_active: Mapped[bool] = mapped_column(Boolean, default=True)

    def be_supervised_by(
        self, supervisor: "Practitioner | None", starts_on: date | None = None, ends_on: date | None = None
    ) -> None:
        """Set who co-signs this practitioner's notes, on which days; a supervisor never supervises herself.

        Both days belong to it, in the clinic's time zone; None leaves that end open.
        """
        if supervisor is not None:
            is_fit = supervisor.is_active and domain.Role.SUPERVISOR in supervisor.roles and supervisor.id != self.id
            if not is_fit:
                detail = "Name an active supervisor of this clinic."
                raise domain.SupervisorUnknown(errors=(FieldError("/supervisor_id", detail, "unknown_supervisor"),))
        self.supervisor_id = supervisor.id if supervisor else None
        self.set_supervision_dates(starts_on, ends_on)

    def set_supervision_dates(self, starts_on: date | None, ends_on: date | None) -> None:
        """Move the ends of the supervision; its last day ends what the supervisor sees through it."""
        domain.check_supervision(self.supervisor_id, starts_on, ends_on)
        self.supervised_from, self.supervised_until = starts_on, ends_on

    def supervisor_on(self, day: date) -> UUID | None:
        """Return who supervises this practitioner on a day: what `queries.is_supervised_on` asks of rows."""
        has_begun = self.supervised_from is None or self.supervised_from <= day
        goes_on = self.supervised_until is None or self.supervised_until >= day
        return self.supervisor_id if has_begun and goes_on else None
