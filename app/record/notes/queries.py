"""How notes are found, and who may see which: the rule on drafts is a condition of every statement here."""

import functools
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, or_, select
from sqlalchemy.orm import selectinload

from app.access.practitioners.domain import Role
from app.access.practitioners.models import Practitioner
from app.access.practitioners.queries import supervised_by
from app.core.caller import Caller
from app.core.database import AnySelect, includes_code, json_bytes, json_rows
from app.core.prepared import CALLER_ID, TODAY, Prepared, parameter
from app.record.notes.domain import NoteStatus
from app.record.notes.failure_schemas import MentalizingFailureFilter
from app.record.notes.models import MentalizingFailure, Note, NoteAddendum, NoteVersion
from app.record.notes.schemas import NoteRegisterFilter
from app.record.sessions.models import Session, SessionParticipant

_TAGS = (
    MentalizingFailure.id,
    MentalizingFailure.pattern,
    MentalizingFailure.signs,
    MentalizingFailure.where_code,
    MentalizingFailure.trigger,
    MentalizingFailure.affect,
    MentalizingFailure.arousal,
    MentalizingFailure.mode,
    MentalizingFailure.observed_in,
    MentalizingFailure.intervention,
    MentalizingFailure.response,
    MentalizingFailure.minutes_to_recovery,
)
_PAIRS = [
    part for column in (*_TAGS, MentalizingFailure.position) for part in (column.key.removesuffix("_code"), column)
]
"""Inside JSON they have the names of the wire."""
_FAILURES = (
    select(json_rows(*_PAIRS, "excerpt", json_bytes(MentalizingFailure.excerpt)))
    .where(MentalizingFailure.clinic_id == Note.clinic_id, MentalizingFailure.note_id == Note.id)
    .correlate(Note)
    .scalar_subquery()
    .label("failures")
)
_FACTS = (
    Note.id,
    Note.version,
    Note.created_at,
    Note.session_id,
    Note.client_id,
    Note.treatment_id,
    Note.author_id,
    Note.template,
    Note.status,
    Note.occurred_at,
    Note.signed_at,
    Note.cosigner_id,
    Note.cosigned_at,
    Note.is_late_entry,
)
_COLUMNS = (
    *_FACTS,
    Note.content,
    Note.felt_understood,
    Note.bond,
    Note.saved_at,
    Note.content_hash,
    Note.signed_by,
    Note.cosigned_by,
    Note.return_comment,
    Note.late_entry_reason,
    Note.entered_in_error_at,
    Note.entered_in_error_by,
    Note.entered_in_error_reason,
    Note.addenda_count,
    _FAILURES,
)
_VERSION_COLUMNS = (
    NoteVersion.number,
    NoteVersion.occasion,
    NoteVersion.status,
    NoteVersion.saved_at,
    NoteVersion.saved_by,
    NoteVersion.content_hash,
    NoteVersion.previous_hash,
    NoteVersion.client_id,
)


def visible_to(caller: Caller, today: date) -> ColumnElement[bool]:
    """Return the condition that the caller may read a note's text."""
    return _is_readable(caller.id, today, supervises=Role.SUPERVISOR in caller.roles)


def _is_readable(caller_id: Any, today: Any, *, supervises: bool) -> ColumnElement[bool]:
    """Return the condition that somebody may read a note's text; who and when are values or parameters.

    A draft is its author's private paper, and stays that when it is entered in error; what waits for a
    co-signature is seen by the author and whoever supervises her today, what is fully signed by the client's whole
    circle, which the session's criteria keep to.
    """
    supervised = select(Practitioner.id).where(supervised_by(caller_id, today))
    is_supervised = Note.author_id.in_(supervised) if supervises else false()
    is_record = and_(
        Note.signed_at.is_not(None),
        or_(Note.cosigner_id.is_(None), Note.cosigned_at.is_not(None), is_supervised),
    )
    return or_(Note.author_id == caller_id, is_record)


@functools.cache
def note(*, supervises: bool) -> Prepared:
    """Select the note `note_id` with its failures, if the caller may read it, in one statement."""
    is_it = Note.id == parameter("note_id", Note.id)
    return Prepared(select(*_COLUMNS).where(_is_readable(CALLER_ID, TODAY, supervises=supervises), is_it))


_FILTERS = {
    "status": Note.status == parameter("status", Note.status),
    "client_id": Note.client_id == parameter("client_id", Note.client_id),
    "session_id": Note.session_id == parameter("session_id", Note.session_id),
    "treatment_id": Note.treatment_id == parameter("treatment_id", Note.treatment_id),
    "author_id": Note.author_id == parameter("author_id", Note.author_id),
    "occurred_from": Note.occurred_at >= parameter("occurred_from", Note.occurred_at),
    "occurred_to": Note.occurred_at < parameter("occurred_to", Note.occurred_at),
}


@functools.cache
def notes(filters: frozenset[str], *, supervises: bool) -> Prepared:
    """Select the notes the caller may read to which these filters apply; those entered in error only when asked for."""
    conditions = [_FILTERS[name] for name in sorted(filters)]
    if "status" not in filters:
        conditions.append(_status_is(None))
    return Prepared(select(*_COLUMNS).where(_is_readable(CALLER_ID, TODAY, supervises=supervises), *conditions))


def client_of(note_id: UUID, caller: Caller, today: date) -> AnySelect:
    """Select whom a note is about, if the caller may read it."""
    return select(Note.client_id).where(Note.id == note_id, visible_to(caller, today))


def note_to_change(note_id: UUID, caller: Caller, today: date) -> AnySelect:
    """Select a note with its failures as entities."""
    return select(Note).where(Note.id == note_id, visible_to(caller, today)).options(selectinload(Note.failures))


def live_note_of(session_id: UUID, client_id: UUID) -> AnySelect:
    """Select the id of the note a client has for a session, whoever writes it."""
    return select(Note.id).where(
        Note.session_id == session_id, Note.client_id == client_id, Note.status != NoteStatus.ENTERED_IN_ERROR
    )


def _places_in_session() -> AnySelect:
    has_note = (
        select(Note.id)
        .where(
            Note.clinic_id == SessionParticipant.clinic_id,
            Note.session_id == SessionParticipant.session_id,
            Note.client_id == SessionParticipant.client_id,
            Note.status != NoteStatus.ENTERED_IN_ERROR,
        )
        .correlate(SessionParticipant)
        .exists()
        .label("has_note")
    )
    return (
        select(SessionParticipant.client_id, SessionParticipant.treatment_id, Session.starts_at, has_note)
        .join(
            Session,
            (Session.clinic_id == SessionParticipant.clinic_id) & (Session.id == SessionParticipant.session_id),
        )
        .where(SessionParticipant.session_id == parameter("session_id", SessionParticipant.session_id))
    )


PLACES_IN_SESSION = Prepared(_places_in_session())
"""Select the places in the session `session_id` the caller may see, and whether there is a note already."""


def register(wanted: NoteRegisterFilter, unsigned_since: datetime) -> AnySelect:
    """Select the facts of all notes of the caller's clients, drafts too, but nothing anyone wrote."""
    is_overdue = and_(Note.status.in_([NoteStatus.DRAFT, NoteStatus.PENDING_COSIGN]), Note.occurred_at < unsigned_since)
    statement = select(*_FACTS, is_overdue.label("is_overdue")).where(_status_is(wanted.status))
    if wanted.author_id is not None:
        statement = statement.where(Note.author_id == wanted.author_id)
    if wanted.client_id is not None:
        statement = statement.where(Note.client_id == wanted.client_id)
    if wanted.overdue is not None:
        statement = statement.where(is_overdue if wanted.overdue else ~is_overdue)
    return statement


def failures_matching(wanted: MentalizingFailureFilter, caller: Caller, today: date) -> AnySelect:
    """Select mentalizing failures across the notes the caller may read, except notes entered in error."""
    statement = (
        select(
            *_TAGS,
            MentalizingFailure.excerpt,
            MentalizingFailure.note_id,
            MentalizingFailure.client_id,
            MentalizingFailure.treatment_id,
            MentalizingFailure.occurred_at,
            Note.session_id,
        )
        .join(Note, (Note.clinic_id == MentalizingFailure.clinic_id) & (Note.id == MentalizingFailure.note_id))
        .where(visible_to(caller, today), _status_is(None))
    )
    exact = {
        MentalizingFailure.client_id: wanted.client_id,
        MentalizingFailure.treatment_id: wanted.treatment_id,
        MentalizingFailure.pattern: wanted.pattern,
        MentalizingFailure.where_code: wanted.where,
        MentalizingFailure.trigger: wanted.trigger,
        MentalizingFailure.mode: wanted.mode,
    }
    for column, value in exact.items():
        if value is not None:
            statement = statement.where(column == value)
    if wanted.sign is not None:
        statement = statement.where(includes_code(MentalizingFailure.signs, wanted.sign))
    if wanted.occurred_from is not None:
        statement = statement.where(MentalizingFailure.occurred_at >= wanted.occurred_from)
    if wanted.occurred_to is not None:
        statement = statement.where(MentalizingFailure.occurred_at < wanted.occurred_to)
    return statement


def versions_of(note_id: UUID, caller: Caller, today: date) -> AnySelect:
    """Select a note's versions, those of its draft times for the author alone."""
    is_shared = or_(
        NoteVersion.status.in_([NoteStatus.SIGNED, NoteStatus.ENTERED_IN_ERROR]),
        and_(NoteVersion.status == NoteStatus.PENDING_COSIGN, Note.cosigner_id == caller.id),
    )
    return (
        select(*_VERSION_COLUMNS)
        .join(Note, (Note.clinic_id == NoteVersion.clinic_id) & (Note.id == NoteVersion.note_id))
        .where(NoteVersion.note_id == note_id, visible_to(caller, today), or_(Note.author_id == caller.id, is_shared))
    )


def version_of(note_id: UUID, number: int, caller: Caller, today: date) -> AnySelect:
    """Select one version with its sealed content."""
    return (
        versions_of(note_id, caller, today)
        .add_columns(NoteVersion.id, NoteVersion.content)
        .where(NoteVersion.number == number)
    )


def last_version_of(note_id: UUID) -> AnySelect:
    """Select number and hash of the newest version, for the one that follows it."""
    return (
        select(NoteVersion.number, NoteVersion.content_hash)
        .where(NoteVersion.note_id == note_id)
        .order_by(NoteVersion.number.desc())
        .limit(1)
    )


def addenda_of(note_id: UUID, caller: Caller, today: date) -> AnySelect:
    """Select the addenda of a note the caller may read."""
    return (
        select(
            NoteAddendum.id,
            NoteAddendum.version,
            NoteAddendum.created_at,
            NoteAddendum.note_id,
            NoteAddendum.client_id,
            NoteAddendum.kind,
            NoteAddendum.text,
            NoteAddendum.signed_at,
            NoteAddendum.signed_by,
        )
        .join(Note, (Note.clinic_id == NoteAddendum.clinic_id) & (Note.id == NoteAddendum.note_id))
        .where(NoteAddendum.note_id == note_id, visible_to(caller, today))
    )


def _status_is(status: NoteStatus | None) -> ColumnElement[bool]:
    return Note.status != NoteStatus.ENTERED_IN_ERROR if status is None else Note.status == status
