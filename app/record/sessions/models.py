"""How sessions are kept. `models.Session` is a meeting; SQLAlchemy's session never appears under that name here."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Boolean, CheckConstraint, ForeignKeyConstraint, Index, Integer, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.database import Base, UtcDateTime, str_enum
from app.core.entity import Audited, ClientScoped, ClinicScoped, Entity, belongs_to, refers_to
from app.core.problems import ValidationFailed
from app.record.sessions import domain
from app.record.sessions.domain import Attendance, CancelledBy, SessionStatus


class Session(Base, ClinicScoped, Entity, Audited, kw_only=True, repr=False, eq=False):
    """A meeting. Not about one client, so it is seen through its participants: no visible one, no session."""

    __tablename__ = "sessions"
    __table_args__ = (
        ForeignKeyConstraint(["clinic_id"], ["clinics.clinic_id"]),
        CheckConstraint("(status = 'cancelled') = (cancelled_reason IS NOT NULL)", name="cancelled_reason"),
        Index(None, "clinic_id", "starts_at", "id"),
    )

    format: Mapped[domain.SessionFormat] = mapped_column(str_enum(domain.SessionFormat))
    delivery: Mapped[domain.Delivery] = mapped_column(str_enum(domain.Delivery))
    kind: Mapped[str] = mapped_column(String(64))
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    duration_minutes: Mapped[int] = mapped_column(Integer)
    status: Mapped[SessionStatus] = mapped_column(str_enum(SessionStatus), default=SessionStatus.SCHEDULED)
    cancelled_reason: Mapped[CancelledBy | None] = mapped_column(str_enum(CancelledBy), default=None)
    has_signed_note: Mapped[bool] = mapped_column(Boolean, default=False)
    participant_count: Mapped[int] = mapped_column(Integer, default=0)
    """Counts the unseen too: a caller loads only the participants she may see, yet the size rule is about all."""
    participants: Mapped[list["SessionParticipant"]] = relationship(
        primaryjoin=belongs_to("Session", "SessionParticipant", "session_id"),
        order_by="SessionParticipant.client_id",
        cascade="all, delete-orphan",
        lazy="raise",
    )
    practitioners: Mapped[list["SessionPractitioner"]] = relationship(
        primaryjoin=belongs_to("Session", "SessionPractitioner", "session_id"),
        order_by="SessionPractitioner.practitioner_id",
        cascade="all, delete-orphan",
        lazy="raise",
    )

    def hold(self, came: Mapping[UUID, Attendance], now: datetime) -> None:
        """State that the session took place, and who came: a held session knows that of every participant."""
        self._must_stand(SessionStatus.SCHEDULED)
        if self.starts_at > now:
            raise domain.SessionInFuture
        attendances = {one.client_id: came.get(one.client_id, one.attendance) for one in self.participants}
        for client_id, attendance in attendances.items():
            if attendance is None:
                raise ValidationFailed.at("/participants", f"Say whether {client_id} came.", "attendance_missing")
        self.status = SessionStatus.HELD
        for one in self.participants:
            one.attendance = attendances[one.client_id]

    def cancel(self, by: CancelledBy) -> None:
        """State that the session will not take place; who had cancelled for herself keeps that attendance."""
        self._must_stand(SessionStatus.SCHEDULED)
        self._check_not_frozen()
        self.status, self.cancelled_reason = SessionStatus.CANCELLED, by
        for one in self.participants:
            one.attendance = one.attendance or domain.ATTENDANCE_WHEN_CANCELLED[by]

    def replan(self) -> None:
        """Plan a cancelled session again; everybody is expected again."""
        self._must_stand(SessionStatus.CANCELLED)
        self._check_not_frozen()
        self.status, self.cancelled_reason = SessionStatus.SCHEDULED, None
        for one in self.participants:
            one.attendance = None

    def move(
        self, session_format: domain.SessionFormat, starts_at: datetime, duration_minutes: int, now: datetime
    ) -> None:
        """Change format and times, unless a signed note states them."""
        moved = (session_format, starts_at, duration_minutes)
        if moved == (self.format, self.starts_at, self.duration_minutes):
            return
        self._check_not_frozen()
        domain.check_time(self.status, starts_at, now)
        self.format, self.starts_at, self.duration_minutes = moved

    def seat(self, wanted: Sequence["SessionParticipant"]) -> None:
        """Replace the participants the caller sees; who stays keeps her row, and unseen ones are not loaded at all.

        When a signed note exists only attendance may still be corrected.
        """
        for position, one in enumerate(wanted):
            domain.check_attendance(self.status, one.attendance, f"/participants/{position}/attendance")
        seated = {one.client_id: one for one in self.participants}
        if {(one.client_id, one.treatment_id) for one in wanted} != {
            (one.client_id, one.treatment_id) for one in self.participants
        }:
            self._check_not_frozen()
        for one in wanted:
            if one.client_id in seated:
                kept = seated[one.client_id]
                kept.treatment_id, kept.attendance = one.treatment_id, one.attendance
        self.participant_count += len(wanted) - len(self.participants)
        self.participants[:] = [seated.get(one.client_id, one) for one in wanted]

    def freeze(self) -> None:
        """Fix times, format and participants for good; called when a note of this session is signed."""
        self.has_signed_note = True

    def _must_stand(self, status: SessionStatus) -> None:
        if self.status is not status:
            raise domain.SessionStepNotPossible(f"The session must be {status} for this.")

    def _check_not_frozen(self) -> None:
        if self.has_signed_note:
            raise domain.SessionFrozen


class SessionParticipant(Base, ClinicScoped, ClientScoped, Audited, kw_only=True, repr=False, eq=False):
    """One client in one session, the treatment it belongs to, and whether the client came."""

    __tablename__ = "session_participants"
    __table_args__ = (
        refers_to("sessions", "session_id"),
        refers_to("clients", "client_id"),
        refers_to("treatments", "treatment_id"),
        Index(None, "clinic_id", "client_id", "session_id"),
        Index(None, "clinic_id", "treatment_id", "session_id"),
    )

    session_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, init=False)
    client_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    treatment_id: Mapped[UUID | None] = mapped_column(Uuid, default=None)
    attendance: Mapped[Attendance | None] = mapped_column(str_enum(Attendance), default=None)


class SessionPractitioner(Base, ClinicScoped, Audited, kw_only=True, repr=False, eq=False):
    """One practitioner who leads or attends a session."""

    __tablename__ = "session_practitioners"
    __table_args__ = (
        refers_to("sessions", "session_id"),
        refers_to("practitioners", "practitioner_id"),
        Index(None, "clinic_id", "practitioner_id", "session_id"),
    )

    session_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, init=False)
    practitioner_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
