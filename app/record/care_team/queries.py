"""How care teams are found, and with them the inner circle: the clients a caller may see."""

import functools
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select

from app.access.practitioners.domain import Role
from app.access.practitioners.models import Practitioner
from app.access.practitioners.queries import supervised_by
from app.core.caller import Caller
from app.core.database import AnySelect
from app.core.prepared import CALLER_ID, CLINIC_ID, TODAY
from app.core.scope import Circle
from app.record.care_team.models import CareTeamMember

COLUMNS = (
    CareTeamMember.id,
    CareTeamMember.version,
    CareTeamMember.created_at,
    CareTeamMember.client_id,
    CareTeamMember.practitioner_id,
    Practitioner.display_name.label("practitioner_name"),
    CareTeamMember.care_role,
    CareTeamMember.starts_on,
    CareTeamMember.ends_on,
)

_MEMBER = CareTeamMember.__table__.alias("circle_member")
_SUPERVISEE = Practitioner.__table__.alias("circle_supervisee")
"""Core aliases, so that the session's criteria do not apply to the very query they are made of."""


def circle_of(caller: Caller, now: datetime) -> Circle:
    """Return the clients on whose care team the caller, or someone she supervises, is today."""
    today = now.astimezone(ZoneInfo(caller.time_zone)).date()
    supervises = Role.SUPERVISOR in caller.roles
    values = (("clinic_id", caller.clinic_id), ("caller_id", caller.id), ("today", today))
    written = _clients(CLINIC_ID, CALLER_ID, TODAY, supervises=supervises)
    return Circle(written, values, _clients(caller.clinic_id, caller.id, today, supervises=supervises))


@functools.lru_cache(maxsize=4096)
def _clients(clinic_id: Any, caller_id: Any, today: Any, *, supervises: bool) -> AnySelect:
    """Build the selection once for everybody, and once for each caller and day: nearly every statement has it."""
    supervised = select(_SUPERVISEE.c.id).where(
        _SUPERVISEE.c.clinic_id == clinic_id, supervised_by(caller_id, today, _SUPERVISEE.c)
    )
    is_hers = _MEMBER.c.practitioner_id == caller_id
    return select(_MEMBER.c.client_id).where(
        _MEMBER.c.clinic_id == clinic_id,
        or_(is_hers, _MEMBER.c.practitioner_id.in_(supervised)) if supervises else is_hers,
        _MEMBER.c.starts_on <= today,
        or_(_MEMBER.c.ends_on.is_(None), _MEMBER.c.ends_on >= today),
    )


def members() -> AnySelect:
    """Select memberships with the practitioners' names."""
    return select(*COLUMNS).join(
        Practitioner,
        (Practitioner.clinic_id == CareTeamMember.clinic_id) & (Practitioner.id == CareTeamMember.practitioner_id),
    )


def present_members(client_id: UUID, today: date) -> AnySelect:
    """Select the ids of those who are on a client's care team today and may sign in."""
    return (
        select(CareTeamMember.practitioner_id)
        .join(
            Practitioner,
            (Practitioner.clinic_id == CareTeamMember.clinic_id) & (Practitioner.id == CareTeamMember.practitioner_id),
        )
        .where(
            CareTeamMember.client_id == client_id,
            CareTeamMember.starts_on <= today,
            or_(CareTeamMember.ends_on.is_(None), CareTeamMember.ends_on >= today),
            Practitioner.is_active,
        )
        .order_by(CareTeamMember.id)
    )
