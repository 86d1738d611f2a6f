"""How sessions are said on the wire."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import MISSING, AwareDatetime, Field

from app.core.schemas import ApiModel, Code, Instant, Out, Page, PageQuery, Resource
from app.record.sessions.domain import Attendance, CancelledBy, Delivery, SessionFormat, SessionStatus

Minutes = Annotated[int, Field(ge=5, le=480, strict=True)]
PractitionerIds = Annotated[list[UUID], Field(min_length=1, max_length=10)]


class Participant(Out):
    """A client in a session."""

    client_id: UUID
    """The client."""
    treatment_id: UUID | None
    """The client's treatment the session belongs to; null outside any treatment."""
    attendance: Attendance | None
    """Whether the client came; null until that is known."""


class ParticipantCreate(ApiModel):
    """A client who takes part."""

    client_id: UUID
    """The client."""
    treatment_id: UUID | None = None
    """The treatment the session belongs to; when absent, the client's treatment that covers the day."""
    attendance: Attendance | None = None
    """Whether the client came; before a session is held only `cancelled_client` and `cancelled_clinic`."""


class ParticipantAttendance(ApiModel):
    """Whether one client came."""

    client_id: UUID
    """The client."""
    attendance: Attendance
    """Whether the client came."""


Participants = Annotated[list[ParticipantCreate], Field(min_length=1, max_length=20)]
_EXAMPLE: dict[str, Any] = {
    "format": "individual",
    "delivery": "in_person",
    "kind": "therapy",
    "starts_at": "2026-10-01T09:30:00Z",
    "duration_minutes": 50,
    "participants": [{"client_id": "019ab1c2-7d3e-7f40-9a51-2b6c8d0e4f17"}],
}


class SessionCreate(ApiModel):
    """A session to plan, or one that took place."""

    model_config = {"json_schema_extra": {"examples": [_EXAMPLE]}}

    format: SessionFormat
    """Who meets: an individual or family session has one client, a group session 2 to 20."""
    delivery: Delivery
    """How the people in the session meet."""
    kind: Code = "therapy"
    """A code of the list `session_kind`: what the session is for."""
    starts_at: Instant
    """When it begins, within ten years of today."""
    duration_minutes: Minutes
    """How long it is."""
    practitioner_ids: PractitionerIds | None = None
    """Active practitioners of the clinic; when absent, the caller."""
    participants: Participants
    """The clients who take part. Relatives in a family session are not clients."""
    status: SessionStatus = SessionStatus.SCHEDULED
    """`scheduled` or `held`; a held session states the attendance of every participant."""


class SessionUpdate(ApiModel):
    """What may change about a session; absent fields stay as they are."""

    format: SessionFormat | MISSING = MISSING
    """Who meets."""
    delivery: Delivery | MISSING = MISSING
    """How the people in the session meet."""
    kind: Code | MISSING = MISSING
    """A code of the list `session_kind`."""
    starts_at: Instant | MISSING = MISSING
    """When it begins, within ten years of today."""
    duration_minutes: Minutes | MISSING = MISSING
    """How long it is."""
    practitioner_ids: PractitionerIds | MISSING = MISSING
    """All practitioners, replacing the present ones."""
    participants: Participants | MISSING = MISSING
    """All participants the caller may see, replacing those; others stay. What is absent of one who stays, stays."""
    status: SessionStatus | MISSING = MISSING
    """`scheduled`, to plan a cancelled session again. To hold or cancel one, use its own paths."""


class SessionHold(ApiModel):
    """The session took place."""

    participants: Annotated[list[ParticipantAttendance], Field(min_length=1, max_length=20)]
    """Who came: every participant the caller may see, except those already known to be absent."""


class SessionCancel(ApiModel):
    """The session will not take place."""

    by: CancelledBy
    """Who cancelled."""


class Session(Resource):
    """A meeting of clients and practitioners."""

    format: SessionFormat
    """Who meets."""
    delivery: Delivery
    """How the people in the session meet."""
    kind: Code
    """A code of the list `session_kind`: what the session is for."""
    starts_at: AwareDatetime
    """When it begins (UTC)."""
    duration_minutes: Annotated[int, Field(ge=5, le=480)]
    """How long it is."""
    status: SessionStatus
    """Where the session stands."""
    cancelled_reason: CancelledBy | None
    """Who cancelled; null unless the session is cancelled."""
    practitioner_ids: Annotated[list[UUID], Field(max_length=10)]
    """The practitioners who lead or attend it."""
    participants: Annotated[list[Participant], Field(max_length=20)]
    """The participants the caller may see; a group may have more."""
    has_signed_note: bool
    """Whether a signed note exists: then format, times and participants stay as they are."""
    notes_url: Annotated[str, Field(max_length=200, json_schema_extra={"format": "uri-reference"})]
    """Where the notes of this session are listed."""


class SessionPage(Page[Session]):
    """A page of sessions."""


class SessionFilter(PageQuery):
    """Which sessions to list."""

    client_id: UUID | None = None
    """Only sessions this client takes part in."""
    treatment_id: UUID | None = None
    """Only sessions of this treatment."""
    practitioner_id: UUID | None = None
    """Only sessions this practitioner leads or attends."""
    format: SessionFormat | None = None
    """Only sessions of this format."""
    kind: Code | None = None
    """Only sessions of this kind."""
    status: SessionStatus | None = None
    """Only sessions that stand here."""
    starts_from: Instant | None = None
    """Only sessions that begin then or later."""
    starts_to: Instant | None = None
    """Only sessions that begin before then."""
