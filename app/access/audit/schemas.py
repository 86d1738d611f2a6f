"""How audit entries are said on the wire."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, Field

from app.core.caller import CallerKind
from app.core.events import AuditAction
from app.core.schemas import ApiModel, Instant, Out, Page, PageQuery

Digest = Annotated[str, Field(min_length=64, max_length=64, pattern=r"^[0-9a-f]{64}$")]
"""32 bytes in hexadecimal."""


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
    emergency_access_id: UUID | None
    """The emergency access it was done under; null when it was none."""
    request_id: Annotated[str | None, Field(max_length=64)]
    """The `X-Request-Id` of the request."""
    details: dict[str, Any]
    """More codes and ids, as the event type states."""


class AuditEventPage(Page[AuditEvent]):
    """A page of audit entries, newest first."""


class AuditEventCriteria(ApiModel):
    """What narrows the audit log, in a list and in an export."""

    actor_id: UUID | None = None
    """Only what this practitioner or service account did."""
    actor_kind: CallerKind | None = None
    """Only what practitioners, service accounts or the operator did."""
    client_id: UUID | None = None
    """Only what touched or showed this client's data."""
    type: Annotated[str | None, Field(max_length=64, pattern=r"^[a-z_]+\.[a-z_]+$")] = None
    """Only this type, for example `note.signed`."""
    action: AuditAction | None = None
    """Only acts of this kind."""
    entity_id: UUID | None = None
    """Only what happened to this one thing."""
    request_id: Annotated[str | None, Field(max_length=64, pattern=r"^[A-Za-z0-9._-]{8,64}$")] = None
    """Only what this one request did, by its `X-Request-Id`."""
    recorded_from: Instant | None = None
    """Only from this moment on."""
    recorded_to: Instant | None = None
    """Only before this moment."""


class AuditEventFilter(AuditEventCriteria, PageQuery):
    """Which audit entries to list."""


class AuditSeal(Out):
    """The seal on a batch of entries. Each is chained to the one before, and signed, so none can be changed alone.

    Its `hash` is SHA-256 over: the byte 02, the clinic's id (16 bytes), number and count (8 bytes each, big-endian),
    `sealed_at` in microseconds since 1970 (8 bytes), the root, and the previous hash. The signature (Ed25519) is over
    the hash.
    """

    number: Annotated[int, Field(ge=1)]
    """Seals are numbered from 1 without a gap."""
    count: Annotated[int, Field(ge=1)]
    """How many entries it holds."""
    root: Digest
    """The Merkle root of the entries (RFC 6962, SHA-256)."""
    previous_hash: Digest
    """The hash of the seal before; zeros for the first."""
    hash: Digest
    """The hash of this seal."""
    signature: Annotated[str, Field(min_length=128, max_length=128)]
    """The Ed25519 signature of the hash."""
    public_key: Digest
    """The key the signature is checked with; keep it apart from the database."""
    sealed_at: AwareDatetime
    """When it was made (UTC)."""


class AuditSealPage(Page[AuditSeal]):
    """A page of seals, newest first."""


class AuditSealFilter(PageQuery):
    """Which seals to list."""


class AuditProof(Out):
    """The proof that an entry is in the sealed log, which can be checked without the service.

    Start with SHA-256 over the byte 00 and `document`. At each level with more than one node, an odd position takes
    the next hash of `path` to its left, an even one to its right (the last node of an odd level goes up alone): SHA-256
    over the byte 01, left, right. What remains is the `root` of the seal.
    """

    event_id: UUID
    """The entry."""
    document: Annotated[str, Field(max_length=100_000)]
    """The entry's canonical text, byte for byte as it was sealed."""
    seal: AuditSeal | None
    """The seal it is in; null in the second or so before it is sealed."""
    position: Annotated[int | None, Field(ge=0)]
    """Its place in the seal's tree, from 0; null while it is not sealed."""
    path: Annotated[list[Digest], Field(max_length=64)]
    """The hashes beside it on the way to the root, lowest first."""


class AccessLogFilter(PageQuery):
    """Which entries of a client's access log to list."""

    recorded_from: Instant | None = None
    """Only from this moment on."""
    recorded_to: Instant | None = None
    """Only before this moment."""
