"""How a walk over the whole log reads it: always a stretch at a time, in the order of an index."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import and_, func, select, tuple_

from app.access.audit import queries
from app.access.audit.models import AuditEvent, AuditSeal, AuditSealedEvent, AuditSubject
from app.core.database import AnySelect

_ENTRY_COLUMNS = (
    AuditEvent.id,
    AuditEvent.recorded_at,
    AuditEvent.type,
    AuditEvent.action,
    AuditEvent.entity,
    AuditEvent.entity_id,
    AuditEvent.actor_kind,
    AuditEvent.actor_id,
    AuditEvent.request_id,
    AuditEvent.document,
    AuditEvent.leaf,
    AuditEvent.mac,
)


def any_entry() -> AnySelect:
    """Select one entry, to see whether there is a log at all."""
    return select(AuditEvent.id).limit(1)


def seals_after(number: int, limit: int) -> AnySelect:
    """Select the next seals of the chain."""
    return queries.seals().where(AuditSeal.number > number).order_by(AuditSeal.number).limit(limit)


def sealed_between(first: int, last: int) -> AnySelect:
    """Select the ids some seals hold, in the order of their trees."""
    return (
        select(AuditSealedEvent.event_id, AuditSealedEvent.seal_number, AuditSealedEvent.position)
        .where(AuditSealedEvent.seal_number >= first, AuditSealedEvent.seal_number <= last)
        .order_by(AuditSealedEvent.seal_number, AuditSealedEvent.position)
    )


def entries_of(ids: Sequence[UUID]) -> AnySelect:
    """Select some entries whole."""
    return select(*_ENTRY_COLUMNS).where(AuditEvent.id.in_(ids)).order_by(AuditEvent.id)


def numbers_without_seal(after: int) -> AnySelect:
    """Select the numbers that entries name and no seal has; one statement, so that a seal just made is seen whole."""
    own_seal = and_(AuditSeal.clinic_id == AuditSealedEvent.clinic_id, AuditSeal.number == AuditSealedEvent.seal_number)
    return (
        select(AuditSealedEvent.seal_number)
        .outerjoin_from(AuditSealedEvent, AuditSeal, own_seal)
        .where(AuditSealedEvent.seal_number > after, AuditSeal.number.is_(None))
        .distinct()
        .order_by(AuditSealedEvent.seal_number)
    )


def subjects_of(clients: Sequence[UUID], low: UUID, high: UUID) -> AnySelect:
    """Select which entries of a range these clients are listed for."""
    return select(AuditSubject.client_id, AuditSubject.event_id).where(
        AuditSubject.client_id.in_(clients), AuditSubject.event_id >= low, AuditSubject.event_id <= high
    )


def count_of_subjects() -> AnySelect:
    """Count what clients are listed for."""
    return select(func.count(AuditSubject.event_id))


def subjects_after(client_id: UUID, event_id: UUID, limit: int) -> AnySelect:
    """Select the next stretch of what clients are listed for, with what those entries say."""
    return (
        select(AuditSubject.client_id, AuditSubject.event_id, AuditEvent.document, AuditSealedEvent.seal_number)
        .outerjoin_from(
            AuditSubject,
            AuditEvent,
            and_(AuditEvent.clinic_id == AuditSubject.clinic_id, AuditEvent.id == AuditSubject.event_id),
        )
        .outerjoin(
            AuditSealedEvent,
            and_(
                AuditSealedEvent.clinic_id == AuditSubject.clinic_id, AuditSealedEvent.event_id == AuditSubject.event_id
            ),
        )
        .where(tuple_(AuditSubject.client_id, AuditSubject.event_id) > tuple_(client_id, event_id))
        .order_by(AuditSubject.client_id, AuditSubject.event_id)
        .limit(limit)
    )
