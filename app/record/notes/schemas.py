"""How notes, their versions, addenda and facts are said on the wire."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import MISSING, AwareDatetime, Field

from app.core.schemas import ApiModel, Code, Instant, Line, LongText, Out, Page, PageQuery, Prose, Rating, Resource
from app.record.notes.domain import AddendumKind, NoteStatus, NoteTemplate, VersionOccasion
from app.record.notes.failure_schemas import MentalizingFailure, MentalizingFailureCreate

OutRating = Annotated[int | None, Field(ge=0, le=10)]
Hash = Annotated[str, Field(min_length=64, max_length=64, pattern=r"^[0-9a-f]{64}$")]
Codes = Annotated[list[Code], Field(max_length=40)]


class NoteSectionCreate(ApiModel):
    """The text of one section."""

    code: Code
    """A section of the note's template; the list `note_template` names them."""
    text: LongText
    """The text; may be empty while it is being written."""


class NoteSection(Out):
    """One section of a note."""

    code: Code
    """A code of the list `note_section`."""
    title: Line
    """The section's name, for a heading."""
    text: LongText
    """The text."""


class Risk(ApiModel):
    """What was asked, found and agreed about risk. The service never infers a flag."""

    flags: Codes = []
    """Codes of the list `risk_flag`; `none_identified` stands alone."""
    statement: Prose | None = None
    """The statement in words."""


Sections = Annotated[list[NoteSectionCreate], Field(max_length=12)]
Failures = Annotated[list[MentalizingFailureCreate], Field(max_length=50)]
_EXAMPLE: dict[str, Any] = {
    "client_id": "019ab1c2-7d3e-7f40-9a51-2b6c8d0e4f17",
    "template": "mbt",
    "sections": [{"code": "presentation", "text": "Robin came in hurried and spoke about a message left unread."}],
    "mentalizing_failures": [
        {
            "pattern": "hyperactivation",
            "signs": ["mind_reading_certainty"],
            "where": "partner",
            "trigger": "rejection_felt",
            "arousal": 8,
            "intervention": "stop_rewind_explore",
            "response": "recovered",
        }
    ],
    "interventions": ["stop_rewind_explore"],
    "risk": {"flags": ["none_identified"], "statement": "Asked; no thoughts of self-harm this week."},
    "felt_understood": 7,
}


class NoteCreate(ApiModel):
    """A new draft. It is the author's private working paper until it is signed."""

    model_config = {"json_schema_extra": {"examples": [_EXAMPLE]}}

    client_id: UUID
    """A participant of the session."""
    template: NoteTemplate
    """The shape of the note."""
    sections: Sections = []
    """The sections written so far, in any order."""
    mentalizing_failures: Failures = []
    """Moments in which mentalizing failed, in the order they are to be shown."""
    interventions: Codes = []
    """Codes of the list `intervention`: what the therapist did."""
    positive_mentalizing: Codes = []
    """Codes of the list `positive_mentalizing`: good mentalizing that was seen."""
    risk: Risk | None = None
    """What was asked and found about risk."""
    felt_understood: Rating | None = None
    """The client's answer: how understood she felt, from 0 to 10."""
    bond: Rating | None = None
    """The client's answer: how good the bond with the therapist is, from 0 to 10."""


class NoteUpdate(ApiModel):
    """What to save in a draft; absent fields stay as they are, null clears, lists replace the present ones."""

    template: NoteTemplate | MISSING = MISSING
    """Another shape; sections it does not have must be taken out in the same request."""
    sections: Sections | None | MISSING = MISSING
    """All sections."""
    mentalizing_failures: Failures | None | MISSING = MISSING
    """All mentalizing failures; the one at a position keeps its id."""
    interventions: Codes | None | MISSING = MISSING
    """All interventions."""
    positive_mentalizing: Codes | None | MISSING = MISSING
    """All positive mentalizing."""
    risk: Risk | None | MISSING = MISSING
    """What was asked and found about risk."""
    felt_understood: Rating | None | MISSING = MISSING
    """How understood the client felt, from 0 to 10."""
    bond: Rating | None | MISSING = MISSING
    """How good the bond is, from 0 to 10."""


class NoteSign(ApiModel):
    """The author's signature."""

    late_entry_reason: Prose | None = None
    """Why the note is signed late; needed for a late entry, and kept only for one."""


class NoteReturn(ApiModel):
    """The note goes back to its author."""

    comment: Prose
    """What to change; shown to the author."""


class NoteErrorReason(ApiModel):
    """The note was written for the wrong client or session, or should not exist."""

    reason: Prose
    """Why; kept with the note."""


class NoteContent(Out):
    """What a note says."""

    template: NoteTemplate
    """The shape of the note."""
    occurred_at: AwareDatetime
    """When the session began (UTC); it is never backdated."""
    sections: Annotated[list[NoteSection], Field(max_length=12)]
    """The sections that were written, in the order of the template."""
    mentalizing_failures: Annotated[list[MentalizingFailure], Field(max_length=50)]
    """Moments in which mentalizing failed."""
    interventions: Codes
    """Codes of the list `intervention`."""
    positive_mentalizing: Codes
    """Codes of the list `positive_mentalizing`."""
    risk: Risk | None
    """What was asked and found about risk."""
    felt_understood: OutRating
    """How understood the client felt, from 0 to 10."""
    bond: OutRating
    """How good the bond is, from 0 to 10."""


class Note(NoteContent, Resource):
    """The progress note of one client for one session."""

    session_id: UUID
    """The session."""
    client_id: UUID
    """The client."""
    treatment_id: UUID | None
    """The treatment the session belongs to."""
    author_id: UUID
    """The practitioner who writes it."""
    status: NoteStatus
    """Where the note stands."""
    saved_at: AwareDatetime
    """When its text last changed (UTC)."""
    content_hash: Hash | None
    """SHA-256 of everything the note says; null while it is a draft."""
    signed_at: AwareDatetime | None
    """When the author signed."""
    signed_by: UUID | None
    """Who signed."""
    cosigner_id: UUID | None
    """The supervisor whose signature is needed too; null when none is."""
    cosigned_at: AwareDatetime | None
    """When the supervisor signed."""
    cosigned_by: UUID | None
    """Which supervisor signed."""
    return_comment: Prose | None
    """What the supervisor wants changed, after she returned the note."""
    is_late_entry: bool
    """Whether it was signed longer after the session than the clinic allows."""
    late_entry_reason: Prose | None
    """Why it was late."""
    entered_in_error_at: AwareDatetime | None
    """When it was marked as entered in error."""
    entered_in_error_by: UUID | None
    """Who marked it."""
    entered_in_error_reason: Prose | None
    """Why it should not stand."""
    addenda_count: int
    """How many addenda and corrections it has."""


class NotePage(Page[Note]):
    """A page of notes."""


class NoteFilter(PageQuery):
    """Which notes to list."""

    client_id: UUID | None = None
    """Only notes about this client."""
    session_id: UUID | None = None
    """Only notes of this session."""
    treatment_id: UUID | None = None
    """Only notes of this treatment."""
    author_id: UUID | None = None
    """Only notes by this practitioner."""
    status: NoteStatus | None = None
    """Only notes that stand here. Without it, notes entered in error are left out."""
    occurred_from: Instant | None = None
    """Only notes of sessions that began then or later."""
    occurred_to: Instant | None = None
    """Only notes of sessions that began before then."""


class NoteVersion(Out):
    """One version of a note, without its text."""

    number: int
    """Counts from 1."""
    occasion: VersionOccasion
    """Why the version was kept."""
    status: NoteStatus
    """Where the note stood then."""
    saved_at: AwareDatetime
    """When this was written or this step was taken (UTC)."""
    saved_by: UUID
    """Who wrote it or took the step."""
    content_hash: Hash
    """SHA-256 of everything the note said."""
    previous_hash: Hash | None
    """The `content_hash` of the version before; null on the first."""


class NoteVersionPage(Page[NoteVersion]):
    """A page of versions."""


class NoteVersionContent(NoteVersion):
    """One version of a note with everything it said."""

    content: NoteContent
    """What the note said."""
    remark: Prose | None
    """The comment of a return, or the reason of an entry in error."""


class Correction(ApiModel):
    """What was wrong and what is right."""

    field: Line
    """Which part is corrected: a section or a field, for example `plan`."""
    old: Prose
    """What the note says."""
    new: Prose
    """What is right."""
    reason: Prose
    """Why."""


class NoteAddendumCreate(ApiModel):
    """An addition to a signed note. Adding it signs it."""

    kind: AddendumKind
    """`addendum` with a text, or `correction` with its four parts."""
    text: LongText | None = None
    """The text of an addendum."""
    correction: Correction | None = None
    """The parts of a correction."""


class NoteAddendum(Resource):
    """An addition to a signed note. The note itself stays as it was signed."""

    note_id: UUID
    """The note."""
    kind: AddendumKind
    """Whether it adds or corrects."""
    text: LongText | None
    """The text of an addendum; null for a correction."""
    correction: Correction | None
    """The parts of a correction; null for an addendum."""
    signed_at: AwareDatetime
    """When it was added and signed (UTC)."""
    signed_by: UUID
    """Who signed it."""


class NoteAddendumPage(Page[NoteAddendum]):
    """A page of addenda and corrections."""


class NoteFacts(Out):
    """The facts of one note: who, when and in which state. No text, no failures, no ratings."""

    note_id: UUID
    """The note."""
    session_id: UUID
    """The session."""
    client_id: UUID
    """The client."""
    treatment_id: UUID | None
    """The treatment the session belongs to."""
    author_id: UUID
    """The practitioner who writes it."""
    template: NoteTemplate
    """The shape of the note."""
    status: NoteStatus
    """Where the note stands."""
    occurred_at: AwareDatetime
    """When the session began (UTC)."""
    created_at: AwareDatetime
    """When the draft was begun (UTC)."""
    signed_at: AwareDatetime | None
    """When the author signed."""
    cosigner_id: UUID | None
    """The supervisor whose signature is needed too."""
    cosigned_at: AwareDatetime | None
    """When the supervisor signed."""
    is_late_entry: bool
    """Whether it was signed longer after the session than the clinic allows."""
    is_overdue: bool
    """Whether it still lacks a signature after the clinic's `note_sign_reminder_days`."""


class NoteRegisterPage(Page[NoteFacts]):
    """A page of the register."""


class NoteRegisterFilter(PageQuery):
    """Which notes of the register to list."""

    status: NoteStatus | None = None
    """Only notes that stand here. Without it, notes entered in error are left out."""
    author_id: UUID | None = None
    """Only notes by this practitioner."""
    client_id: UUID | None = None
    """Only notes about this client."""
    overdue: bool | None = None
    """`true`: only overdue notes; `false`: only the others."""
