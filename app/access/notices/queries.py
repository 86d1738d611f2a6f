"""How notices are found, and who has to be told of what a practitioner did."""

from datetime import date
from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.orm import aliased

from app.access.notices.models import Notice
from app.access.notices.schemas import NoticeFilter
from app.access.practitioners.domain import Role
from app.access.practitioners.models import Practitioner
from app.access.practitioners.queries import is_supervised_on
from app.core.database import AnySelect, includes_code

COLUMNS = (
    Notice.id,
    Notice.version,
    Notice.created_at,
    Notice.kind,
    Notice.about,
    Notice.about_id,
    Notice.seen_at,
)


def notices_of(recipient_id: UUID, wanted: NoticeFilter) -> AnySelect:
    """Select a practitioner's own notices."""
    statement = select(*COLUMNS).where(Notice.recipient_id == recipient_id)
    if wanted.seen is not None:
        statement = statement.where(Notice.seen_at.is_not(None) if wanted.seen else Notice.seen_at.is_(None))
    return statement


def supervisor_of(practitioner_id: UUID, today: date) -> AnySelect:
    """Select the id of a practitioner's supervisor of today, if she may sign in."""
    supervisee = aliased(Practitioner)
    hers = and_(supervisee.clinic_id == Practitioner.clinic_id, supervisee.supervisor_id == Practitioner.id)
    return (
        select(Practitioner.id)
        .join(supervisee, hers)
        .where(supervisee.id == practitioner_id, is_supervised_on(today, supervisee), Practitioner.is_active)
    )


def others_with_role(role: Role, practitioner_id: UUID) -> AnySelect:
    """Select the ids of those who hold a role and may sign in, but for one practitioner."""
    return (
        select(Practitioner.id)
        .where(includes_code(Practitioner.roles, role), Practitioner.is_active, Practitioner.id != practitioner_id)
        .order_by(Practitioner.id)
    )
