"""What can be done with the audit log: append (called at the end of every transaction) and read."""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from app.access.audit import domain, models, queries, schemas
from app.core.events import Recorded
from app.core.ids import new_id
from app.core.paging import paged
from app.core.scope import ScopedSession
from app.core.work import UnitOfWork


def append(session: ScopedSession, recorded: Sequence[Recorded]) -> None:
    """Add an entry for each event, in the transaction of what happened."""
    for one in recorded:
        entry_id = new_id()
        document = domain.canonical(entry_id, one)
        event, caller = one.event, one.caller
        session.add(
            models.AuditEvent(
                id=entry_id,
                recorded_at=one.at,
                type=event.type,
                action=event.action,
                entity=event.entity,
                entity_id=event.entity_id,
                actor_kind=caller.kind,
                actor_id=caller.id,
                request_id=caller.request_id,
                document=document,
                leaf=domain.leaf_of(document),
            )
        )
        session.add_all(models.AuditSubject(client_id=client, event_id=entry_id) for client in event.subjects())


def list_audit_events(work: UnitOfWork, wanted: schemas.AuditEventFilter) -> schemas.AuditEventPage:
    """List what happened in the clinic, newest first."""
    work.record(domain.AuditViewed(client_id=wanted.client_id))
    return _page(work, wanted)


def access_log_of(work: UnitOfWork, client_id: UUID, wanted: schemas.AccessLogFilter) -> schemas.AuditEventPage:
    """List who read or changed one client's record, newest first."""
    work.record(domain.AccessLogViewed(client_id=client_id))
    return _page(work, schemas.AuditEventFilter(client_id=client_id, **wanted.model_dump()))


def _page(work: UnitOfWork, wanted: schemas.AuditEventFilter) -> schemas.AuditEventPage:
    statement = queries.events_matching(wanted)
    newest_first = [models.AuditEvent.id]
    return paged(work, schemas.AuditEventPage, statement, newest_first, wanted, _as_event, descending=True)


def _as_event(row: Any) -> schemas.AuditEvent:
    document = json.loads(row.document)
    return schemas.AuditEvent(
        id=row.id,
        recorded_at=row.recorded_at,
        type=row.type,
        action=row.action,
        entity=row.entity,
        entity_id=row.entity_id,
        client_ids=document["clients"],
        actor_kind=row.actor_kind,
        actor_id=row.actor_id,
        actor_name=row.actor_name,
        request_id=row.request_id,
        details=document["details"],
    )
