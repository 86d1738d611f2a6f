"""How the facts of one treatment are found: one statement for each kind, each along an index on the treatment."""

from uuid import UUID

from sqlalchemy import or_, select

from app.core.database import AnySelect
from app.record.goal_ratings.queries import points
from app.record.notes.domain import NoteStatus
from app.record.notes.models import MentalizingFailure, Note
from app.record.sessions.domain import ABSENCE_KNOWN_BEFORE, SessionStatus
from app.record.sessions.models import Session, SessionParticipant
from app.record.treatments.models import Goal, Treatment
from app.record.treatments.queries import treatments


def treatment(treatment_id: UUID) -> AnySelect:
    """Select one treatment with its phases and reviews."""
    return treatments().where(Treatment.id == treatment_id)


def sessions_of(treatment_id: UUID) -> AnySelect:
    """Select the sessions that took place or that are known not to: a session still planned is not a fact yet."""
    return (
        select(
            Session.id,
            Session.starts_at,
            Session.format,
            Session.delivery,
            SessionParticipant.attendance,
        )
        .join(
            SessionParticipant,
            (SessionParticipant.clinic_id == Session.clinic_id) & (SessionParticipant.session_id == Session.id),
        )
        .where(
            SessionParticipant.treatment_id == treatment_id,
            SessionParticipant.attendance.is_not(None),
            or_(Session.status == SessionStatus.HELD, SessionParticipant.attendance.in_(ABSENCE_KNOWN_BEFORE)),
        )
    )


def notes_of(treatment_id: UUID) -> AnySelect:
    """Select the notes that count: what was entered in error is not part of the clinical views."""
    return select(Note.id, Note.occurred_at, Note.status).where(
        Note.treatment_id == treatment_id, Note.status != NoteStatus.ENTERED_IN_ERROR
    )


def failures_of(treatment_id: UUID) -> AnySelect:
    """Select the failures of signed notes; what stands in a draft is its author's alone."""
    return (
        select(
            MentalizingFailure.note_id,
            MentalizingFailure.occurred_at,
            MentalizingFailure.pattern,
            MentalizingFailure.arousal,
        )
        .join(Note, (Note.clinic_id == MentalizingFailure.clinic_id) & (Note.id == MentalizingFailure.note_id))
        .where(MentalizingFailure.treatment_id == treatment_id, Note.status == NoteStatus.SIGNED)
    )


def ratings_of(treatment_id: UUID) -> AnySelect:
    """Select the goal ratings that count."""
    return points().where(Goal.treatment_id == treatment_id)
