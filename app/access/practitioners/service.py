"""What can be done with practitioners. Giving one a login is `identity`'s business, one slice up."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.access.practitioners import domain, models, queries, schemas
from app.core.paging import paged
from app.core.problems import NotFound
from app.core.work import UnitOfWork


def list_practitioners(work: UnitOfWork, wanted: schemas.PractitionerFilter) -> schemas.PractitionerPage:
    """List the clinic's practitioners in the order they joined."""
    statement = queries.practitioners_matching(wanted)
    return paged(work, schemas.PractitionerPage, statement, [models.Practitioner.id], wanted, as_practitioner)


def get_practitioner(work: UnitOfWork, practitioner_id: UUID) -> schemas.Practitioner:
    """Read one practitioner."""
    statement = select(*queries.COLUMNS).where(models.Practitioner.id == practitioner_id)
    return as_practitioner(work.one(statement))


def add_practitioner(work: UnitOfWork, wanted: schemas.PractitionerCreate) -> models.Practitioner:
    """Store a new practitioner."""
    practitioner = models.Practitioner(
        created_at=work.now,
        display_name=wanted.display_name,
        roles=tuple(wanted.roles),
        licences=[licence.model_dump(mode="json") for licence in wanted.licences],
        specialities=wanted.specialities,
    )
    practitioner.be_supervised_by(_supervisor(work, wanted.supervisor_id))
    work.add(practitioner)
    work.record(domain.PractitionerCreated(), practitioner)
    return practitioner


def update_practitioner(
    work: UnitOfWork, practitioner_id: UUID, changes: schemas.PractitionerUpdate, expected: int
) -> schemas.Practitioner:
    """Change a practitioner's facts, roles, supervisor or whether she may sign in."""
    practitioner = work.get(models.Practitioner, practitioner_id, expected)
    changed = changes.model_dump(mode="json")
    if "supervisor_id" in changed:
        changed.pop("supervisor_id")
        supervisor_id = changes.supervisor_id
        practitioner.be_supervised_by(_supervisor(work, supervisor_id if isinstance(supervisor_id, UUID) else None))
    was_admin = practitioner.is_active and domain.Role.CLINIC_ADMIN in practitioner.roles
    for name, value in changed.items():
        setattr(practitioner, name, tuple(value) if name == "roles" else ([] if value is None else value))
    if was_admin and not (practitioner.is_active and domain.Role.CLINIC_ADMIN in practitioner.roles):
        others = queries.practitioners_matching(
            schemas.PractitionerFilter(role=domain.Role.CLINIC_ADMIN, is_active=True)
        )
        if not work.rows(others.where(models.Practitioner.id != practitioner_id).limit(1)):
            raise domain.LastAdmin
    work.record(domain.PractitionerChanged(fields=tuple(changes.model_fields_set)), practitioner)
    return as_practitioner(practitioner)


def as_practitioner(row: Any) -> schemas.Practitioner:
    """Shape a row or an entity for the wire."""
    return schemas.Practitioner(
        id=row.id,
        version=row.version,
        created_at=row.created_at,
        display_name=row.display_name,
        roles=[domain.Role(role) for role in row.roles],
        licences=[schemas.Licence.model_validate(licence) for licence in row.licences],
        specialities=row.specialities,
        supervisor_id=row.supervisor_id,
        is_active=row.is_active,
    )


def _supervisor(work: UnitOfWork, supervisor_id: UUID | None) -> models.Practitioner | None:
    if supervisor_id is None:
        return None
    try:
        return work.get(models.Practitioner, supervisor_id)
    except NotFound:
        detail = "Name an active supervisor of this clinic."
        raise domain.SupervisorUnknown.at("/supervisor_id", detail, "unknown_supervisor") from None
