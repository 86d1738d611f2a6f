"""Versions of a note: when one is kept, and how they are read.

Every step (created, submitted, signed, co-signed, returned, entered in error) keeps one. An autosave keeps the text
it replaces when the last version is ten minutes old, so a text that stood longer than that is never lost. Versions
are append-only, and each names the hash of the one before.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from app.core.ids import new_id
from app.core.paging import paged
from app.core.schemas import PageQuery
from app.core.work import UnitOfWork
from app.record.notes import contents, domain, models, queries, schemas
from app.record.notes.domain import VersionOccasion


def keep_version(work: UnitOfWork, note: models.Note, occasion: VersionOccasion, remark: str | None = None) -> None:
    """Keep what the note says now, as the caller's step."""
    # First, so that the step and this reach the database in one UPDATE: an entry in error allows no second one.
    note.versioned_at = work.now
    snapshot = contents.snapshot_of(work, note)
    last = work.session.execute(queries.last_version_of(note.id)).one_or_none()
    _keep(work, note, occasion, snapshot, last, saved_at=work.now, saved_by=work.caller.id, remark=remark)


def keep_first_version(work: UnitOfWork, note: models.Note) -> None:
    """Keep what a new note says; no version is before it."""
    snapshot, caller = contents.snapshot_of(work, note), work.caller.id
    _keep(work, note, VersionOccasion.CREATED, snapshot, None, saved_at=work.now, saved_by=caller, remark=None)


def keep_before_autosave(work: UnitOfWork, note: models.Note) -> None:
    """Keep the text an autosave is about to replace, when the last version is old and says something else."""
    if work.now - note.versioned_at < domain.VERSION_EVERY:
        return
    snapshot = contents.snapshot_of(work, note)
    last = work.one(queries.last_version_of(note.id))
    if last.content_hash != domain.hash_of(snapshot):
        occasion = VersionOccasion.AUTOSAVED
        _keep(work, note, occasion, snapshot, last, saved_at=note.saved_at, saved_by=note.author_id, remark=None)
        note.versioned_at = work.now


def list_versions(work: UnitOfWork, note_id: UUID, wanted: PageQuery) -> schemas.NoteVersionPage:
    """List a note's versions, newest first; those of its draft times only to the author."""
    client_id = work.one(queries.client_of(note_id, work.caller, work.today)).client_id
    newest_first = [models.NoteVersion.number]
    statement = queries.versions_of(note_id, work.caller, work.today)
    page = paged(work, schemas.NoteVersionPage, statement, newest_first, wanted, _as_version, descending=True)
    work.record(domain.NoteVersionsListed(entity_id=note_id, client_id=client_id))
    return page


def get_version(work: UnitOfWork, note_id: UUID, number: int) -> schemas.NoteVersionContent:
    """Read what a note said in one version."""
    row = work.one(queries.version_of(note_id, number, work.caller, work.today))
    kept = work.vault.open_json(models.VERSION_CONTENT, row.client_id, row.id, row.content)
    work.record(domain.NoteVersionViewed(entity_id=note_id, client_id=row.client_id, number=number))
    return schemas.NoteVersionContent(
        **_as_version(row).model_dump(), content=contents.as_content(kept["snapshot"]), remark=kept["remark"]
    )


def _keep(
    work: UnitOfWork,
    note: models.Note,
    occasion: VersionOccasion,
    snapshot: dict[str, Any],
    last: Any,
    *,
    saved_at: datetime,
    saved_by: UUID,
    remark: str | None,
) -> None:
    version_id = new_id()
    kept = {"snapshot": snapshot, "remark": remark}
    work.store(
        models.NoteVersion(
            id=version_id,
            note_id=note.id,
            client_id=note.client_id,
            number=last.number + 1 if last else 1,
            occasion=occasion,
            status=note.status,
            content=work.vault.seal_json(models.VERSION_CONTENT, note.client_id, version_id, kept),
            content_hash=domain.hash_of(snapshot),
            previous_hash=last.content_hash if last else None,
            saved_at=saved_at,
            saved_by=saved_by,
        )
    )


def _as_version(row: Any) -> schemas.NoteVersion:
    return schemas.NoteVersion(
        number=row.number,
        occasion=row.occasion,
        status=row.status,
        saved_at=row.saved_at,
        saved_by=row.saved_by,
        content_hash=row.content_hash,
        previous_hash=row.previous_hash,
    )
