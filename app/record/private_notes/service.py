"""What an author can do with her private notes, and a supervisor with the reflections shown to her.

Everything here is one person's own: the session's criteria and, on PostgreSQL, a policy leave out every other row.
The care team counts too: who leaves it no longer reaches what she wrote about the client. An author removes her
private notes when she likes, for they are no part of the record anybody must retain.
"""

from typing import Any
from uuid import UUID

from app.core.database import AnySelect
from app.core.paging import paged
from app.core.problems import NotFound, PreconditionFailed, PreconditionRequired, ValidationFailed
from app.core.schemas import PageQuery
from app.core.vault import KeyKind
from app.core.work import UnitOfWork
from app.record.notes.queries import live_note_of
from app.record.private_notes import domain, models, queries, schemas
from app.record.private_notes.domain import PrivateNoteKind
from app.record.sessions.service import not_a_participant


def save_reflection(
    work: UnitOfWork,
    session_id: UUID,
    about: schemas.ReflectionQuery,
    wanted: schemas.ReflectionWrite,
    expected: int | None,
) -> tuple[schemas.PrivateNote, bool]:
    """Create the caller's reflection on one participant of a session or replace it; True when created."""
    client_id = _participant(work, session_id, about.client_id)
    answers = _checked(wanted, "")
    note = _find(work, session_id, client_id, PrivateNoteKind.REFLECTION)
    _check_expected(note, expected)
    if note is None:
        note = _new(work, session_id, client_id, PrivateNoteKind.REFLECTION, answers)
        return _as_private_note(work, note), True
    note.write(_seal(work, note, answers), work.now)
    work.record(domain.PrivateNoteChanged(), note)
    return _as_private_note(work, note), False


def get_reflection(work: UnitOfWork, session_id: UUID, about: schemas.ReflectionQuery) -> schemas.PrivateNote:
    """Read the caller's reflection on one participant of a session."""
    client_id = _participant(work, session_id, about.client_id)
    is_it = queries.is_on(session_id, client_id, PrivateNoteKind.REFLECTION)
    return _viewed(work, queries.own(work.caller).where(is_it))


def create_process_note(work: UnitOfWork, wanted: schemas.ProcessNoteCreate) -> schemas.PrivateNote:
    """Write a process note beside the progress note of the same client and session."""
    participants = _participants(work, wanted.session_id)
    if not participants:
        raise ValidationFailed.at("/session_id", "Name a session you may see.", "unknown_session")
    if wanted.client_id not in participants:
        raise not_a_participant("/client_id")
    _check_chart(work, wanted.session_id, wanted.client_id)
    if _find(work, wanted.session_id, wanted.client_id, PrivateNoteKind.PROCESS) is not None:
        raise domain.PrivateNoteExists
    content = {"text": wanted.text}
    return _as_private_note(work, _new(work, wanted.session_id, wanted.client_id, PrivateNoteKind.PROCESS, content))


def list_private_notes(work: UnitOfWork, wanted: schemas.PrivateNoteFilter) -> schemas.PrivateNotePage:
    """List what the caller wrote for herself, the latest first."""
    page = paged(
        work,
        schemas.PrivateNotePage,
        queries.own_matching(wanted, work.caller),
        [models.PrivateNote.id],
        wanted,
        lambda row: _as_private_note(work, row),
        descending=True,
        preload="client_id",
        key_kind=KeyKind.PRIVATE,
    )
    work.record(domain.PrivateNotesListed())
    return page


def get_private_note(work: UnitOfWork, note_id: UUID) -> schemas.PrivateNote:
    """Read one private note of the caller's own."""
    return _viewed(work, queries.own(work.caller).where(models.PrivateNote.id == note_id))


def update_private_note(
    work: UnitOfWork, note_id: UUID, changes: schemas.PrivateNoteUpdate, expected: int
) -> schemas.PrivateNote:
    """Change what a private note says; a process note only while the progress note it stands beside is there."""
    note = _load(work, note_id, expected)
    field = "text" if note.kind is PrivateNoteKind.PROCESS else "reflection"
    for name in changes.model_fields_set - {field}:
        raise ValidationFailed.at(f"/{name}", f"This private note has {field} only.", "other_kind")
    if isinstance(changes.text, str):
        _check_chart(work, note.session_id, note.client_id)
        note.write(_seal(work, note, {"text": changes.text}), work.now)
    if isinstance(changes.reflection, schemas.ReflectionWrite):
        note.write(_seal(work, note, _checked(changes.reflection, "/reflection")), work.now)
    work.record(domain.PrivateNoteChanged(), note)
    return _as_private_note(work, note)


def delete_private_note(work: UnitOfWork, note_id: UUID, expected: int) -> None:
    """Remove a private note for good."""
    note = _load(work, note_id, expected)
    work.record(domain.PrivateNoteRemoved(), note)
    work.session.delete(note)


def show_reflection(work: UnitOfWork, note_id: UUID, expected: int) -> schemas.PrivateNote:
    """Let the caller's present supervisor read a reflection, until it is hidden or the supervision ends."""
    note = _load(work, note_id, expected)
    note.show_to(work.session.execute(queries.supervisor_of(work.caller.id, work.today)).scalar_one_or_none())
    work.record(domain.PrivateNoteShown(), note)
    return _as_private_note(work, note)


def hide_reflection(work: UnitOfWork, note_id: UUID, expected: int) -> schemas.PrivateNote:
    """Take a reflection back; the next request of the supervisor finds nothing."""
    note = _load(work, note_id, expected)
    note.hide()
    work.record(domain.PrivateNoteHidden(), note)
    return _as_private_note(work, note)


def list_shown_reflections(work: UnitOfWork, wanted: PageQuery) -> schemas.ShownReflectionPage:
    """List the reflections that those the caller supervises show her, the latest first."""
    page = paged(
        work,
        schemas.ShownReflectionPage,
        queries.shown(work.caller, work.today),
        [models.PrivateNote.id],
        wanted,
        lambda row: _as_shown(work, row),
        descending=True,
        preload="client_id",
        key_kind=KeyKind.PRIVATE,
    )
    work.record(domain.PrivateNotesListed())
    return page


def get_shown_reflection(work: UnitOfWork, note_id: UUID) -> schemas.ShownReflection:
    """Read one reflection shown to the caller."""
    row = work.one(queries.shown(work.caller, work.today).where(models.PrivateNote.id == note_id))
    work.record(domain.PrivateNoteViewed(entity_id=note_id, version=row.version))
    return _as_shown(work, row)


def _participants(work: UnitOfWork, session_id: UUID) -> list[UUID]:
    return [row.client_id for row in work.rows(queries.participants_of(session_id))]


def _participant(work: UnitOfWork, session_id: UUID, named: UUID | None) -> UUID:
    """Return whom a reflection is about: the participant who is named, or the only one the caller sees."""
    participants = _participants(work, session_id)
    if not participants:
        raise NotFound
    if named is None and len(participants) > 1:
        raise ValidationFailed.at("?client_id", "Name one of the participants.", "missing")
    if named is not None and named not in participants:
        raise not_a_participant("?client_id")
    return named or participants[0]


def _checked(wanted: schemas.ReflectionWrite, pointer: str) -> dict[str, Any]:
    answers = wanted.model_dump()
    if not any(answers.values()):
        raise domain.NothingWritten.under(pointer)
    return answers


def _check_chart(work: UnitOfWork, session_id: UUID, client_id: UUID) -> None:
    if not work.rows(live_note_of(session_id, client_id)):
        raise domain.ChartNoteMissing


def _check_expected(note: models.PrivateNote | None, expected: int | None) -> None:
    """Refuse a PUT that would replace what its sender has not seen, or that names a version of nothing."""
    current = note.version if note is not None else None
    if current is not None and expected is None:
        raise PreconditionRequired('Send `If-Match` with the ETag you last read, for example If-Match: "3".')
    if current != expected:
        raise PreconditionFailed(current)


def _find(work: UnitOfWork, session_id: UUID, client_id: UUID, kind: PrivateNoteKind) -> models.PrivateNote | None:
    statement = queries.own_to_change(work.caller).where(queries.is_on(session_id, client_id, kind))
    found: models.PrivateNote | None = work.session.execute(statement).scalar_one_or_none()
    return found


def _load(work: UnitOfWork, note_id: UUID, expected: int) -> models.PrivateNote:
    statement = queries.own_to_change(work.caller).where(models.PrivateNote.id == note_id)
    note: models.PrivateNote = work.one(statement).PrivateNote
    if note.version != expected:
        raise PreconditionFailed(note.version)
    return note


def _new(
    work: UnitOfWork, session_id: UUID, client_id: UUID, kind: PrivateNoteKind, content: dict[str, Any]
) -> models.PrivateNote:
    note = models.PrivateNote(
        created_at=work.now,
        session_id=session_id,
        client_id=client_id,
        author_id=work.caller.id,
        kind=kind,
        content=b"",
        saved_at=work.now,
    )
    note.content = _seal(work, note, content)
    work.add(note)
    work.record(domain.PrivateNoteWritten(), note)
    return note


def _seal(work: UnitOfWork, note: models.PrivateNote, content: dict[str, Any]) -> bytes:
    return work.vault.seal_json(models.CONTENT, note.client_id, note.id, content)


def _viewed(work: UnitOfWork, statement: AnySelect) -> schemas.PrivateNote:
    note = _as_private_note(work, work.one(statement))
    work.record(domain.PrivateNoteViewed(entity_id=note.id, version=note.version))
    return note


def _as_private_note(work: UnitOfWork, row: Any) -> schemas.PrivateNote:
    """Shape a row or an entity for its author."""
    content = work.vault.open_json(models.CONTENT, row.client_id, row.id, row.content)
    is_process = row.kind is PrivateNoteKind.PROCESS
    return schemas.PrivateNote(
        id=row.id,
        version=row.version,
        created_at=row.created_at,
        kind=row.kind,
        session_id=row.session_id,
        client_id=row.client_id,
        text=content["text"] if is_process else None,
        reflection=None if is_process else schemas.Reflection(**content),
        saved_at=row.saved_at,
        shown_to_id=row.shown_to_id,
    )


def _as_shown(work: UnitOfWork, row: Any) -> schemas.ShownReflection:
    content = work.vault.open_json(models.CONTENT, row.client_id, row.id, row.content)
    return schemas.ShownReflection(
        id=row.id,
        version=row.version,
        created_at=row.created_at,
        author_id=row.author_id,
        session_id=row.session_id,
        client_id=row.client_id,
        reflection=schemas.Reflection(**content),
        saved_at=row.saved_at,
    )
