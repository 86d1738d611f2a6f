"""How audit entries are found."""

from sqlalchemy import ColumnElement, and_, select

from app.access.audit.models import AuditEvent, AuditSubject
from app.access.audit.schemas import AuditEventFilter
from app.access.practitioners.models import Practitioner
from app.core.database import AnySelect

_COLUMNS = (
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
    Practitioner.display_name.label("actor_name"),
)


def events_matching(wanted: AuditEventFilter) -> AnySelect:
    """Select the entries a filter asks for."""
    statement = select(*_COLUMNS).outerjoin_from(AuditEvent, Practitioner, _is_actor())
    if wanted.client_id is not None:
        statement = statement.join(
            AuditSubject,
            and_(
                AuditSubject.clinic_id == AuditEvent.clinic_id,
                AuditSubject.event_id == AuditEvent.id,
                AuditSubject.client_id == wanted.client_id,
            ),
        )
    if wanted.actor_id is not None:
        statement = statement.where(AuditEvent.actor_id == wanted.actor_id)
    if wanted.type is not None:
        statement = statement.where(AuditEvent.type == wanted.type)
    if wanted.entity_id is not None:
        statement = statement.where(AuditEvent.entity_id == wanted.entity_id)
    if wanted.recorded_from is not None:
        statement = statement.where(AuditEvent.recorded_at >= wanted.recorded_from)
    if wanted.recorded_to is not None:
        statement = statement.where(AuditEvent.recorded_at < wanted.recorded_to)
    return statement


def _is_actor() -> ColumnElement[bool]:
    return and_(Practitioner.clinic_id == AuditEvent.clinic_id, Practitioner.id == AuditEvent.actor_id)
