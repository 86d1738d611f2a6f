"""What can be done with practitioners. Giving one a login is `identity`'s business, one slice up."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.access.practitioners import domain, models, queries, schemas
from app.core.paging import paged
from app.core.problems import NotFound
from app.core.work import UnitOfWork

_SUPERVISION = ("supervisor_id", "supervised_from", "supervised_until")


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
    starts_on = wanted.supervised_from or (work.today if wanted.supervisor_id is not None else None)
    practitioner.be_supervised_by(_supervisor(work, wanted.supervisor_id), starts_on, wanted.supervised_until)
    work.add(practitioner)
    work.record(domain.PractitionerCreated(), practitioner)
    return practitioner


def update_practitioner(
    work: UnitOfWork, practitioner_id: UUID, changes: schemas.PractitionerUpdate, expected: int
) -> schemas.Practitioner:
    """Change a practitioner's facts, roles, supervisor or whether she may sign in."""
    practitioner = work.get(models.Practitioner, practitioner_id, expected)
    changed = changes.model_dump(mode="json", exclude=set(_SUPERVISION))
    _supervise(work, practitioner, changes.model_dump(include=set(_SUPERVISION)))
    was_admin = practitioner.is_active and domain.Role.CLINIC_ADMIN in practitioner.roles
    roles_before = set(practitioner.roles)
    for name, value in changed.items():
        setattr(practitioner, name, tuple(value) if name == "roles" else ([] if value is None else value))
    if was_admin and not (practitioner.is_active and domain.Role.CLINIC_ADMIN in practitioner.roles):
        others = queries.practitioners_matching(
            schemas.PractitionerFilter(role=domain.Role.CLINIC_ADMIN, is_active=True)
        )
        if not work.rows(others.where(models.Practitioner.id != practitioner_id).limit(1)):
            raise domain.LastAdmin
    event = domain.PractitionerChanged(
        fields=tuple(sorted(changes.model_fields_set)),
        roles_granted=tuple(sorted(set(practitioner.roles) - roles_before)),
        roles_removed=tuple(sorted(roles_before - set(practitioner.roles))),
    )
    work.record(event, practitioner)
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
        supervised_from=row.supervised_from,
        supervised_until=row.supervised_until,
        is_active=row.is_active,
    )


def _supervise(work: UnitOfWork, practitioner: models.Practitioner, changed: dict[str, Any]) -> None:
    """Change who supervises her and when; someone new starts today without an end, unless the dates are given too."""
    if not changed:
        return
    supervisor_id = changed.get("supervisor_id", practitioner.supervisor_id)
    starts_on, ends_on = practitioner.supervised_from, practitioner.supervised_until
    has_ended = ends_on is not None and ends_on < work.today
    if "supervisor_id" in changed and (supervisor_id != practitioner.supervisor_id or has_ended):
        starts_on, ends_on = work.today if supervisor_id is not None else None, None
    starts_on, ends_on = changed.get("supervised_from", starts_on), changed.get("supervised_until", ends_on)
    if "supervisor_id" in changed:
        practitioner.be_supervised_by(_supervisor(work, supervisor_id), starts_on, ends_on)
    else:
        practitioner.set_supervision_dates(starts_on, ends_on)


def _supervisor(work: UnitOfWork, supervisor_id: UUID | None) -> models.Practitioner | None:
    if supervisor_id is None:
        return None
    try:
        return work.get(models.Practitioner, supervisor_id)
    except NotFound:
        detail = "Name an active supervisor of this clinic."
        raise domain.SupervisorUnknown.at("/supervisor_id", detail, "unknown_supervisor") from None
