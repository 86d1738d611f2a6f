"""How a clinic is kept. Its id is the `clinic_id` of everything it owns, so the walls of tenancy hold for it too."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Boolean, Integer, String
from sqlalchemy.orm import Mapped, mapped_column, synonym

from app.access.clinics import domain
from app.core.database import Base, UtcDateTime
from app.core.entity import Audited, ClinicScoped


class Clinic(Base, ClinicScoped, Audited, kw_only=True, repr=False, eq=False):
    """The tenant."""

    __tablename__ = "clinics"

    name: Mapped[str] = mapped_column(String(200))
    time_zone: Mapped[str] = mapped_column(String(64))
    late_entry_hours: Mapped[int] = mapped_column(Integer, default=domain.LATE_ENTRY_HOURS)
    review_interval_months: Mapped[int] = mapped_column(Integer, default=domain.REVIEW_INTERVAL_MONTHS)
    note_sign_reminder_days: Mapped[int] = mapped_column(Integer, default=domain.NOTE_SIGN_REMINDER_DAYS)
    access_request_days: Mapped[int] = mapped_column(Integer, default=domain.ACCESS_REQUEST_DAYS)
    amendment_request_days: Mapped[int] = mapped_column(Integer, default=domain.AMENDMENT_REQUEST_DAYS)
    request_extension_days: Mapped[int] = mapped_column(Integer, default=domain.REQUEST_EXTENSION_DAYS)
    requires_second_factor: Mapped[bool] = mapped_column(Boolean, default=True)
    retention_years: Mapped[int] = mapped_column(Integer, default=domain.RETENTION_YEARS)
    retention_until_age: Mapped[int | None] = mapped_column(Integer, default=domain.RETENTION_UNTIL_AGE)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(Integer, init=False)
    id: Mapped[UUID] = synonym("clinic_id", init=False)

    __mapper_args__ = {"version_id_col": version}
