"""How sessions are found: through their participants, who are filtered to the caller's inner circle."""

from uuid import UUID

from sqlalchemy import Exists, select

from app.core.database import AnySelect, json_rows
from app.record.sessions.models import Session, SessionParticipant, SessionPractitioner
from app.record.sessions.schemas import SessionFilter

_PARTICIPANTS = (
    select(
        json_rows(
            "client_id",
            SessionParticipant.client_id,
            "treatment_id",
            SessionParticipant.treatment_id,
            "attendance",
            SessionParticipant.attendance,
        )
    )
    .where(SessionParticipant.clinic_id == Session.clinic_id, SessionParticipant.session_id == Session.id)
    .correlate(Session)
    .scalar_subquery()
    .label("participants")
)
_PRACTITIONERS = (
    select(json_rows("practitioner_id", SessionPractitioner.practitioner_id))
    .where(SessionPractitioner.clinic_id == Session.clinic_id, SessionPractitioner.session_id == Session.id)
    .correlate(Session)
    .scalar_subquery()
    .label("practitioners")
)
COLUMNS = (
    Session.id,
    Session.version,
    Session.created_at,
    Session.format,
    Session.delivery,
    Session.kind,
    Session.starts_at,
    Session.duration_minutes,
    Session.status,
    Session.cancelled_reason,
    Session.has_signed_note,
    _PARTICIPANTS,
    _PRACTITIONERS,
)


def sessions() -> AnySelect:
    """Select the sessions with a participant the caller may see, in one statement."""
    return select(*COLUMNS).where(_has_participant(None, None))


def sessions_matching(wanted: SessionFilter) -> AnySelect:
    """Select the sessions a filter asks for."""
    statement = select(*COLUMNS).where(_has_participant(wanted.client_id, wanted.treatment_id))
    if wanted.practitioner_id is not None:
        statement = statement.where(_has_practitioner(wanted.practitioner_id))
    if wanted.format is not None:
        statement = statement.where(Session.format == wanted.format)
    if wanted.kind is not None:
        statement = statement.where(Session.kind == wanted.kind)
    if wanted.status is not None:
        statement = statement.where(Session.status == wanted.status)
    if wanted.starts_from is not None:
        statement = statement.where(Session.starts_at >= wanted.starts_from)
    if wanted.starts_to is not None:
        statement = statement.where(Session.starts_at < wanted.starts_to)
    return statement


def _has_participant(client_id: UUID | None, treatment_id: UUID | None) -> Exists:
    statement = select(SessionParticipant.client_id).where(
        SessionParticipant.clinic_id == Session.clinic_id, SessionParticipant.session_id == Session.id
    )
    if client_id is not None:
        statement = statement.where(SessionParticipant.client_id == client_id)
    if treatment_id is not None:
        statement = statement.where(SessionParticipant.treatment_id == treatment_id)
    return statement.correlate(Session).exists()


def _has_practitioner(practitioner_id: UUID) -> Exists:
    return (
        select(SessionPractitioner.practitioner_id)
        .where(
            SessionPractitioner.clinic_id == Session.clinic_id,
            SessionPractitioner.session_id == Session.id,
            SessionPractitioner.practitioner_id == practitioner_id,
        )
        .correlate(Session)
        .exists()
    )
