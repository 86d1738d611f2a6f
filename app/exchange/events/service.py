"""What can be done with events: open a stream of them, look for news, and tell a caller what she may hear."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.core.ids import moved, new_id
from app.core.scope import ScopedSession
from app.core.work import UnitOfWork
from app.exchange.events import domain, queries, schemas
from app.exchange.events.domain import Entry, EventEntity, EventType


@dataclass(frozen=True)
class Opening:
    """Where a stream begins: the position it can be resumed from, and what happened since the one it resumes."""

    position: UUID
    entries: Sequence[Entry]
    known: frozenset[UUID]
    """Changes that were there before, or are told at once: they are no news any more."""
    is_reset: bool
    """Whether too much happened, or too long ago, to tell it one by one."""


def open_stream(work: UnitOfWork, last_event_id: UUID | None) -> Opening:
    """Begin a stream, from now on or from the last event a caller received.

    An id that is not of the last day, or not from here, resets the stream, and so does too long a backlog.
    """
    work.record(domain.EventsStreamed(is_resumed=last_event_id is not None))
    now = new_id()
    if last_event_id is not None and moved(now, -domain.LONGEST_BACKLOG) <= last_event_id <= moved(now, domain.SLACK):
        missed = queries.change_ids(last_event_id).limit(domain.MOST_ENTRIES + 1)
        if len(work.session.execute(missed).scalars().all()) <= domain.MOST_ENTRIES:  # the minute told again is no loss
            ids = work.session.execute(queries.change_ids(moved(last_event_id, -domain.SLACK))).scalars().all()
            return Opening(last_event_id, _entries(work.session, ids), frozenset(ids), is_reset=False)
    known = frozenset(work.session.execute(queries.change_ids(moved(now, -domain.SLACK))).scalars())
    return Opening(now, (), known, is_reset=last_event_id is not None)


def news(session: ScopedSession, after: UUID, seen: Collection[UUID]) -> tuple[frozenset[UUID], Sequence[Entry]]:
    """Return the ids of a clinic's changes after an id, and those of the changes nobody has seen yet."""
    ids = frozenset(session.execute(queries.change_ids(after)).scalars())
    return ids, _entries(session, [one for one in ids if one not in seen])


def events_for(work: UnitOfWork, entries: Sequence[Entry]) -> list[schemas.StreamEvent]:
    """Return what of some changes the caller may hear: of each thing exactly when its own path would show it."""
    by_entity: dict[EventEntity, list[Entry]] = defaultdict(list)
    for entry in entries:
        by_entity[entry.entity].append(entry)
    return [event for entity, some in by_entity.items() for event in _heard(work, entity, some)]


def event_of_stream(event_type: EventType, position: UUID, at: datetime) -> schemas.StreamEvent:
    """Return an event about the stream itself."""
    return schemas.StreamEvent(
        id=position,
        type=event_type,
        entity=EventEntity.STREAM,
        entity_id=None,
        client_id=None,
        version=None,
        occurred_at=at,
    )


def _heard(work: UnitOfWork, entity: EventEntity, entries: Sequence[Entry]) -> Iterator[schemas.StreamEvent]:
    ids = sorted({entry.entity_id for entry in entries})
    found: dict[UUID, list[Any]] = defaultdict(list)
    for row in work.rows(queries.seen(entity, ids, work.caller, work.today)):
        found[row.id].append(row)
    for entry in entries:
        rows = found.get(entry.entity_id, ())
        if rows and (entity is not EventEntity.NOTE or _may_hear(work, entry, rows[0])):
            yield schemas.StreamEvent(
                id=entry.id,
                type=entry.type,
                entity=entity,
                entity_id=entry.entity_id,
                client_id=rows[0].client_id if len(rows) == 1 else None,
                version=entry.version,
                occurred_at=entry.at,
            )


def _may_hear(work: UnitOfWork, entry: Entry, note: Any) -> bool:
    return domain.may_hear(entry.type, work.caller.id, note.author_id, note.cosigner_id)


def _entries(session: ScopedSession, ids: Sequence[UUID]) -> list[Entry]:
    if not ids:
        return []
    return [
        Entry(
            row.id,
            EventType(row.type),
            EventEntity(row.entity),
            row.entity_id,
            json.loads(row.document)["entity"]["version"],
            row.recorded_at,
        )
        for row in session.execute(queries.changes(ids))
    ]
