"""What can be done with disclosures: write one down, account for them, and mark a wrong one."""

from typing import Any
from uuid import UUID

from app.core.paging import paged
from app.core.problems import FieldError, ValidationFailed
from app.core.work import UnitOfWork
from app.record.clients.service import check_client
from app.record.disclosures import domain, models, queries, schemas
from app.record.treatments.domain import add_months
from app.record.vocabularies.catalogue import check_code

_WORDS = {"recipient", "recipient_address", "description", "purpose_details", "note_ids"}


def record_disclosure(work: UnitOfWork, client_id: UUID, wanted: schemas.DisclosureCreate) -> schemas.Disclosure:
    """Write down that something of the client's record went outside."""
    check_client(work, client_id)
    disclosed_on = wanted.disclosed_on or work.today
    domain.check_day(disclosed_on, work.today)
    check_code("disclosure_purpose", wanted.purpose, "/purpose")
    _check_notes(work, client_id, wanted.note_ids)
    disclosure = models.Disclosure(
        created_at=work.now,
        client_id=client_id,
        disclosed_on=disclosed_on,
        purpose=wanted.purpose,
        content=b"",
        recorded_by=work.caller.id,
    )
    words = wanted.model_dump(mode="json", include=_WORDS)
    disclosure.content = work.vault.seal_json(models.CONTENT, client_id, disclosure.id, words)
    work.add(disclosure)
    work.record(domain.DisclosureRecorded(purpose=wanted.purpose), disclosure)
    return _as_disclosure(work, disclosure)


def list_disclosures(work: UnitOfWork, client_id: UUID, wanted: schemas.DisclosureFilter) -> schemas.DisclosurePage:
    """Account for what of a client was disclosed in a period, the latest first."""
    check_client(work, client_id)
    last = wanted.disclosed_to or work.today
    first = wanted.disclosed_from or min(add_months(work.today, -domain.ACCOUNTED_MONTHS), last)
    domain.check_period(first, last)
    page = paged(
        work,
        schemas.DisclosurePage,
        queries.disclosures_of(client_id, first, last, with_errors=wanted.include_entered_in_error),
        [models.Disclosure.disclosed_on, models.Disclosure.id],
        wanted,
        lambda row: _as_disclosure(work, row),
        descending=True,
    )
    work.record(domain.DisclosuresListed(client_id=client_id))
    return page


def get_disclosure(work: UnitOfWork, disclosure_id: UUID) -> schemas.Disclosure:
    """Read one disclosure, marked or not."""
    row = work.one(queries.disclosures().where(models.Disclosure.id == disclosure_id))
    work.record(domain.DisclosureViewed(entity_id=row.id, client_id=row.client_id, version=row.version))
    return _as_disclosure(work, row)


def mark_entered_in_error(
    work: UnitOfWork, disclosure_id: UUID, wanted: schemas.DisclosureErrorReason, expected: int
) -> schemas.Disclosure:
    """Mark a disclosure as wrong: it is kept with the reason and left out of accountings."""
    disclosure = work.get(models.Disclosure, disclosure_id, expected)
    reason = work.vault.seal(models.ERROR_REASON, disclosure.client_id, disclosure.id, wanted.reason)
    disclosure.mark_entered_in_error(reason, work.now)
    work.record(domain.DisclosureEnteredInError(), disclosure)
    return _as_disclosure(work, disclosure)


def _check_notes(work: UnitOfWork, client_id: UUID, note_ids: list[UUID]) -> None:
    """Refuse what is no signed note on this client: drafts, others' notes and private ones were not disclosed."""
    if not note_ids:
        return
    known = set(work.session.execute(queries.signed_notes(note_ids, client_id)).scalars())
    errors = tuple(
        FieldError(f"/note_ids/{index}", "Name a signed note on this client.", "unknown_note")
        for index, note_id in enumerate(note_ids)
        if note_id not in known
    )
    if errors:
        raise ValidationFailed(errors=errors)


def _as_disclosure(work: UnitOfWork, row: Any) -> schemas.Disclosure:
    """Shape a row or an entity for the wire, opening what is sealed."""
    reason = row.error_reason
    return schemas.Disclosure(
        id=row.id,
        version=row.version,
        created_at=row.created_at,
        client_id=row.client_id,
        disclosed_on=row.disclosed_on,
        purpose=row.purpose,
        recorded_by=row.recorded_by,
        entered_in_error_at=row.entered_in_error_at,
        error_reason=reason and work.vault.open(models.ERROR_REASON, row.client_id, row.id, reason),
        **work.vault.open_json(models.CONTENT, row.client_id, row.id, row.content),
    )
