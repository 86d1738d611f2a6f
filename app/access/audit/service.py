"""What can be done with the audit log: append (called at the end of every transaction) and read."""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import insert

from app.access.audit import domain, models, queries, schemas
from app.core.database import Base
from app.core.events import Recorded
from app.core.ids import new_id
from app.core.paging import paged
from app.core.scope import ScopedSession
from app.core.vault import Vault
from app.core.work import UnitOfWork

_ADD_ENTRIES = insert(Base.metadata.tables[models.AuditEvent.__tablename__])
_ADD_SUBJECTS = insert(Base.metadata.tables[models.AuditSubject.__tablename__])


def append(session: ScopedSession, recorded: Sequence[Recorded], vault: Vault) -> None:
    """Add an entry for each event, in the transaction of what happened.

    Every request ends here, so the rows go straight to the connection, two statements for all of them, each row with
    its caller's clinic. On PostgreSQL the policies check that clinic once more.
    """
    entries: list[dict[str, object]] = []
    subjects: list[dict[str, object]] = []
    for one in recorded:
        entry_id, clinic_id = new_id(), one.caller.clinic_id
        document = domain.canonical(entry_id, one)
        entries.append(
            {
                "clinic_id": clinic_id,
                "id": entry_id,
                "recorded_at": one.at,
                "type": one.event.type,
                "action": one.event.action,
                "entity": one.event.entity,
                "entity_id": one.event.entity_id,
                "actor_kind": one.caller.kind,
                "actor_id": one.caller.id,
                "request_id": one.caller.request_id,
                "document": document,
                "leaf": domain.leaf_of(document),
            }
        )
        subjects += (
            {"clinic_id": clinic_id, "client_id": client, "event_id": entry_id} for client in one.event.subjects()
        )
    connection = session.connection()
    connection.execute(_ADD_ENTRIES, entries)
    if subjects:
        connection.execute(_ADD_SUBJECTS, subjects)


def list_audit_events(work: UnitOfWork, wanted: schemas.AuditEventFilter) -> schemas.AuditEventPage:
    """List what happened in the clinic, newest first."""
    work.record(domain.AuditViewed(client_id=wanted.client_id))
    return _page(work, wanted)


def access_log_of(work: UnitOfWork, client_id: UUID, wanted: schemas.AccessLogFilter) -> schemas.AuditEventPage:
    """List who read or changed one client's record, newest first; other clients an entry names are left out."""
    work.record(domain.AccessLogViewed(client_id=client_id))
    page = _page(work, schemas.AuditEventFilter(client_id=client_id, **wanted.model_dump()))
    for entry in page.data:
        entry.client_ids = [client_id]
    return page


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
