"""How private notes are said on the wire: to their author, and a reflection to the supervisor it is shown to."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import MISSING, AwareDatetime, Field

from app.core.schemas import ApiModel, LongProse, Out, Page, PageQuery, Prose, Resource
from app.record.private_notes.domain import PrivateNoteKind

OutText = Annotated[str | None, Field(max_length=50_000)]
_REFLECTION: dict[str, Any] = {
    "self_feeling_now": "Hurried; I want to be done with this before it gets loud.",
    "client_behaviour_why": "Robin may have taken my look at the clock for boredom.",
    "own_contribution": "I had looked at the clock.",
}


class ReflectionWrite(ApiModel):
    """The mentalizing stance in three questions a therapist asks herself. Answer at least one."""

    model_config = {"json_schema_extra": {"examples": [_REFLECTION]}}

    self_feeling_now: Prose | None = None
    """Why do I feel as I do now?"""
    client_behaviour_why: Prose | None = None
    """Why does the client act like this?"""
    own_contribution: Prose | None = None
    """What did I do that may have affected the client's state?"""


class ProcessNoteCreate(ApiModel):
    """A new process note: the author's analysis of what was said, kept apart from the rest of the record.

    It holds text and nothing else. Medication, start and stop times, modality and frequency, test results, and
    summaries of diagnosis, functional status, treatment plan, symptoms, prognosis and progress belong in the chart
    (45 CFR 164.501), so there is no field for them here.
    """

    session_id: UUID
    """The session; its progress note on this client must be there already."""
    client_id: UUID
    """A participant of the session."""
    text: LongProse
    """The author's analysis of the conversation.

    Times, medication, diagnosis, symptoms, plan, prognosis and progress belong in the progress note instead.
    """


class PrivateNoteUpdate(ApiModel):
    """What to change; absent fields stay as they are."""

    text: LongProse | MISSING = MISSING
    """What a process note says."""
    reflection: ReflectionWrite | MISSING = MISSING
    """The answers of a reflection; all three are replaced."""


class Reflection(Out):
    """The answers of a reflection."""

    self_feeling_now: Prose | None
    """Why do I feel as I do now?"""
    client_behaviour_why: Prose | None
    """Why does the client act like this?"""
    own_contribution: Prose | None
    """What did I do that may have affected the client's state?"""


class PrivateNote(Resource):
    """A process note or a reflection, as its author sees it. For everybody else it does not exist."""

    kind: PrivateNoteKind
    """A process note or a reflection."""
    session_id: UUID
    """The session."""
    client_id: UUID
    """The client."""
    text: OutText
    """What a process note says; null in a reflection."""
    reflection: Reflection | None
    """The answers of a reflection; null in a process note."""
    saved_at: AwareDatetime
    """When the words last changed (UTC)."""
    shown_to_id: UUID | None
    """The supervisor a reflection is shown to; null while nobody but the author sees it."""


class PrivateNotePage(Page[PrivateNote]):
    """A page of private notes."""


class PrivateNoteFilter(PageQuery):
    """Which of the caller's own private notes to list."""

    client_id: UUID | None = None
    """Only those about this client."""
    session_id: UUID | None = None
    """Only those about this session."""
    kind: PrivateNoteKind | None = None
    """Only process notes, or only reflections."""


class ReflectionQuery(ApiModel):
    """Whom of a session a reflection is about."""

    client_id: UUID | None = None
    """A participant; needed only where the caller sees several participants of the session."""


class ShownReflection(Resource):
    """A reflection as the supervisor sees it, while it is shown to her and she supervises its author."""

    author_id: UUID
    """Who wrote it."""
    session_id: UUID
    """The session."""
    client_id: UUID
    """The client."""
    reflection: Reflection
    """The answers."""
    saved_at: AwareDatetime
    """When the words last changed (UTC)."""


class ShownReflectionPage(Page[ShownReflection]):
    """A page of reflections shown to the caller."""
