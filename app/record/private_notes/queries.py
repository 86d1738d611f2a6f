"""How private notes are found: by their author, or by the supervisor a reflection is shown to."""

from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, select, true
from sqlalchemy.orm import aliased

from app.access.practitioners.domain import Role
from app.access.practitioners.models import Practitioner
from app.access.practitioners.queries import is_supervised_on, supervised_by
from app.core.caller import Caller
from app.core.database import AnySelect, includes_code
from app.record.private_notes.domain import PrivateNoteKind
from app.record.private_notes.models import PrivateNote
from app.record.private_notes.schemas import PrivateNoteFilter
from app.record.sessions.models import SessionParticipant

COLUMNS = (
    PrivateNote.id,
    PrivateNote.version,
    PrivateNote.created_at,
    PrivateNote.kind,
    PrivateNote.session_id,
    PrivateNote.client_id,
    PrivateNote.author_id,
    PrivateNote.content,
    PrivateNote.saved_at,
    PrivateNote.shown_to_id,
)


def own(caller: Caller) -> AnySelect:
    """Select what the caller wrote herself; what is shown to her is not hers."""
    return select(*COLUMNS).where(PrivateNote.author_id == caller.id)


def own_matching(wanted: PrivateNoteFilter, caller: Caller) -> AnySelect:
    """Select the private notes of the caller a filter asks for."""
    statement = own(caller)
    if wanted.client_id is not None:
        statement = statement.where(PrivateNote.client_id == wanted.client_id)
    if wanted.session_id is not None:
        statement = statement.where(PrivateNote.session_id == wanted.session_id)
    if wanted.kind is not None:
        statement = statement.where(PrivateNote.kind == wanted.kind)
    return statement


def own_to_change(caller: Caller) -> AnySelect:
    """Select the caller's private notes as entities."""
    return select(PrivateNote).where(PrivateNote.author_id == caller.id)


def is_on(session_id: UUID, client_id: UUID, kind: PrivateNoteKind) -> ColumnElement[bool]:
    """Return the condition that a private note is of this kind and on this client in this session."""
    return and_(PrivateNote.session_id == session_id, PrivateNote.client_id == client_id, PrivateNote.kind == kind)


def shown(caller: Caller, today: date) -> AnySelect:
    """Select the reflections shown to the caller whose authors she, still a supervisor, supervises today."""
    return (
        select(*COLUMNS)
        .join(
            Practitioner, (Practitioner.clinic_id == PrivateNote.clinic_id) & (Practitioner.id == PrivateNote.author_id)
        )
        .where(
            PrivateNote.shown_to_id == caller.id,
            PrivateNote.kind == PrivateNoteKind.REFLECTION,
            supervised_by(caller.id, today),
            true() if Role.SUPERVISOR in caller.roles else false(),
        )
    )


def supervisor_of(practitioner_id: UUID, today: date) -> AnySelect:
    """Select who supervises a practitioner today: someone who works here as a supervisor, in the link's dates."""
    supervisor = aliased(Practitioner)
    return (
        select(supervisor.id)
        .join_from(
            Practitioner,
            supervisor,
            (supervisor.clinic_id == Practitioner.clinic_id) & (supervisor.id == Practitioner.supervisor_id),
        )
        .where(
            Practitioner.id == practitioner_id,
            is_supervised_on(today),
            supervisor.is_active,
            includes_code(supervisor.roles, Role.SUPERVISOR),
        )
    )


def participants_of(session_id: UUID) -> AnySelect:
    """Select the participants of a session the caller sees."""
    return select(SessionParticipant.client_id).where(SessionParticipant.session_id == session_id)
