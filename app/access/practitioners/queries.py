"""How practitioners are found."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select

from app.access.practitioners.models import Practitioner
from app.access.practitioners.schemas import PractitionerFilter
from app.core.database import AnySelect, includes_code

COLUMNS = (
    Practitioner.id,
    Practitioner.version,
    Practitioner.created_at,
    Practitioner.display_name,
    Practitioner.roles,
    Practitioner.licences,
    Practitioner.specialities,
    Practitioner.supervisor_id,
    Practitioner.supervised_from,
    Practitioner.supervised_until,
    Practitioner.is_active,
)


def practitioners_matching(wanted: PractitionerFilter) -> AnySelect:
    """Select the practitioners a filter asks for."""
    statement = select(*COLUMNS)
    if wanted.role is not None:
        statement = statement.where(includes_code(Practitioner.roles, wanted.role))
    if wanted.is_active is not None:
        statement = statement.where(Practitioner.is_active == wanted.is_active)
    return statement


def is_supervised_on(today: date, of: Any = Practitioner) -> ColumnElement[bool]:
    """Return the condition that today lies within a practitioner's supervision, both days included.

    The one place for it. `of` is the class, an alias of it, or the columns of a Core alias.
    """
    return and_(
        or_(of.supervised_from.is_(None), of.supervised_from <= today),
        or_(of.supervised_until.is_(None), of.supervised_until >= today),
    )


def supervised_by(supervisor_id: UUID, today: date, of: Any = Practitioner) -> ColumnElement[bool]:
    """Return the condition that a practitioner is supervised by this one today."""
    return and_(of.supervisor_id == supervisor_id, is_supervised_on(today, of))


def everyone() -> AnySelect:
    """Select the ids of all who ever worked for the clinic."""
    return select(Practitioner.id)
