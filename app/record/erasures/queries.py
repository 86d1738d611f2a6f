"""How erasures are found, who is erased already, and what the audit log says of one."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select

from app.access.audit.models import AuditEvent
from app.access.practitioners.models import Practitioner
from app.core.database import AnySelect
from app.core.erased import ErasedClient
from app.record.erasures.domain import ErasureApproved, ErasureCompleted, ErasureRequested, ErasureStatus
from app.record.erasures.models import Erasure
from app.record.erasures.schemas import ErasureFilter

COLUMNS = (
    Erasure.id,
    Erasure.version,
    Erasure.created_at,
    Erasure.whose_id,
    Erasure.reason_code,
    Erasure.statement,
    Erasure.status,
    Erasure.requested_by,
    Erasure.decided_by,
    Erasure.decided_at,
    Erasure.decision_comment,
    Erasure.erased_at,
)
_CERTIFIED = (ErasureRequested.type, ErasureApproved.type, ErasureCompleted.type)
_MOST_ENTRIES = 100


def erasures_matching(wanted: ErasureFilter) -> AnySelect:
    """Select the erasures a filter asks for."""
    statement = select(*COLUMNS)
    if wanted.status is not None:
        statement = statement.where(Erasure.status == wanted.status)
    if wanted.client_id is not None:
        statement = statement.where(Erasure.whose_id == wanted.client_id)
    return statement


def erased_ids() -> AnySelect:
    """Select the ids of the clinic's erased clients."""
    return select(ErasedClient.client_id)


def ids_standing(status: ErasureStatus) -> AnySelect:
    """Select the ids of the clinic's erasures that stand so."""
    return select(Erasure.id).where(Erasure.status == status).order_by(Erasure.id)


def audit_event_ids(erasure_id: UUID) -> AnySelect:
    """Select the entries of the audit log that a certificate names, oldest first."""
    about = (AuditEvent.entity_id == erasure_id, AuditEvent.type.in_(_CERTIFIED))
    return select(AuditEvent.id).where(*about).order_by(AuditEvent.id).limit(_MOST_ENTRIES)


def names_of(practitioner_ids: Iterable[UUID]) -> AnySelect:
    """Select the names colleagues know these people by."""
    return select(Practitioner.id, Practitioner.display_name).where(Practitioner.id.in_(tuple(practitioner_ids)))
