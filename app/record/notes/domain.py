"""What a note is: its templates and states, how it moves between them, what it refuses, and what happened to it."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from app.core.events import AuditAction, DomainEvent
from app.core.problems import Conflict, FieldError, Forbidden, ValidationFailed

VERSION_EVERY = timedelta(minutes=10)
"""Autosaves keep the text they replace when the last version is this old, so no text that stood longer is lost."""


class NoteStatus(StrEnum):
    """Where a note stands. `signed` is final in everything it says; only `entered_in_error` may follow."""

    DRAFT = "draft"
    PENDING_COSIGN = "pending_cosign"
    SIGNED = "signed"
    ENTERED_IN_ERROR = "entered_in_error"


class NoteTemplate(StrEnum):
    """The shape of a note; the list `note_template` names the sections of each."""

    MBT = "mbt"
    SOAP = "soap"
    DAP = "dap"
    BIRP = "birp"
    GIRP = "girp"
    NARRATIVE = "narrative"


class FailurePattern(StrEnum):
    """The pattern of a mentalizing failure. It describes one moment, never a person."""

    HYPERACTIVATION = "hyperactivation"
    DEACTIVATION = "deactivation"
    MIXED = "mixed"


class NonMentalizingMode(StrEnum):
    """A way of thinking without mentalizing; it stands beside the pattern and never replaces it."""

    PSYCHIC_EQUIVALENCE = "psychic_equivalence"
    PRETEND = "pretend"
    TELEOLOGICAL = "teleological"


class ObservedIn(StrEnum):
    """Whether the moment was lived (relating) or told (describing)."""

    RELATING = "relating"
    DESCRIBING = "describing"


class FailureResponse(StrEnum):
    """What followed the intervention."""

    RECOVERED = "recovered"
    PARTLY = "partly"
    NO_CHANGE = "no_change"
    WORSE = "worse"
    NOT_SEEN = "not_seen"


class AddendumKind(StrEnum):
    """An addendum adds; a correction names what was wrong and what is right."""

    ADDENDUM = "addendum"
    CORRECTION = "correction"


class VersionOccasion(StrEnum):
    """Why a version was kept."""

    CREATED = "created"
    AUTOSAVED = "autosaved"
    SUBMITTED = "submitted"
    SIGNED = "signed"
    COSIGNED = "cosigned"
    RETURNED = "returned"
    ENTERED_IN_ERROR = "entered_in_error"


MOVES: Mapping[NoteStatus, frozenset[NoteStatus]] = {
    NoteStatus.DRAFT: frozenset({NoteStatus.PENDING_COSIGN, NoteStatus.SIGNED, NoteStatus.ENTERED_IN_ERROR}),
    NoteStatus.PENDING_COSIGN: frozenset({NoteStatus.DRAFT, NoteStatus.SIGNED, NoteStatus.ENTERED_IN_ERROR}),
    NoteStatus.SIGNED: frozenset({NoteStatus.ENTERED_IN_ERROR}),
    NoteStatus.ENTERED_IN_ERROR: frozenset(),
}
"""Every way a note may move. There is no way back from `signed`: no unlock, ever."""


@dataclass(frozen=True, kw_only=True)
class FailureTags:
    """What a clinician says of one moment in which mentalizing failed; only the pattern must be said."""

    pattern: FailurePattern
    signs: tuple[str, ...] = ()
    where_code: str | None = None
    trigger: str | None = None
    affect: str | None = None
    arousal: int | None = None
    mode: NonMentalizingMode | None = None
    observed_in: ObservedIn | None = None
    intervention: str | None = None
    response: FailureResponse | None = None
    minutes_to_recovery: int | None = None
    excerpt: str | None = None


class LiveNoteExists(Conflict):
    """The client already has a note for this session."""

    title = "This client already has a note for this session"


class NoteNotDraft(Conflict):
    """Only a draft may be written in."""

    title = "This note is no draft any more"

    @classmethod
    def because(cls, status: NoteStatus) -> "NoteNotDraft":
        """Say what is possible instead."""
        return cls(
            {
                NoteStatus.SIGNED: "This note is signed; add an addendum instead.",
                NoteStatus.PENDING_COSIGN: "This note waits for its co-signature; the co-signer can return it to you.",
            }.get(status, "This note was entered in error; write a new one.")
        )


class NoteNotSigned(Conflict):
    """Only a signed note takes addenda."""

    title = "This note is not signed"


class CosignerNotAvailable(Conflict):
    """The author's supervisor may no longer co-sign; a clinic admin has to name another."""

    title = "Your supervisor cannot co-sign; ask a clinic admin to name another"


class NotPendingCosign(Conflict):
    """The note does not wait for a co-signature."""

    title = "This note does not wait for a co-signature"


class NoteAlreadyInError(Conflict):
    """The note was already marked as entered in error."""

    title = "This note is already marked as entered in error"


class NoteIsEmpty(Conflict):
    """Nothing is written yet."""

    title = "Write at least one section before you sign"


class SessionNotBegun(Conflict):
    """The session lies in the future."""

    title = "This session has not begun; its note cannot be signed yet"


class SessionWasCancelled(Conflict):
    """The session was cancelled."""

    title = "This session was cancelled; its note cannot be signed"


class ClientNotInSession(Conflict):
    """The client was taken out of the session after the note was begun."""

    title = "The client does not take part in this session any more"


class SessionMoved(Conflict):
    """The session's time changed after the note was signed by its author."""

    title = "The time of the session changed since the author signed; return the note"


class NotNoteAuthor(Forbidden):
    """Only the author writes in a note and signs it."""

    title = "Only the author may do this to a note"


class NotNoteCosigner(Forbidden):
    """Only the named supervisor co-signs or returns."""

    title = "Only the co-signer of this note may do this"


class AuthorNotPractitioner(Forbidden):
    """A program cannot be the author of a note."""

    title = "Only a practitioner can write a note"


class LateEntryReasonMissing(ValidationFailed):
    """A late entry says why it is late; nothing is backdated."""

    title = "A late entry needs a reason"

    def __init__(self) -> None:
        """Point to the field that is missing."""
        detail = "The session ended longer ago than your clinic allows. Say why the note is signed late."
        super().__init__(errors=(FieldError("/late_entry_reason", detail, "late_entry_reason_required"),))


def hash_of(snapshot: Mapping[str, Any]) -> str:
    """Return the SHA-256 of everything a note says, over its canonical JSON (sorted keys, no spaces, UTF-8)."""
    canonical = json.dumps(snapshot, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


@dataclass(frozen=True, kw_only=True)
class _NoteEvent(DomainEvent):
    entity: ClassVar[str] = "note"


@dataclass(frozen=True, kw_only=True)
class NoteCreated(_NoteEvent):
    """A draft was begun."""

    type: ClassVar[str] = "note.created"
    action: ClassVar[AuditAction] = AuditAction.CREATE


@dataclass(frozen=True, kw_only=True)
class NoteAutosaved(_NoteEvent):
    """A draft was saved; `fields` names what changed."""

    type: ClassVar[str] = "note.autosaved"
    action: ClassVar[AuditAction] = AuditAction.UPDATE
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class NoteSubmitted(_NoteEvent):
    """A trainee signed; the supervisor's signature is awaited."""

    type: ClassVar[str] = "note.submitted"
    action: ClassVar[AuditAction] = AuditAction.UPDATE


@dataclass(frozen=True, kw_only=True)
class NoteSigned(_NoteEvent):
    """A note was signed and is frozen."""

    type: ClassVar[str] = "note.signed"
    action: ClassVar[AuditAction] = AuditAction.UPDATE


@dataclass(frozen=True, kw_only=True)
class NoteCosigned(_NoteEvent):
    """A supervisor co-signed; the note is frozen."""

    type: ClassVar[str] = "note.cosigned"
    action: ClassVar[AuditAction] = AuditAction.UPDATE


@dataclass(frozen=True, kw_only=True)
class NoteReturned(_NoteEvent):
    """A supervisor sent the note back to its author."""

    type: ClassVar[str] = "note.returned"
    action: ClassVar[AuditAction] = AuditAction.UPDATE


@dataclass(frozen=True, kw_only=True)
class NoteAddendumAdded(_NoteEvent):
    """A signed note got an addendum or a correction."""

    type: ClassVar[str] = "note.addendum_added"
    action: ClassVar[AuditAction] = AuditAction.UPDATE
    kind: str = AddendumKind.ADDENDUM


@dataclass(frozen=True, kw_only=True)
class NoteEnteredInError(_NoteEvent):
    """A note was taken out of the clinical views."""

    type: ClassVar[str] = "note.entered_in_error"
    action: ClassVar[AuditAction] = AuditAction.UPDATE


@dataclass(frozen=True, kw_only=True)
class NoteViewed(_NoteEvent):
    """Someone read a note or its addenda."""

    type: ClassVar[str] = "note.viewed"
    action: ClassVar[AuditAction] = AuditAction.READ


@dataclass(frozen=True, kw_only=True)
class NotesListed(_NoteEvent):
    """Someone read a list of notes: these, with their whole text."""

    type: ClassVar[str] = "note.listed"
    action: ClassVar[AuditAction] = AuditAction.READ
    note_ids: tuple[UUID, ...] = ()


@dataclass(frozen=True, kw_only=True)
class NoteVersionsListed(_NoteEvent):
    """Someone looked through the versions of a note."""

    type: ClassVar[str] = "note.versions_listed"
    action: ClassVar[AuditAction] = AuditAction.READ


@dataclass(frozen=True, kw_only=True)
class NoteVersionViewed(_NoteEvent):
    """Someone read an earlier version of a note."""

    type: ClassVar[str] = "note.version_viewed"
    action: ClassVar[AuditAction] = AuditAction.READ
    number: int = 0


@dataclass(frozen=True, kw_only=True)
class NoteRegisterListed(_NoteEvent):
    """Someone read the register of notes: who, when and in which state, without text."""

    type: ClassVar[str] = "note.register_listed"
    action: ClassVar[AuditAction] = AuditAction.READ


@dataclass(frozen=True, kw_only=True)
class MentalizingFailuresListed(DomainEvent):
    """Someone read mentalizing failures across notes, with their excerpts; `note_ids` are the notes they stand in."""

    type: ClassVar[str] = "mentalizing_failure.listed"
    action: ClassVar[AuditAction] = AuditAction.READ
    entity: ClassVar[str] = "mentalizing_failure"
    note_ids: tuple[UUID, ...] = ()
