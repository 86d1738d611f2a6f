"""What can be done with notes while they are written, and how they are read: draft, autosave, read, list, look up."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from app.access.clinics.service import own_clinic
from app.access.practitioners.domain import Role
from app.core.caller import CallerKind
from app.core.paging import Found, found, paged
from app.core.problems import NotFound, PreconditionFailed
from app.core.schemas import PageQuery
from app.core.work import UnitOfWork
from app.record.notes import contents, domain, models, queries, schemas, versions
from app.record.notes.failure_schemas import (
    MentalizingFailureCreate,
    MentalizingFailureFilter,
    MentalizingFailurePage,
)
from app.record.sessions.service import check_session, not_a_participant
from app.record.vocabularies.catalogue import check_code


def create_note(work: UnitOfWork, session_id: UUID, wanted: schemas.NoteCreate) -> schemas.Note:
    """Begin a draft for one participant of a session; the caller is its author."""
    if work.caller.kind is not CallerKind.PRACTITIONER:
        raise domain.AuthorNotPractitioner
    place = _place_of(work, session_id, wanted.client_id)
    if place.has_note:
        raise domain.LiveNoteExists
    content = {
        "sections": contents.checked_sections(wanted.template, wanted.sections),
        "interventions": contents.checked_interventions(wanted.interventions),
        "positive_mentalizing": contents.checked_positive_mentalizing(wanted.positive_mentalizing),
        "risk": contents.checked_risk(wanted.risk),
    }
    note = models.Note(
        created_at=work.now,
        session_id=session_id,
        client_id=wanted.client_id,
        treatment_id=place.treatment_id,
        author_id=work.caller.id,
        template=wanted.template,
        content=b"",
        felt_understood=wanted.felt_understood,
        bond=wanted.bond,
        occurred_at=place.starts_at,
        saved_at=work.now,
        versioned_at=work.now,
        failures=[],
    )
    note.content = contents.seal_content(work, note.client_id, note.id, content)
    _tag(work, note, wanted.mentalizing_failures)
    work.store(note, *note.failures)
    work.record(domain.NoteCreated(), note)
    versions.keep_first_version(work, note)
    return contents.as_note(work, note)


def get_note(work: UnitOfWork, note_id: UUID) -> dict[str, Any]:
    """Read the fields of one note, also of one that was entered in error."""
    row = work.one(queries.note(supervises=Role.SUPERVISOR in work.caller.roles), note_id=note_id)
    note = contents.fields_of(work, row)
    work.record(domain.NoteViewed(entity_id=note_id, client_id=row.client_id, version=row.version))
    return note


def list_notes(work: UnitOfWork, wanted: schemas.NoteFilter) -> Found:
    """List the fields of the notes the caller may read, of the latest sessions first."""
    filters = wanted.filters()
    page = found(
        work,
        schemas.NotePage,
        queries.notes(frozenset(filters), supervises=Role.SUPERVISOR in work.caller.roles),
        [models.Note.occurred_at, models.Note.id],
        wanted,
        lambda row: contents.fields_of(work, row),
        descending=True,
        preload="client_id",
        values=filters,
    )
    client_ids = tuple(note["client_id"] for note in page.data)
    work.record(domain.NotesListed(client_ids=client_ids, note_ids=tuple(note["id"] for note in page.data)))
    return page


def list_notes_of_session(work: UnitOfWork, session_id: UUID, wanted: PageQuery) -> Found:
    """List the notes of one session the caller may read."""
    check_session(work, session_id)
    return list_notes(work, schemas.NoteFilter(session_id=session_id, **wanted.model_dump()))


def update_note(work: UnitOfWork, note_id: UUID, changes: schemas.NoteUpdate, expected: int) -> schemas.Note:
    """Save a draft; whoever saves over a version she has not seen is told so, and nothing is lost."""
    note = load_note(work, note_id, expected)
    note.check_writable(work.caller.id)
    changed = {name: getattr(changes, name) for name in changes.model_fields_set}
    template, content = _merged(work, note, changed)
    versions.keep_before_autosave(work, note)
    note.write(
        work.caller.id,
        work.now,
        template=template,
        content=contents.seal_content(work, note.client_id, note.id, content),
        felt_understood=changed.get("felt_understood", note.felt_understood),
        bond=changed.get("bond", note.bond),
    )
    if "mentalizing_failures" in changed:
        _tag(work, note, changed["mentalizing_failures"] or [])
    work.record(domain.NoteAutosaved(fields=tuple(sorted(changed))), note)
    return contents.as_note(work, note)


def list_register(work: UnitOfWork, wanted: schemas.NoteRegisterFilter) -> schemas.NoteRegisterPage:
    """List the facts of notes, drafts included, for those who must see that notes get written and signed."""
    unsigned_since = work.now - timedelta(days=own_clinic(work).note_sign_reminder_days)
    page = paged(
        work,
        schemas.NoteRegisterPage,
        queries.register(wanted, unsigned_since),
        [models.Note.occurred_at, models.Note.id],
        wanted,
        _as_facts,
        descending=True,
    )
    work.record(domain.NoteRegisterListed(client_ids=tuple(facts.client_id for facts in page.data)))
    return page


def list_failures(work: UnitOfWork, wanted: MentalizingFailureFilter) -> MentalizingFailurePage:
    """List mentalizing failures across the notes the caller may read, of the latest sessions first."""
    for list_name, code in (("failure_sign", wanted.sign), ("where", wanted.where), ("trigger", wanted.trigger)):
        if code is not None:
            check_code(list_name, code, f"?{list_name.removeprefix('failure_')}")
    page = paged(
        work,
        MentalizingFailurePage,
        queries.failures_matching(wanted, work.caller, work.today),
        [models.MentalizingFailure.occurred_at, models.MentalizingFailure.id],
        wanted,
        lambda row: contents.as_found_failure(work, row),
        descending=True,
        preload="client_id",
    )
    client_ids = tuple(failure.client_id for failure in page.data)
    note_ids = tuple(dict.fromkeys(failure.note_id for failure in page.data))
    work.record(domain.MentalizingFailuresListed(client_ids=client_ids, note_ids=note_ids))
    return page


def load_note(work: UnitOfWork, note_id: UUID, expected: int | None = None) -> models.Note:
    """Load a note with its failures to change it; the draft of someone else is not there."""
    note: models.Note = work.one(queries.note_to_change(note_id, work.caller, work.today)).Note
    if expected is not None and note.version != expected:
        raise PreconditionFailed(note.version)
    return note


def _place_of(work: UnitOfWork, session_id: UUID, client_id: UUID) -> Any:
    """Return the client's place in a session: when it is, in which treatment, and whether she has a note there."""
    places = {row.client_id: row for row in work.rows(queries.PLACES_IN_SESSION, session_id=session_id)}
    if not places:
        raise NotFound
    if client_id not in places:
        raise not_a_participant("/client_id")
    return places[client_id]


def _merged(work: UnitOfWork, note: models.Note, changed: dict[str, Any]) -> tuple[domain.NoteTemplate, dict[str, Any]]:
    """Return template and content with the changes in them."""
    content = contents.open_content(work, note)
    template = changed.get("template", note.template)
    if "sections" in changed:
        content["sections"] = contents.checked_sections(template, changed["sections"] or [])
    else:
        contents.check_template(template, content["sections"])
    if "interventions" in changed:
        content["interventions"] = contents.checked_interventions(changed["interventions"] or [])
    if "positive_mentalizing" in changed:
        codes = contents.checked_positive_mentalizing(changed["positive_mentalizing"] or [])
        content["positive_mentalizing"] = codes
    if "risk" in changed:
        content["risk"] = contents.checked_risk(changed["risk"])
    return template, content


def _tag(work: UnitOfWork, note: models.Note, failures: Sequence[MentalizingFailureCreate]) -> None:
    def seal(row_id: UUID, excerpt: str | None) -> bytes | None:
        return None if excerpt is None else work.vault.seal(models.EXCERPT, note.client_id, row_id, excerpt)

    note.tag(work.caller.id, contents.checked_failures(failures), seal)


def _as_facts(row: Any) -> schemas.NoteFacts:
    return schemas.NoteFacts(
        note_id=row.id,
        session_id=row.session_id,
        client_id=row.client_id,
        treatment_id=row.treatment_id,
        author_id=row.author_id,
        template=row.template,
        status=row.status,
        occurred_at=row.occurred_at,
        created_at=row.created_at,
        signed_at=row.signed_at,
        cosigner_id=row.cosigner_id,
        cosigned_at=row.cosigned_at,
        is_late_entry=row.is_late_entry,
        is_overdue=row.is_overdue,
    )
