"""How requests of clients are found, and what an amendment may name."""

from datetime import date
from uuid import UUID

from sqlalchemy import or_, select

from app.access.practitioners.domain import Role
from app.access.practitioners.models import Practitioner
from app.core.database import AnySelect, includes_code
from app.record.client_requests.domain import WAITING, ClientRequestState
from app.record.client_requests.models import ClientRequest
from app.record.client_requests.schemas import ClientRequestFilter, WhichRequests
from app.record.notes.domain import NoteStatus
from app.record.notes.models import Note, NoteAddendum

_TREATING = (Role.THERAPIST, Role.SUPERVISOR, Role.PSYCHIATRIST, Role.DOCTOR)

COLUMNS = (
    ClientRequest.id,
    ClientRequest.version,
    ClientRequest.created_at,
    ClientRequest.client_id,
    ClientRequest.kind,
    ClientRequest.state,
    ClientRequest.received_on,
    ClientRequest.asked_by,
    ClientRequest.details,
    ClientRequest.note_id,
    ClientRequest.recorded_by,
    ClientRequest.due_on,
    ClientRequest.extended_on,
    ClientRequest.extension_reason,
    ClientRequest.closed_on,
    ClientRequest.closed_by,
    ClientRequest.answer,
    ClientRequest.denial_reason,
    ClientRequest.determined_by,
    ClientRequest.addendum_id,
    ClientRequest.statement,
    ClientRequest.statement_on,
)


def requests() -> AnySelect:
    """Select the requests of the clients the caller sees."""
    return select(*COLUMNS)


def requests_matching(wanted: ClientRequestFilter, today: date) -> AnySelect:
    """Select the requests a filter asks for."""
    statement = requests()
    if wanted.kind is not None:
        statement = statement.where(ClientRequest.kind == wanted.kind)
    if wanted.note_id is not None:
        statement = statement.where(ClientRequest.note_id == wanted.note_id)
    if wanted.state in (WhichRequests.OPEN, WhichRequests.OVERDUE):
        statement = statement.where(ClientRequest.state.in_(WAITING))
    elif wanted.state is not None:
        statement = statement.where(ClientRequest.state == ClientRequestState(wanted.state.value))
    if wanted.state is WhichRequests.OVERDUE:
        statement = statement.where(ClientRequest.due_on < today)
    return statement


def signed_note(note_id: UUID, client_id: UUID) -> AnySelect:
    """Select a signed note on a client: drafts and what was entered in error are no part of her record."""
    return select(Note.id).where(Note.id == note_id, Note.client_id == client_id, Note.status == NoteStatus.SIGNED)


def addendum_to(note_id: UUID, addendum_id: UUID) -> AnySelect:
    """Select when an addendum to a note was signed."""
    return select(NoteAddendum.signed_at).where(NoteAddendum.id == addendum_id, NoteAddendum.note_id == note_id)


def health_professional(practitioner_id: UUID) -> AnySelect:
    """Select an active practitioner of the clinic who treats."""
    return select(Practitioner.id).where(
        Practitioner.id == practitioner_id,
        Practitioner.is_active,
        or_(*(includes_code(Practitioner.roles, role) for role in _TREATING)),
    )
