"""How mentalizing failures are said on the wire: tagged in a note, and found across notes."""

from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from app.core.schemas import ApiModel, Code, Instant, Out, Page, PageQuery, Prose, Rating
from app.record.notes.domain import FailurePattern, FailureResponse, NonMentalizingMode, ObservedIn

RecoveryMinutes = Annotated[int, Field(ge=0, le=600, strict=True)]
Signs = Annotated[list[Code], Field(max_length=20)]


class MentalizingFailureCreate(ApiModel):
    """A moment in which mentalizing failed. Only the pattern must be said."""

    pattern: FailurePattern
    """The pattern: too much, too little, or both."""
    signs: Signs = []
    """Codes of the list `failure_sign` that may go with this pattern (`belongs_to`)."""
    where: Code | None = None
    """A code of the list `where`: the relationship or setting it happened in."""
    trigger: Code | None = None
    """A code of the list `trigger`: what came just before."""
    affect: Code | None = None
    """A code of the list `affect`: the leading feeling."""
    arousal: Rating | None = None
    """How aroused the client was, from 0 to 10."""
    mode: NonMentalizingMode | None = None
    """The non-mentalizing mode, when one was seen."""
    observed_in: ObservedIn | None = None
    """Whether it was lived in the room or told."""
    intervention: Code | None = None
    """A code of the list `intervention`: what the therapist did."""
    response: FailureResponse | None = None
    """What followed the intervention."""
    minutes_to_recovery: RecoveryMinutes | None = None
    """How many minutes passed until mentalizing came back."""
    excerpt: Prose | None = None
    """A few words that show the moment; stored sealed."""


class MentalizingFailure(Out):
    """A mentalizing failure tagged in a note."""

    id: UUID
    """The identifier; it stays the same while the draft is saved again and again."""
    pattern: FailurePattern
    """The pattern: too much, too little, or both."""
    signs: Signs
    """Codes of the list `failure_sign`."""
    where: Code | None
    """A code of the list `where`."""
    trigger: Code | None
    """A code of the list `trigger`."""
    affect: Code | None
    """A code of the list `affect`."""
    arousal: Annotated[int | None, Field(ge=0, le=10)]
    """How aroused the client was, from 0 to 10."""
    mode: NonMentalizingMode | None
    """The non-mentalizing mode, when one was seen."""
    observed_in: ObservedIn | None
    """Whether it was lived in the room or told."""
    intervention: Code | None
    """A code of the list `intervention`."""
    response: FailureResponse | None
    """What followed the intervention."""
    minutes_to_recovery: Annotated[int | None, Field(ge=0, le=600)]
    """How many minutes passed until mentalizing came back."""
    excerpt: Prose | None
    """A few words that show the moment."""


class FoundMentalizingFailure(MentalizingFailure):
    """A mentalizing failure with the note, session and client it belongs to."""

    note_id: UUID
    """The note it is tagged in."""
    session_id: UUID
    """The session it was seen in or told in."""
    client_id: UUID
    """The client."""
    treatment_id: UUID | None
    """The treatment the session belongs to."""
    occurred_at: AwareDatetime
    """When the session began (UTC)."""


class MentalizingFailurePage(Page[FoundMentalizingFailure]):
    """A page of mentalizing failures."""


class MentalizingFailureFilter(PageQuery):
    """Which mentalizing failures to list."""

    client_id: UUID | None = None
    """Only failures of this client."""
    treatment_id: UUID | None = None
    """Only failures of this treatment."""
    pattern: FailurePattern | None = None
    """Only failures of this pattern. `mixed` is a pattern of its own, never the sum of the two others."""
    sign: Code | None = None
    """Only failures with this sign, a code of the list `failure_sign`."""
    where: Code | None = None
    """Only failures that happened here, a code of the list `where`."""
    trigger: Code | None = None
    """Only failures with this trigger, a code of the list `trigger`."""
    mode: NonMentalizingMode | None = None
    """Only failures in this mode."""
    occurred_from: Instant | None = None
    """Only failures of sessions that began then or later."""
    occurred_to: Instant | None = None
    """Only failures of sessions that began before then."""
