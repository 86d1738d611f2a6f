"""What can be done about retention: see whose record is past its period, place legal holds and lift them."""

from datetime import date
from typing import Any
from uuid import UUID

from app.access.clinics.models import Clinic
from app.access.clinics.service import own_clinic
from app.core.paging import paged
from app.core.work import UnitOfWork
from app.record.clients.models import DETAILS, Client
from app.record.clients.service import check_client, hold_client
from app.record.retention import domain, models, queries, schemas


def list_retention_due(work: UnitOfWork, wanted: schemas.RetentionDueFilter) -> schemas.RetentionDuePage:
    """List discharged clients whose period is over.

    Who was a minor only shows after opening the birth date, so the years select and the rest is looked at page by page.
    """
    clinic = own_clinic(work)
    latest = domain.latest_over(work.today, clinic.retention_years)
    page = paged(
        work,
        schemas.RetentionDuePage,
        queries.discharged_until(latest, is_on_hold=wanted.is_on_hold),
        [Client.id],
        wanted,
        lambda row: _as_due(work, clinic, row),
        preload="id",
        keep=lambda due: due.due_on <= work.today,
    )
    work.record(domain.RetentionDueListed(client_ids=tuple(due.client_id for due in page.data)))
    return page


def standing_of(work: UnitOfWork, client_id: UUID) -> domain.Standing:
    """Return where one client's record stands; 404 when she is not there."""
    row = work.one(queries.standings().where(Client.id == client_id))
    if row.discharged_on is None:
        return domain.Standing(client_id, None, row.is_on_hold)
    due = _as_due(work, own_clinic(work), row)
    return domain.Standing(client_id, due.due_on, due.is_on_hold)


def place_client_legal_hold(work: UnitOfWork, client_id: UUID, wanted: schemas.LegalHoldCreate) -> schemas.LegalHold:
    """Keep one client's record from being erased; an erasure under way is decided before or after, never between."""
    hold_client(work, client_id)
    return _place(work, client_id, wanted)


def place_clinic_legal_hold(work: UnitOfWork, wanted: schemas.LegalHoldCreate) -> schemas.LegalHold:
    """Keep the records of every client of the clinic from being erased."""
    return _place(work, None, wanted)


def list_legal_holds(work: UnitOfWork, wanted: schemas.LegalHoldFilter) -> schemas.LegalHoldPage:
    """List the clinic's holds, on clients and on all of it, newest first."""
    return _list(work, wanted, None)


def list_client_legal_holds(
    work: UnitOfWork, client_id: UUID, wanted: schemas.LegalHoldFilter
) -> schemas.LegalHoldPage:
    """List the holds on one client, newest first; those on the whole clinic are not repeated here."""
    check_client(work, client_id)
    return _list(work, wanted, client_id)


def get_legal_hold(work: UnitOfWork, hold_id: UUID) -> schemas.LegalHold:
    """Read one hold with its reason."""
    hold = _read(work, hold_id)
    work.record(domain.LegalHoldViewed(entity_id=hold_id, client_id=hold.client_id, version=hold.version))
    return hold


def lift_legal_hold(work: UnitOfWork, hold_id: UUID, expected: int) -> schemas.LegalHold:
    """End a hold; the record is not erased by that, it only may be again."""
    _read(work, hold_id)
    hold = work.get(models.LegalHold, hold_id, expected)
    hold.lift(work.caller.id, work.now)
    work.record(domain.LegalHoldEnded(client_id=hold.client_id), hold)
    return _read(work, hold_id)


def _place(work: UnitOfWork, client_id: UUID | None, wanted: schemas.LegalHoldCreate) -> schemas.LegalHold:
    hold = models.LegalHold(created_at=work.now, client_id=client_id, reason=b"", placed_by=work.caller.id)
    owner_id = client_id or work.caller.clinic_id
    hold.reason = work.vault.seal(models.REASON, owner_id, hold.id, wanted.reason)
    work.add(hold)
    work.record(domain.LegalHoldPlaced(client_id=client_id), hold)
    return _as_hold(work, hold)


def _list(work: UnitOfWork, wanted: schemas.LegalHoldFilter, client_id: UUID | None) -> schemas.LegalHoldPage:
    statement = queries.holds(work.caller.clinic_id, in_force=wanted.in_force)
    if client_id is not None:
        statement = statement.where(models.LegalHold.client_id == client_id)
    page = paged(
        work,
        schemas.LegalHoldPage,
        statement,
        [models.LegalHold.id],
        wanted,
        lambda row: _as_hold(work, row),
        descending=True,
    )
    about = tuple(hold.client_id for hold in page.data if hold.client_id is not None)
    work.record(domain.LegalHoldsListed(client_ids=about or (() if client_id is None else (client_id,))))
    return page


def _read(work: UnitOfWork, hold_id: UUID) -> schemas.LegalHold:
    return _as_hold(work, work.one(queries.holds(work.caller.clinic_id).where(models.LegalHold.id == hold_id)))


def _as_due(work: UnitOfWork, clinic: Clinic, row: Any) -> schemas.RetentionDue:
    details = work.vault.open_json(DETAILS, row.id, row.id, row.details)
    born = details.get("birth_date")
    moments = (row.last_session_at, row.last_signed_at, row.last_cosigned_at, row.last_addendum_at)
    contact = domain.last_contact(row.discharged_on, moments, clinic.time_zone)
    birth_date = date.fromisoformat(born) if born else None
    return schemas.RetentionDue(
        client_id=row.id,
        discharged_on=row.discharged_on,
        last_contact_on=contact,
        due_on=domain.due_on(contact, birth_date, clinic.retention_years, clinic.retention_until_age),
        is_on_hold=row.is_on_hold,
    )


def _as_hold(work: UnitOfWork, row: Any) -> schemas.LegalHold:
    """Shape a row or an entity for the wire, opening the reason."""
    owner_id = row.client_id or work.caller.clinic_id
    return schemas.LegalHold(
        id=row.id,
        version=row.version,
        created_at=row.created_at,
        client_id=row.client_id,
        reason=work.vault.open(models.REASON, owner_id, row.id, row.reason),
        placed_by=row.placed_by,
        lifted_at=row.lifted_at,
        lifted_by=row.lifted_by,
    )
