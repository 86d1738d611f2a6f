"""What the audit log is: one entry for each recorded event, whose canonical text and hash never change."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

import orjson

from app.core.events import AuditAction, DomainEvent, Recorded


@dataclass(frozen=True, kw_only=True)
class AuditViewed(DomainEvent):
    """Someone read the audit log; that too is logged."""

    type: ClassVar[str] = "audit.viewed"
    action: ClassVar[AuditAction] = AuditAction.READ
    entity: ClassVar[str] = "audit_event"


@dataclass(frozen=True, kw_only=True)
class AccessLogViewed(DomainEvent):
    """Someone read who saw a client's record."""

    type: ClassVar[str] = "access_log.viewed"
    action: ClassVar[AuditAction] = AuditAction.READ
    entity: ClassVar[str] = "audit_event"


@dataclass(frozen=True, kw_only=True)
class AuditProofViewed(DomainEvent):
    """Someone fetched the proof that an entry is in the sealed log."""

    type: ClassVar[str] = "audit.proof_viewed"
    action: ClassVar[AuditAction] = AuditAction.READ
    entity: ClassVar[str] = "audit_event"


@dataclass(frozen=True, kw_only=True)
class AuditSealsListed(DomainEvent):
    """Someone read the list of seals."""

    type: ClassVar[str] = "audit.seals_listed"
    action: ClassVar[AuditAction] = AuditAction.READ
    entity: ClassVar[str] = "audit_seal"


@dataclass(frozen=True, kw_only=True)
class AuditExported(DomainEvent):
    """Someone took entries out of the service, narrowed by these filters."""

    type: ClassVar[str] = "audit.exported"
    action: ClassVar[AuditAction] = AuditAction.READ
    entity: ClassVar[str] = "audit_event"
    filters: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class AuditVerified(DomainEvent):
    """The operator had the whole log checked."""

    type: ClassVar[str] = "audit.verified"
    action: ClassVar[AuditAction] = AuditAction.EXECUTE
    entity: ClassVar[str] = "audit_event"
    outcome: str
    entries: int
    seals: int
    findings: int


def canonical(entry_id: UUID, recorded: Recorded) -> str:
    """Return the entry as the canonical JSON text that is hashed and kept byte for byte."""
    event, caller = recorded.event, recorded.caller
    return orjson.dumps(
        {
            "id": str(entry_id),
            "at": recorded.at.isoformat(),
            "clinic": str(caller.clinic_id),
            "actor": {"kind": caller.kind, "id": str(caller.id), "roles": sorted(caller.roles)},
            "credential": _text(caller.credential_id),
            "emergency_access": _text(caller.emergency_access_id),
            "request": caller.request_id,
            "type": event.type,
            "action": event.action,
            "entity": {"kind": event.entity, "id": _text(event.entity_id), "version": event.version},
            "clients": [str(client) for client in event.subjects()],
            "details": event.details(),
        },
        option=orjson.OPT_SORT_KEYS,
    ).decode()


def _text(value: UUID | None) -> str | None:
    return None if value is None else str(value)
