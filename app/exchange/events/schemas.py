"""How events are said on the wire."""

from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from app.core.schemas import Out
from app.exchange.events.domain import EventEntity, EventType


class StreamEvent(Out):
    """Word that something changed, to be fetched again. It holds ids and codes, never a name or a word of a note."""

    id: UUID
    """The event's id. The same event may come twice, after a break say: drop the ids you know."""
    type: EventType
    """What happened. New types may come; ignore those you do not know."""
    entity: EventEntity
    """The kind of thing that changed."""
    entity_id: UUID | None
    """Which one; null for `stream.opened` and `stream.reset`."""
    client_id: UUID | None
    """The client it is about; null when there are several, as in a group session, and for the stream's own events."""
    version: Annotated[int | None, Field(ge=1)]
    """The version the change made, to compare with the `ETag` you hold; null when the thing has none."""
    occurred_at: AwareDatetime
    """When it happened (UTC)."""
