"""How emergency accesses are found, who may read them, and which one client a caller under one sees."""

from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, or_, select, true

from app.access.practitioners.domain import Role
from app.access.practitioners.models import Practitioner
from app.access.practitioners.queries import supervised_by
from app.core.caller import Caller
from app.core.database import AnySelect
from app.core.erased import erased_in
from app.core.prepared import CALLER_ID, CLINIC_ID, parameter
from app.core.scope import Circle
from app.record.care_team import queries as care_team
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


def circle_of(caller: Caller, now: datetime) -> Circle:
    """Return the clients a caller sees: her care teams', or under emergency access the one client, while it runs.

    Asked anew in every request, so that an end or the hour's end closes it on the next one in every process.
    """
    if caller.emergency_access_id is None:
        return care_team.circle_of(caller, now)
    values = {
        "clinic_id": caller.clinic_id,
        "emergency_access_id": caller.emergency_access_id,
        "caller_id": caller.id,
        "now": now,
    }
    return Circle(_OPENED, tuple(values.items()), _opened(*values.values()))


def _opened(clinic_id: Any, access_id: Any, caller_id: Any, now: Any) -> AnySelect:
    return select(_GRANT.c.client_id).where(
        _GRANT.c.clinic_id == clinic_id,
        _GRANT.c.id == access_id,
        _GRANT.c.practitioner_id == caller_id,
        _GRANT.c.ended_at.is_(None),
        _GRANT.c.expires_at > now,
        _GRANT.c.client_id.not_in(erased_in(clinic_id)),
    )


_OPENED = _opened(
    CLINIC_ID, parameter("emergency_access_id", _GRANT.c.id), CALLER_ID, parameter("now", _GRANT.c.expires_at)
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
    is_seen = Client.id.in_(care_team.circle_of(caller, now).selected).label("is_seen")
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
        EmergencyAccess.client_id.in_(care_team.circle_of(caller, now).selected),
    )
