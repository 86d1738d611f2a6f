"""How requests of clients are said on the wire."""

from enum import StrEnum
from typing import Any
from uuid import UUID

from app.core.schemas import ApiModel, Code, Day, Page, PageQuery, Prose, Resource
from app.record.client_requests.domain import AskedBy, ClientRequestKind, ClientRequestState

_EXAMPLE: dict[str, Any] = {
    "kind": "access",
    "received_on": "2026-05-04",
    "asked_by": "client",
    "details": "Asks for a copy of the notes since March, on paper.",
}


class WhichRequests(StrEnum):
    """Which requests to list by where they stand."""

    OPEN = "open"
    """All that wait for an answer, the extended and overdue ones too."""
    EXTENDED = "extended"
    """Those that wait and for which more time was taken."""
    OVERDUE = "overdue"
    """Those whose answer should have been given."""
    FULFILLED = "fulfilled"
    """Those that were fulfilled."""
    DENIED = "denied"
    """Those that were denied."""
    WITHDRAWN = "withdrawn"
    """Those the client took back."""


class ClientRequest(Resource):
    """What a client asked of her record, and what became of it. It is never removed."""

    client_id: UUID
    """The client."""
    kind: ClientRequestKind
    """A copy of the record, or an amendment of it."""
    state: ClientRequestState
    """Where it stands. `open` and `extended` wait for an answer."""
    received_on: Day
    """The day it came in, from which its time counts."""
    asked_by: AskedBy
    """Whether the client asked herself, or somebody who may for her."""
    details: Prose
    """What was asked for."""
    note_id: UUID | None
    """The signed note an amendment is about, when it is about one."""
    recorded_by: UUID
    """The practitioner who wrote the request down."""
    due_on: Day
    """The last day for an answer, in the clinic's time zone."""
    is_overdue: bool
    """Whether it waits although that day is over."""
    extended_on: Day | None
    """The day on which more time was taken; null when it was not."""
    extension_reason: Prose | None
    """Why more time was needed, as the client was told."""
    closed_on: Day | None
    """The day it was fulfilled, denied or withdrawn; null while it waits."""
    closed_by: UUID | None
    """The practitioner who wrote that down."""
    answer: Prose | None
    """What the client got or was told."""
    denial_reason: Code | None
    """Why it was denied: a code of the list `access_denial_reason` or `amendment_denial_reason`."""
    determined_by: UUID | None
    """The health professional whose judgement a denial for danger or harm rests on."""
    addendum_id: UUID | None
    """The addendum by which the amendment of a note was carried out."""
    statement: Prose | None
    """The client's statement of disagreement with the denial of an amendment."""
    statement_on: Day | None
    """The day that statement came in."""


class ClientRequestPage(Page[ClientRequest]):
    """A page of requests, the one due first at the top."""


class ClientRequestFilter(PageQuery):
    """Which requests to list."""

    state: WhichRequests | None = None
    """Only those that stand here; `open` lists all that wait for an answer."""
    kind: ClientRequestKind | None = None
    """Only requests of this kind."""
    note_id: UUID | None = None
    """Only amendments of this note."""


class ClientRequestCreate(ApiModel):
    """What a client, or somebody who may for her, asked for."""

    model_config = {"json_schema_extra": {"examples": [_EXAMPLE]}}

    kind: ClientRequestKind
    """A copy of the record, or an amendment of it."""
    received_on: Day | None = None
    """The day the request came in; today when absent, never in the future."""
    asked_by: AskedBy
    """Whether the client asked herself, or somebody who may for her."""
    details: Prose
    """What is asked for, and for a representative who it is; stored sealed."""
    note_id: UUID | None = None
    """The signed note an amendment is about, when it is about one. Private notes are no part of the record."""


class ClientRequestExtend(ApiModel):
    """Why an answer needs more time."""

    reason: Prose
    """The reason, as the client is told; stored sealed."""


class ClientRequestFulfil(ApiModel):
    """How the client got what she asked for."""

    closed_on: Day | None = None
    """The day it was done; today when absent."""
    answer: Prose | None = None
    """What she got and how, or what was amended; stored sealed."""
    addendum_id: UUID | None = None
    """For the amendment of a note: the addendum or correction that carries it out."""


class ClientRequestDeny(ApiModel):
    """Why the client does not get what she asked for."""

    denial_reason: Code
    """A code of the list `access_denial_reason` or `amendment_denial_reason`, by the kind of the request."""
    answer: Prose
    """The reason in plain words, with the client's rights, as she is told; stored sealed."""
    determined_by: UUID | None = None
    """For danger or harm: the health professional of the clinic whose judgement it is."""
    closed_on: Day | None = None
    """The day the client was told; today when absent."""


class ClientRequestWithdraw(ApiModel):
    """That the client took her request back."""

    closed_on: Day | None = None
    """The day she said so; today when absent."""
    comment: Prose | None = None
    """What she said; stored sealed, and shown as `answer`."""


class DisagreementCreate(ApiModel):
    """What a client has to say against the denial of an amendment."""

    statement: Prose
    """The client's statement of disagreement, in her words; stored sealed."""
    statement_on: Day | None = None
    """The day it came in; today when absent."""
