"""How care teams are found, and with them the inner circle: the clients a caller may see."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.sql import Select

from app.access.practitioners.models import Practitioner
from app.core.caller import Caller
from app.core.database import AnySelect
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


def clients_of(caller: Caller, now: datetime) -> AnySelect:
    """Select the ids of the clients on whose care team the caller, or someone she supervises, is today.

    Built on Core aliases, so that the session's criteria do not apply to the very query they are made of.
    """
    member = CareTeamMember.__table__.alias("circle_member")
    supervisee = Practitioner.__table__.alias("circle_supervisee")
    today = now.astimezone(ZoneInfo(caller.time_zone)).date()
    supervised: Select[tuple[object]] = select(supervisee.c.id).where(
        supervisee.c.clinic_id == caller.clinic_id, supervisee.c.supervisor_id == caller.id
    )
    return select(member.c.client_id).where(
        member.c.clinic_id == caller.clinic_id,
        or_(member.c.practitioner_id == caller.id, member.c.practitioner_id.in_(supervised)),
        member.c.starts_on <= today,
        or_(member.c.ends_on.is_(None), member.c.ends_on >= today),
    )


def members() -> AnySelect:
    """Select memberships with the practitioners' names."""
    return select(*COLUMNS).join(
        Practitioner,
        (Practitioner.clinic_id == CareTeamMember.clinic_id) & (Practitioner.id == CareTeamMember.practitioner_id),
    )
