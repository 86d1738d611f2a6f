"""How changes are found in the audit log, and which of the things that changed a caller sees."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.access.audit.models import AuditEvent
from app.core.caller import Caller
from app.core.database import AnySelect
from app.exchange.events.domain import CATALOGUE, EventEntity
from app.record.care_team.models import CareTeamMember
from app.record.clients.models import Client
from app.record.goal_ratings.models import GoalRating
from app.record.notes.models import Note
from app.record.notes.queries import visible_to
from app.record.sessions.models import SessionParticipant
from app.record.treatments.models import Goal, Review, Treatment

_TOLD = sorted(CATALOGUE)
_OF_ONE_CLIENT: Mapping[EventEntity, Any] = {
    EventEntity.CLIENT: Client,
    EventEntity.CARE_TEAM_MEMBER: CareTeamMember,
    EventEntity.TREATMENT: Treatment,
    EventEntity.REVIEW: Review,
    EventEntity.GOAL: Goal,
    EventEntity.GOAL_RATING: GoalRating,
}


def change_ids(after: UUID) -> AnySelect:
    """Select the ids of the changes in the log after an id, in their order."""
    return (
        select(AuditEvent.id)
        .where(AuditEvent.id > after, AuditEvent.type.in_(_TOLD), AuditEvent.entity_id.is_not(None))
        .order_by(AuditEvent.id)
    )


def changes(ids: Sequence[UUID]) -> AnySelect:
    """Select some changes in the order of their ids."""
    return (
        select(
            AuditEvent.id,
            AuditEvent.type,
            AuditEvent.entity,
            AuditEvent.entity_id,
            AuditEvent.recorded_at,
            AuditEvent.document,
        )
        .where(AuditEvent.id.in_(ids))
        .order_by(AuditEvent.id)
    )


def seen(entity: EventEntity, ids: Sequence[UUID], caller: Caller, today: date) -> AnySelect:
    """Select those of some things that the caller would find at their own paths, each with its client.

    The session's criteria keep to her circle. A session stands there once for each participant she sees, a note only
    if she may read it, with those who may hear how it came about.
    """
    if entity is EventEntity.SESSION:
        in_sessions = SessionParticipant.session_id
        return select(in_sessions.label("id"), SessionParticipant.client_id).where(in_sessions.in_(ids))
    if entity is EventEntity.NOTE:
        columns = (Note.id, Note.client_id, Note.author_id, Note.cosigner_id)
        return select(*columns).where(Note.id.in_(ids), visible_to(caller, today))
    model = _OF_ONE_CLIENT[entity]
    return select(model.id, model.client_id).where(model.id.in_(ids))
