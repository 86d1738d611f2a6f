"""What freezes a note and what may still happen to it: sign, co-sign, return, add an addendum, enter in error."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from app.access.clinics.service import own_clinic
from app.access.practitioners.domain import Role
from app.access.practitioners.models import Practitioner
from app.core.paging import paged
from app.core.problems import ValidationFailed
from app.core.schemas import PageQuery
from app.core.work import UnitOfWork
from app.record.notes import contents, counting, domain, models, queries, schemas, versions
from app.record.notes.domain import AddendumKind, NoteStatus, VersionOccasion
from app.record.notes.service import load_note
from app.record.sessions.domain import SessionStatus
from app.record.sessions.models import Session
from app.record.sessions.service import load_session


def sign_note(work: UnitOfWork, note_id: UUID, wanted: schemas.NoteSign, expected: int) -> schemas.Note:
    """Sign a draft; an author with a supervisor hands it to her for the second signature."""
    note = load_note(work, note_id, expected)
    note.check_writable(work.caller.id)
    session = load_session(work, note.session_id)
    _check_session(note, session)
    treatment_id = next((one.treatment_id for one in session.participants if one.client_id == note.client_id), None)
    note.take_over(work.caller.id, session.starts_at, treatment_id)
    # Failures must be stored while their note is still a draft: afterwards the database refuses any change of them.
    work.session.flush()
    snapshot = contents.snapshot_of(work, note)
    reason = wanted.late_entry_reason
    note.sign(
        work.caller.id,
        work.now,
        content_hash=domain.hash_of(snapshot),
        has_text=any(text.strip() for text in snapshot["sections"].values()),
        cosigner_id=_cosigner_of(work, note),
        ends_at=session.starts_at + timedelta(minutes=session.duration_minutes),
        late_after=timedelta(hours=own_clinic(work).late_entry_hours),
        late_entry_reason=None if reason is None else _seal(work, models.LATE_ENTRY_REASON, note, reason),
    )
    if note.status is NoteStatus.PENDING_COSIGN:
        versions.keep_version(work, note, VersionOccasion.SUBMITTED)
        work.record(domain.NoteSubmitted(), note)
    else:
        session.freeze()
        versions.keep_version(work, note, VersionOccasion.SIGNED)
        work.record(domain.NoteSigned(), note)
        counting.count(work, note)
    return contents.as_note(work, note)


def cosign_note(work: UnitOfWork, note_id: UUID, expected: int) -> schemas.Note:
    """Give the second signature, unless the session was moved since the first: then the note must be returned."""
    note = load_note(work, note_id, expected)
    _hand_to_present_supervisor(work, note)
    session = load_session(work, note.session_id)
    note.cosign(work.caller.id, work.now)
    _check_session(note, session)
    if session.starts_at != note.occurred_at:
        raise domain.SessionMoved
    session.freeze()
    versions.keep_version(work, note, VersionOccasion.COSIGNED)
    work.record(domain.NoteCosigned(), note)
    counting.count(work, note)
    return contents.as_note(work, note)


def return_note(work: UnitOfWork, note_id: UUID, wanted: schemas.NoteReturn, expected: int) -> schemas.Note:
    """Send a note back to its author; the answer is the last the co-signer sees of it until it is signed again."""
    note = load_note(work, note_id, expected)
    _hand_to_present_supervisor(work, note)
    note.send_back(work.caller.id, _seal(work, models.RETURN_COMMENT, note, wanted.comment))
    versions.keep_version(work, note, VersionOccasion.RETURNED, wanted.comment)
    work.record(domain.NoteReturned(), note)
    return contents.as_note(work, note)


def enter_in_error(work: UnitOfWork, note_id: UUID, wanted: schemas.NoteErrorReason, expected: int) -> schemas.Note:
    """Take a note out of the clinical views and free the session for a new one."""
    note = load_note(work, note_id, expected)
    did_count = note.status is NoteStatus.SIGNED
    note.enter_in_error(work.caller.id, work.now, _seal(work, models.ERROR_REASON, note, wanted.reason))
    versions.keep_version(work, note, VersionOccasion.ENTERED_IN_ERROR, wanted.reason)
    work.record(domain.NoteEnteredInError(), note)
    if did_count:
        counting.cease_to_count(work, note)
    return contents.as_note(work, note)


def add_addendum(work: UnitOfWork, note_id: UUID, wanted: schemas.NoteAddendumCreate) -> schemas.NoteAddendum:
    """Add to a signed note, or correct it; adding it signs it, and the note itself stays as it is."""
    note = load_note(work, note_id)
    _check_parts(wanted)
    note.count_addendum()
    addendum = models.NoteAddendum(
        created_at=work.now,
        note_id=note.id,
        client_id=note.client_id,
        kind=wanted.kind,
        text=b"",
        signed_at=work.now,
        signed_by=work.caller.id,
    )
    parts = wanted.model_dump(mode="json", include={"text", "correction"})
    addendum.text = work.vault.seal_json(models.ADDENDUM_TEXT, note.client_id, addendum.id, parts)
    work.add(addendum)
    work.record(domain.NoteAddendumAdded(kind=wanted.kind), note)
    return _as_addendum(work, addendum)


def list_addenda(work: UnitOfWork, note_id: UUID, wanted: PageQuery) -> schemas.NoteAddendumPage:
    """List what was added to a note, oldest first."""
    client_id = work.one(queries.client_of(note_id, work.caller, work.today)).client_id
    statement = queries.addenda_of(note_id, work.caller, work.today)
    in_order = [models.NoteAddendum.id]
    page = paged(work, schemas.NoteAddendumPage, statement, in_order, wanted, lambda row: _as_addendum(work, row))
    work.record(domain.NoteViewed(entity_id=note_id, client_id=client_id))
    return page


def get_addendum(work: UnitOfWork, note_id: UUID, addendum_id: UUID) -> schemas.NoteAddendum:
    """Read one addition to a note."""
    statement = queries.addenda_of(note_id, work.caller, work.today).where(models.NoteAddendum.id == addendum_id)
    row = work.one(statement)
    work.record(domain.NoteViewed(entity_id=note_id, client_id=row.client_id))
    return _as_addendum(work, row)


def _cosigner_of(work: UnitOfWork, note: models.Note) -> UUID | None:
    """Return who must co-sign: the author's supervisor of today, if she has one, who must still be able to."""
    supervisor_id = work.get(Practitioner, note.author_id).supervisor_on(work.today)
    if supervisor_id is not None:
        supervisor = work.get(Practitioner, supervisor_id)
        if not supervisor.is_active or Role.SUPERVISOR not in supervisor.roles:
            raise domain.CosignerNotAvailable
    return supervisor_id


def _hand_to_present_supervisor(work: UnitOfWork, note: models.Note) -> None:
    """Supervisors change while notes wait: who supervises the author now, and no one else, may co-sign or return."""
    if work.get(Practitioner, note.author_id).supervisor_on(work.today) == work.caller.id:
        note.hand_to(work.caller.id)


def _check_session(note: models.Note, session: Session) -> None:
    """Refuse a signature when the session was cancelled, or when the client no longer takes part in it."""
    if session.status is SessionStatus.CANCELLED:
        raise domain.SessionWasCancelled
    if all(one.client_id != note.client_id for one in session.participants):
        raise domain.ClientNotInSession


def _check_parts(wanted: schemas.NoteAddendumCreate) -> None:
    """Refuse an addendum with more or less than a text, and a correction with more or less than its four parts."""
    if wanted.kind is AddendumKind.ADDENDUM:
        if wanted.text is None or not wanted.text.strip():
            raise ValidationFailed.at("/text", "Write the text of the addendum.", "missing")
        if wanted.correction is not None:
            raise ValidationFailed.at("/correction", "Only a correction has this part.", "not_allowed")
        return
    if wanted.correction is None:
        raise ValidationFailed.at("/correction", "Say what was wrong, what is right, and why.", "missing")
    if wanted.text is not None:
        raise ValidationFailed.at("/text", "Only an addendum has a text.", "not_allowed")


def _seal(work: UnitOfWork, place: Any, note: models.Note, text: str) -> bytes:
    return work.vault.seal(place, note.client_id, note.id, text)


def _as_addendum(work: UnitOfWork, row: Any) -> schemas.NoteAddendum:
    parts = work.vault.open_json(models.ADDENDUM_TEXT, row.client_id, row.id, row.text)
    return schemas.NoteAddendum(
        id=row.id,
        version=row.version,
        created_at=row.created_at,
        note_id=row.note_id,
        kind=row.kind,
        signed_at=row.signed_at,
        signed_by=row.signed_by,
        **parts,
    )
