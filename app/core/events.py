"""Domain events: facts that happened to the record, told in ids and codes, never in clinical text.

A slice declares its events in `domain.py`. One recorded event becomes an audit entry, in the same transaction.
"""

from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from app.core.caller import Caller


class AuditAction(StrEnum):
    """What was done, in FHIR AuditEvent's letters: create, read, update, delete, execute."""

    CREATE = "create"
    READ = "read"
    UPDATE = "update"
    DELETE = "delete"
    EXECUTE = "execute"


@dataclass(frozen=True, kw_only=True)
class DomainEvent:
    """A fact with a stable `type` (`note.signed`).

    `entity_id` says what it is about, `client_id` (of a list: `client_ids`) whom.
    """

    type: ClassVar[str]
    action: ClassVar[AuditAction]
    entity: ClassVar[str]
    is_private: ClassVar[bool] = False
    """Whether it names no client, because even that someone wrote about her is the author's own business."""
    entity_id: UUID | None = None
    client_id: UUID | None = None
    client_ids: tuple[UUID, ...] = ()
    version: int | None = None

    def subjects(self) -> tuple[UUID, ...]:
        """Return the clients this is about: one, or all those a list showed."""
        return (self.client_id,) if self.client_id is not None else tuple(dict.fromkeys(self.client_ids))

    def details(self) -> dict[str, object]:
        """Return the fields a subclass adds, as JSON values: codes, ids and field names only."""
        return {name: _plain(value) for name, value in vars(self).items() if name not in _COMMON}


_COMMON = {field.name for field in fields(DomainEvent)}


@dataclass(frozen=True)
class Recorded:
    """An event with who did it, when, and in which request."""

    event: DomainEvent
    caller: Caller
    at: datetime


def _plain(value: object) -> object:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, tuple | frozenset):
        return sorted(str(item) for item in value) if isinstance(value, frozenset) else [_plain(i) for i in value]
    return value
