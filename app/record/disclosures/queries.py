"""How disclosures are found, and which notes they may name."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from sqlalchemy import select

from app.core.database import AnySelect
from app.record.disclosures.models import Disclosure
from app.record.notes.domain import NoteStatus
from app.record.notes.models import Note

COLUMNS = (
    Disclosure.id,
    Disclosure.version,
    Disclosure.created_at,
    Disclosure.client_id,
    Disclosure.disclosed_on,
    Disclosure.purpose,
    Disclosure.content,
    Disclosure.recorded_by,
    Disclosure.entered_in_error_at,
    Disclosure.error_reason,
)


def disclosures() -> AnySelect:
    """Select disclosures, those entered in error too."""
    return select(*COLUMNS)


def disclosures_of(client_id: UUID, first: date, last: date, *, with_errors: bool) -> AnySelect:
    """Select what of a client was disclosed from the first to the last day, both included."""
    statement = disclosures().where(
        Disclosure.client_id == client_id, Disclosure.disclosed_on >= first, Disclosure.disclosed_on <= last
    )
    return statement if with_errors else statement.where(Disclosure.entered_in_error_at.is_(None))


def signed_notes(note_ids: Collection[UUID], client_id: UUID) -> AnySelect:
    """Select which of these are signed notes on the client."""
    return select(Note.id).where(Note.id.in_(note_ids), Note.client_id == client_id, Note.status == NoteStatus.SIGNED)
