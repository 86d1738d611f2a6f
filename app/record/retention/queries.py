"""How legal holds and the last contacts of clients are found."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, ScalarSelect, func, or_, select

from app.core.database import AnySelect
from app.core.erased import erased_in
from app.record.clients.domain import ClientStatus
from app.record.clients.models import Client
from app.record.notes.models import Note, NoteAddendum
from app.record.retention.models import LegalHold
from app.record.sessions.domain import SessionStatus
from app.record.sessions.models import Session, SessionParticipant

COLUMNS = (
    LegalHold.id,
    LegalHold.version,
    LegalHold.created_at,
    LegalHold.client_id,
    LegalHold.reason,
    LegalHold.placed_by,
    LegalHold.lifted_at,
    LegalHold.lifted_by,
)


def holds(clinic_id: UUID, *, in_force: bool | None = None) -> AnySelect:
    """Select legal holds; those on a client who was erased went with her."""
    of_someone = LegalHold.client_id.not_in(erased_in(clinic_id))
    statement = select(*COLUMNS).where(or_(LegalHold.client_id.is_(None), of_someone))
    if in_force is None:
        return statement
    lifted = LegalHold.lifted_at
    return statement.where(lifted.is_(None) if in_force else lifted.is_not(None))


def standings() -> AnySelect:
    """Select what a client's retention hangs on: the latest contacts, the sealed birth date, and whether it is held."""
    took_part = (SessionParticipant.clinic_id == Session.clinic_id) & (SessionParticipant.session_id == Session.id)
    held = (
        select(func.max(Session.starts_at))
        .join(SessionParticipant, took_part)
        .where(
            SessionParticipant.clinic_id == Client.clinic_id,
            SessionParticipant.client_id == Client.id,
            Session.status == SessionStatus.HELD,
        )
        .correlate(Client)
        .scalar_subquery()
    )
    return select(
        Client.id,
        Client.status,
        Client.discharged_on,
        Client.details,
        held.label("last_session_at"),
        _latest(Note, Note.signed_at).label("last_signed_at"),
        _latest(Note, Note.cosigned_at).label("last_cosigned_at"),
        _latest(NoteAddendum, NoteAddendum.signed_at).label("last_addendum_at"),
        _is_held().label("is_on_hold"),
    )


def discharged_until(day: date, *, is_on_hold: bool | None) -> AnySelect:
    """Select the standings of clients discharged on a day or before."""
    statement = standings().where(Client.status == ClientStatus.DISCHARGED, Client.discharged_on <= day)
    if is_on_hold is None:
        return statement
    return statement.where(_is_held() if is_on_hold else ~_is_held())


def _is_held() -> ColumnElement[bool]:
    return (
        select(LegalHold.id)
        .where(
            LegalHold.clinic_id == Client.clinic_id,
            LegalHold.lifted_at.is_(None),
            or_(LegalHold.client_id.is_(None), LegalHold.client_id == Client.id),
        )
        .correlate(Client)
        .exists()
    )


def _latest(model: Any, moment: Any) -> ScalarSelect[Any]:
    of_client = (model.clinic_id == Client.clinic_id) & (model.client_id == Client.id)
    return select(func.max(moment)).where(of_client).correlate(Client).scalar_subquery()
