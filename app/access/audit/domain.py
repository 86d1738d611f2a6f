"""What the audit log is: one entry for each recorded event, whose canonical text and hash never change."""

import hashlib
import json
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

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


def canonical(entry_id: UUID, recorded: Recorded) -> str:
    """Return the entry as the canonical JSON text that is hashed and kept byte for byte."""
    event, caller = recorded.event, recorded.caller
    return json.dumps(
        {
            "id": str(entry_id),
            "at": recorded.at.isoformat(),
            "clinic": str(caller.clinic_id),
            "actor": {"kind": caller.kind, "id": str(caller.id), "roles": sorted(caller.roles)},
            "credential": _text(caller.credential_id),
            "request": caller.request_id,
            "type": event.type,
            "action": event.action,
            "entity": {"kind": event.entity, "id": _text(event.entity_id), "version": event.version},
            "clients": [str(client) for client in event.subjects()],
            "details": event.details(),
        },
        sort_keys=True,
        separators=(",", ":"),
    )


def leaf_of(document: str) -> bytes:
    """Return the leaf hash of an entry (RFC 6962's form), from which the sealed chain is built."""
    return hashlib.sha256(b"\x00" + document.encode()).digest()


def _text(value: UUID | None) -> str | None:
    return None if value is None else str(value)
