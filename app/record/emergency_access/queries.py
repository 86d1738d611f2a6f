"""How emergency accesses are found, who may read them, and which one client a caller under one sees."""

from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, or_, select, true

from app.access.practitioners.domain import Role
from app.access.practitioners.models import Practitioner
from app.access.practitioners.queries import supervised_by
from app.core.caller import Caller
from app.core.database import AnySelect
from app.core.erased import erased_in
from app.record.care_team.queries import clients_of
from app.record.clients.models import Client
from app.record.emergency_access.domain import ReviewState
from app.record.emergency_access.models import EmergencyAccess
from app.record.emergency_access.schemas import EmergencyAccessFilter

COLUMNS = (
    EmergencyAccess.id,
    EmergencyAccess.version,
    EmergencyAccess.created_at,
    EmergencyAccess.practitioner_id,
    Practitioner.display_name.label("practitioner_name"),
    EmergencyAccess.client_id,
    EmergencyAccess.reason_code,
    EmergencyAccess.justification,
    EmergencyAccess.expires_at,
    EmergencyAccess.ended_at,
    EmergencyAccess.review_due_at,
    EmergencyAccess.reviewed_at,
    EmergencyAccess.reviewed_by,
    EmergencyAccess.review_outcome,
    EmergencyAccess.review_comment,
)
_GRANT = EmergencyAccess.__table__.alias("circle_grant")
"""A Core alias, as the circle's are: the session's criteria are made of it."""


def clients_seen_by(caller: Caller, now: datetime) -> AnySelect:
    """Select the ids of the clients a caller sees: her circle, or under emergency access the one client, while it runs.

    Asked anew in every request, so that an end or the hour's end closes it on the next one in every process.
    """
    if caller.emergency_access_id is None:
        return clients_of(caller, now)
    return select(_GRANT.c.client_id).where(
        _GRANT.c.clinic_id == caller.clinic_id,
        _GRANT.c.id == caller.emergency_access_id,
        _GRANT.c.practitioner_id == caller.id,
        _GRANT.c.ended_at.is_(None),
        _GRANT.c.expires_at > now,
        _GRANT.c.client_id.not_in(erased_in(caller.clinic_id)),
    )


def running_of(practitioner_id: UUID, now: datetime) -> Select[EmergencyAccess]:
    """Select a practitioner's emergency accesses whose hour goes on, to end them."""
    return select(EmergencyAccess).where(
        EmergencyAccess.practitioner_id == practitioner_id,
        EmergencyAccess.ended_at.is_(None),
        EmergencyAccess.expires_at > now,
    )


def client_and_whether_seen(client_id: UUID, caller: Caller, now: datetime) -> AnySelect:
    """Select a client of the clinic, and whether the caller is in her circle anyway."""
    is_seen = Client.id.in_(clients_of(caller, now)).label("is_seen")
    return select(Client.id, is_seen).where(Client.id == client_id)


def accesses_readable_by(caller: Caller, now: datetime) -> AnySelect:
    """Select the emergency accesses a caller may read, with the names of those who used them.

    What was written about a client who was erased went with her; the audit log still says who opened what.
    """
    there = EmergencyAccess.client_id.not_in(erased_in(caller.clinic_id))
    user = (Practitioner.clinic_id == EmergencyAccess.clinic_id) & (Practitioner.id == EmergencyAccess.practitioner_id)
    return select(*COLUMNS).join(Practitioner, user).where(there, _readable_by(caller, now))


def accesses_matching(wanted: EmergencyAccessFilter, caller: Caller, now: datetime) -> AnySelect:
    """Select the emergency accesses a filter asks for, among those the caller may read."""
    statement = accesses_readable_by(caller, now)
    if wanted.practitioner_id is not None:
        statement = statement.where(EmergencyAccess.practitioner_id == wanted.practitioner_id)
    if wanted.review is ReviewState.DONE:
        return statement.where(EmergencyAccess.reviewed_at.is_not(None))
    if wanted.review is not None:
        statement = statement.where(EmergencyAccess.reviewed_at.is_(None))
    if wanted.review is ReviewState.OVERDUE:
        statement = statement.where(EmergencyAccess.review_due_at <= now)
    return statement


def supervisees_of(caller: Caller, today: date) -> AnySelect:
    """Select the ids of the practitioners a supervisor supervises today."""
    return select(Practitioner.id).where(supervised_by(caller.id, today))


def _readable_by(caller: Caller, now: datetime) -> ColumnElement[bool]:
    """Let a privacy officer read all, a supervisor those of her supervisees and her circle, anyone her own."""
    if caller.sees_all_clients:
        return true()
    is_own = EmergencyAccess.practitioner_id == caller.id
    if Role.SUPERVISOR not in caller.roles:
        return is_own
    today = now.astimezone(ZoneInfo(caller.time_zone)).date()
    return or_(
        is_own,
        EmergencyAccess.practitioner_id.in_(supervisees_of(caller, today)),
        EmergencyAccess.client_id.in_(clients_of(caller, now)),
    )
