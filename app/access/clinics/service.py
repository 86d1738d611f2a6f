"""What can be done with the clinic itself: set it up, read it, change its policies."""

from app.access.clinics import domain, models, schemas
from app.core.problems import NotFound, PreconditionFailed
from app.core.work import UnitOfWork


def create_clinic(
    work: UnitOfWork, name: str, time_zone: str, *, requires_second_factor: bool = True
) -> schemas.Clinic:
    """Set up the caller's clinic with its keys; operators only (there is no endpoint for it)."""
    domain.check_time_zone(time_zone)
    clinic = models.Clinic(
        name=name, time_zone=time_zone, requires_second_factor=requires_second_factor, created_at=work.now
    )
    work.add(clinic)
    work.vault.create_clinic_keys()
    work.record(domain.ClinicCreated(entity_id=work.caller.clinic_id))
    return as_clinic(clinic)


def get_clinic(work: UnitOfWork) -> schemas.Clinic:
    """Read the caller's clinic."""
    return as_clinic(own_clinic(work))


def update_clinic(work: UnitOfWork, changes: schemas.ClinicUpdate, expected: int) -> schemas.Clinic:
    """Change the clinic's name, time zone or policies."""
    clinic = own_clinic(work)
    if clinic.version != expected:
        raise PreconditionFailed(clinic.version)
    changed = changes.model_dump()
    if "time_zone" in changed:
        domain.check_time_zone(changed["time_zone"])
    for name, value in changed.items():
        setattr(clinic, name, value)
    work.record(domain.ClinicChanged(entity_id=work.caller.clinic_id, fields=tuple(changed)))
    return as_clinic(clinic)


def rewrap_keys(work: UnitOfWork) -> int:
    """Put the clinic's keys under the current master key; returns how many still were under the previous one."""
    own_clinic(work)
    count = work.vault.rewrap()
    if count:
        work.record(domain.ClinicKeysRewrapped(entity_id=work.caller.clinic_id, keys=count))
    return count


def own_clinic(work: UnitOfWork) -> models.Clinic:
    """Load the caller's clinic, for its policies."""
    clinic = work.session.get(models.Clinic, work.caller.clinic_id)
    if clinic is None:
        raise NotFound("There is no clinic with this id.")
    return clinic


def as_clinic(clinic: models.Clinic) -> schemas.Clinic:
    """Shape a clinic for the wire."""
    return schemas.Clinic(
        id=clinic.clinic_id,
        version=clinic.version,
        created_at=clinic.created_at,
        name=clinic.name,
        time_zone=clinic.time_zone,
        late_entry_hours=clinic.late_entry_hours,
        review_interval_months=clinic.review_interval_months,
        note_sign_reminder_days=clinic.note_sign_reminder_days,
        access_request_days=clinic.access_request_days,
        amendment_request_days=clinic.amendment_request_days,
        request_extension_days=clinic.request_extension_days,
        requires_second_factor=clinic.requires_second_factor,
        retention_years=clinic.retention_years,
        retention_until_age=clinic.retention_until_age,
    )
