"""What can be done with the audit log: append (called at the end of every transaction), read, prove and export."""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from app.access.audit import domain, fhir, models, queries, schemas, sealing
from app.core.database import AnySelect, Base
from app.core.driver import insert_into
from app.core.events import Recorded
from app.core.ids import new_id
from app.core.paging import keyset, paged
from app.core.scope import ScopedSession
from app.core.vault import Vault
from app.core.work import UnitOfWork

_ENTRIES, _SUBJECTS, _SEALED = (
    Base.metadata.tables[model.__tablename__]
    for model in (models.AuditEvent, models.AuditSubject, models.AuditSealedEvent)
)
_EXPORTED_AT_ONCE = 500
_STORED_AT_ONCE = 500
"""Making rows of what is stored holds up the event loop beside PostgreSQL; in pieces, not for long."""


def append(session: ScopedSession, recorded: Sequence[Recorded], vault: Vault) -> None:
    """Add an entry for each event, in the transaction of what happened.

    Every request ends here, so the rows go straight to the connection, two statements for all of them, each row with
    its caller's clinic. On PostgreSQL the policies check that clinic once more.
    """
    entries: list[dict[str, object]] = []
    subjects: list[dict[str, object]] = []
    key = sealing.entry_key(vault.audit_secret())
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
                "leaf": sealing.leaf_of(document),
                "mac": sealing.mac_of(key, document),
            }
        )
        subjects += (
            {"clinic_id": clinic_id, "client_id": client, "event_id": entry_id} for client in one.event.subjects()
        )
    connection = session.connection()
    insert_into(_ENTRIES, connection, entries)
    if subjects:
        insert_into(_SUBJECTS, connection, subjects)


def add_seal(session: ScopedSession, seal: sealing.NewSeal, event_ids: Sequence[UUID]) -> None:
    """Store a seal with what it holds. The number is the primary key: of two sealers, one fails and nothing is kept."""
    if session.scope.clinic_id != seal.clinic_id:
        raise ValueError("a seal belongs to the clinic of its session")
    stored = models.AuditSeal(**{name: value for name, value in vars(seal).items() if name != "clinic_id"})
    session.add(stored)
    session.flush()
    places = [
        {"clinic_id": seal.clinic_id, "event_id": event_id, "seal_number": seal.number, "position": position}
        for position, event_id in enumerate(event_ids)
    ]
    for start in range(0, len(places), _STORED_AT_ONCE):
        insert_into(_SEALED, session.connection(), places[start : start + _STORED_AT_ONCE])


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


def list_seals(work: UnitOfWork, wanted: schemas.AuditSealFilter) -> schemas.AuditSealPage:
    """List the clinic's seals, newest first."""
    work.record(domain.AuditSealsListed())
    newest_first = [models.AuditSeal.number]
    return paged(work, schemas.AuditSealPage, queries.seals(), newest_first, wanted, _as_seal, descending=True)


def get_proof(work: UnitOfWork, event_id: UUID) -> schemas.AuditProof:
    """Return the proof that an entry is in the sealed log."""
    entry = work.one(queries.place_of(event_id))
    work.record(domain.AuditProofViewed(entity_id=event_id))
    if entry.seal_number is None:
        return schemas.AuditProof(event_id=event_id, document=entry.document, seal=None, position=None, path=[])
    leaves = [row.leaf for row in work.rows(queries.leaves_of(entry.seal_number))]
    return schemas.AuditProof(
        event_id=event_id,
        document=entry.document,
        seal=_as_seal(work.one(queries.seal_numbered(entry.seal_number))),
        position=entry.position,
        path=[step.hex() for step in sealing.path_of(leaves, entry.position)],
    )


def start_export(work: UnitOfWork, wanted: schemas.AuditEventCriteria) -> None:
    """Log an export before any of it leaves."""
    filters = tuple(sorted(wanted.model_dump(exclude_none=True)))
    work.record(domain.AuditExported(client_id=wanted.client_id, filters=filters))


def exported_page(work: UnitOfWork, wanted: schemas.AuditEventCriteria, before: UUID | None) -> tuple[str, UUID | None]:
    """Return a page of FHIR AuditEvents, one a line and newest first, and the id to go on from."""
    after = None if before is None else [before]
    statement = keyset(_matching(work, wanted), [queries.sorted_by(wanted)], after, descending=True)
    rows = work.rows(statement.limit(_EXPORTED_AT_ONCE))
    lines = "".join(f"{json.dumps(fhir.audit_event_of(row), ensure_ascii=False)}\n" for row in rows)
    return lines, rows[-1].id if len(rows) == _EXPORTED_AT_ONCE else None


def _page(work: UnitOfWork, wanted: schemas.AuditEventFilter) -> schemas.AuditEventPage:
    statement = _matching(work, wanted)
    newest_first = [queries.sorted_by(wanted)]
    return paged(work, schemas.AuditEventPage, statement, newest_first, wanted, _as_event, descending=True)


def _matching(work: UnitOfWork, wanted: schemas.AuditEventCriteria) -> AnySelect:
    """Turn a range of time into a range of ids: ids ascend with time, and the index of a client's entries has ids."""
    first = last = None
    if wanted.recorded_from is not None:
        first = _id_of(work, queries.first_recorded_from(wanted.recorded_from))
    if wanted.recorded_to is not None:
        last = _id_of(work, queries.last_recorded_before(wanted.recorded_to))
    return queries.events_matching(wanted, (first, last))


def _id_of(work: UnitOfWork, statement: AnySelect) -> UUID | None:
    row: Any = work.session.execute(statement).first()
    return None if row is None else row.id


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
        emergency_access_id=document.get("emergency_access"),
        request_id=row.request_id,
        details=document["details"],
    )


def _as_seal(row: Any) -> schemas.AuditSeal:
    return schemas.AuditSeal(
        number=row.number,
        count=row.count,
        root=row.root.hex(),
        previous_hash=row.previous_hash.hex(),
        hash=row.hash.hex(),
        signature=row.signature.hex(),
        public_key=row.public_key.hex(),
        sealed_at=row.sealed_at,
    )
