"""What is written down when a ciphertext does not open: that somebody moved or changed it, or a key is missing."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from app.core.crypto import SealBroken
from app.core.events import AuditAction, DomainEvent


@dataclass(frozen=True, kw_only=True)
class SealFoundBroken(DomainEvent):
    """A field of this table did not open in its place, so the request that needed it failed."""

    type: ClassVar[str] = "record.seal_broken"
    action: ClassVar[AuditAction] = AuditAction.EXECUTE
    entity: ClassVar[str] = "sealed_field"
    table: str | None = None
    column: str | None = None


def event_of(broken: SealBroken, clinic_id: UUID) -> SealFoundBroken:
    """Name the place, where it is known, and the client, unless the field is private."""
    place = broken.place
    if place is None:
        return SealFoundBroken()
    is_hers = place.owner_id != clinic_id and not place.column.is_private
    return SealFoundBroken(
        entity_id=place.row_id,
        client_id=place.owner_id if is_hers else None,
        table=place.column.table,
        column=place.column.column,
    )
