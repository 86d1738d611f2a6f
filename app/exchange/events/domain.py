"""What an event is: the published catalogue of what may change in the record, and who is told of which."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from app.core.caller import Permission
from app.core.events import AuditAction, DomainEvent
from app.core.problems import Problem

SLACK = timedelta(minutes=1)
"""How far a look goes back. Ids are made before the commit, and no transaction stays open for half a minute, so within
a minute an entry is there, also when two machines' clocks differ a little."""
LONGEST_BACKLOG = timedelta(hours=24)
MOST_ENTRIES = 1_000
"""More than that, or older, is not told one by one: whoever was away so long reads everything afresh."""


class EventEntity(StrEnum):
    """The kind of thing that changed; read it at its own path."""

    CLIENT = "client"
    CARE_TEAM_MEMBER = "care_team_member"
    TREATMENT = "treatment"
    REVIEW = "review"
    GOAL = "goal"
    GOAL_RATING = "goal_rating"
    SESSION = "session"
    NOTE = "note"
    STREAM = "stream"


class EventType(StrEnum):
    """What happened. `stream.opened` and `stream.reset` are about the stream itself."""

    STREAM_OPENED = "stream.opened"
    STREAM_RESET = "stream.reset"
    CLIENT_CREATED = "client.created"
    CLIENT_CHANGED = "client.changed"
    CLIENT_DISCHARGED = "client.discharged"
    CARE_TEAM_JOINED = "care_team.joined"
    CARE_TEAM_CHANGED = "care_team.changed"
    TREATMENT_OPENED = "treatment.opened"
    TREATMENT_STARTED = "treatment.started"
    TREATMENT_CHANGED = "treatment.changed"
    TREATMENT_PHASES_CHANGED = "treatment.phases_changed"
    TREATMENT_COMPLETED = "treatment.completed"
    TREATMENT_ENDED = "treatment.ended"
    REVIEW_PLANNED = "review.planned"
    REVIEW_CHANGED = "review.changed"
    GOAL_CHANGED = "goal.changed"
    GOAL_RATING_CREATED = "goal_rating.created"
    GOAL_RATING_ENTERED_IN_ERROR = "goal_rating.entered_in_error"
    SESSION_CREATED = "session.created"
    SESSION_CHANGED = "session.changed"
    SESSION_HELD = "session.held"
    SESSION_CANCELLED = "session.cancelled"
    NOTE_CREATED = "note.created"
    NOTE_AUTOSAVED = "note.autosaved"
    NOTE_SUBMITTED = "note.submitted"
    NOTE_SIGNED = "note.signed"
    NOTE_COSIGNED = "note.cosigned"
    NOTE_RETURNED = "note.returned"
    NOTE_ADDENDUM_ADDED = "note.addendum_added"
    NOTE_ENTERED_IN_ERROR = "note.entered_in_error"


OF_THE_STREAM = frozenset({EventType.STREAM_OPENED, EventType.STREAM_RESET})
CATALOGUE = frozenset(EventType) - OF_THE_STREAM
"""Every change of the record that is told of."""

LEFT_OUT: Mapping[str, str] = {
    "private_note": "They are no part of the record: nobody but the author may learn even that they exist.",
    "emergency_access": "Notices tell those who oversee it; a care team is not warned while somebody is in need.",
    "client_request": "Notices tell those who have to act; what clients ask for is read when it is worked on.",
    "disclosure": "An accounting is read when a client asks for it; no open screen waits for one.",
    "erasure": "What is erased is not there any more, for anybody who could hear of it.",
    "legal_hold": "How long records are kept is no part of them; it is read where it is decided.",
    "notice": "One person's own list, which is read when it is shown.",
    "practitioner": "Staff, not record; who changes them reads them again.",
    "clinic": "Settings, not record; they are read when a frontend starts.",
    "sign_in": "Security, which is the audit log's business.",
    "service_account": "Security, which is the audit log's business.",
    "api_key": "Security, which is the audit log's business.",
    "access_token": "Security, which is the audit log's business.",
    "identity_provider": "Security, which is the audit log's business.",
    "external_identity": "Security, which is the audit log's business.",
    "operation": "Refusals are the audit log's business.",
    "data_key": "Whoever reads needs to know nothing of keys; the audit log does.",
    "sealed_field": "A break-in or a damage, which is the audit log's business.",
    "audit_event": "The audit log does not tell of itself.",
}
"""The things whose changes are in no stream, and why."""

READ_WITH: Mapping[EventEntity, Permission] = {
    EventEntity.CLIENT: Permission.CLIENTS_READ,
    EventEntity.CARE_TEAM_MEMBER: Permission.CARE_TEAM_READ,
    EventEntity.TREATMENT: Permission.TREATMENTS_READ,
    EventEntity.REVIEW: Permission.TREATMENTS_READ,
    EventEntity.GOAL: Permission.GOALS_READ,
    EventEntity.GOAL_RATING: Permission.GOALS_READ,
    EventEntity.SESSION: Permission.SESSIONS_READ,
    EventEntity.NOTE: Permission.NOTES_READ,
}
"""What reading each kind of thing needs; who may not read it hears nothing of it."""

FOR_THE_AUTHOR = frozenset({EventType.NOTE_CREATED, EventType.NOTE_AUTOSAVED})
"""How a draft came about stays its author's when the note is signed, like the versions of its draft times."""
FOR_THE_SIGNERS = frozenset({EventType.NOTE_SUBMITTED, EventType.NOTE_RETURNED})
"""What went back and forth before the co-signature stays between author and co-signer."""


class TooManyStreams(Problem):
    """The caller has as many event streams open as anyone may; close one, or let the screens share it."""

    status = 429
    title = "Too many open event streams"

    def __init__(self) -> None:
        """Ask the caller to come back in a few seconds."""
        super().__init__(headers={"Retry-After": "5"})


@dataclass(frozen=True, kw_only=True)
class EventsStreamed(DomainEvent):
    """Someone opened a stream of events. It names no client: what she then reads of them is logged where she reads."""

    type: ClassVar[str] = "events.streamed"
    action: ClassVar[AuditAction] = AuditAction.READ
    entity: ClassVar[str] = "event_stream"
    is_resumed: bool = False


@dataclass(frozen=True)
class Entry:
    """A change as the log holds it, before anyone asked who may hear of it."""

    id: UUID
    type: EventType
    entity: EventEntity
    entity_id: UUID
    version: int | None
    at: datetime


def may_hear(event_type: EventType, listener_id: UUID, author_id: UUID, cosigner_id: UUID | None) -> bool:
    """Say whether someone who can read a note may also hear how it came about."""
    if event_type in FOR_THE_AUTHOR:
        return listener_id == author_id
    return event_type not in FOR_THE_SIGNERS or listener_id in (author_id, cosigner_id)
