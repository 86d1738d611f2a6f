"""How practitioners are found."""

from sqlalchemy import select

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
