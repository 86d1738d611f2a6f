"""How audit entries are said on the wire."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, Field

from app.core.caller import CallerKind
from app.core.events import AuditAction
from app.core.schemas import Instant, Out, Page, PageQuery


class AuditEvent(Out):
    """One entry of the audit log. It holds ids, codes and field names, never clinical text."""

    id: UUID
    """The entry's id; ids ascend with time."""
    recorded_at: AwareDatetime
    """When it happened (UTC)."""
    type: Annotated[str, Field(max_length=64)]
    """What happened, for example `note.signed`."""
    action: AuditAction
    """The kind of act, in FHIR AuditEvent's words."""
    entity: Annotated[str, Field(max_length=64)]
    """The kind of thing it happened to."""
    entity_id: UUID | None
    """Which one; null for lists and refusals."""
    client_ids: Annotated[list[UUID], Field(max_length=100)]
    """The clients whose data was touched or shown."""
    actor_kind: CallerKind
    """A practitioner, a service account, or the operator's command line."""
    actor_id: UUID
    """Who did it."""
    actor_name: Annotated[str | None, Field(max_length=200)]
    """The practitioner's name; null for programs and the operator."""
    request_id: Annotated[str | None, Field(max_length=64)]
    """The `X-Request-Id` of the request."""
    details: dict[str, Any]
    """More codes and ids, as the event type states."""


class AuditEventPage(Page[AuditEvent]):
    """A page of audit entries, newest first."""


class AuditEventFilter(PageQuery):
    """Which audit entries to list."""

    actor_id: UUID | None = None
    """Only what this practitioner or service account did."""
    client_id: UUID | None = None
    """Only what touched or showed this client's data."""
    type: Annotated[str | None, Field(max_length=64, pattern=r"^[a-z_]+\.[a-z_]+$")] = None
    """Only this type, for example `note.signed`."""
    entity_id: UUID | None = None
    """Only what happened to this one thing."""
    recorded_from: Instant | None = None
    """Only from this moment on."""
    recorded_to: Instant | None = None
    """Only before this moment."""


class AccessLogFilter(PageQuery):
    """Which entries of a client's access log to list."""

    recorded_from: Instant | None = None
    """Only from this moment on."""
    recorded_to: Instant | None = None
    """Only before this moment."""
