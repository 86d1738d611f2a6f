"""What can be done about erasures: ask for one, withdraw it, decide on it, read them, and certify one that happened."""

from datetime import timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from app.core.crypto import SealedColumn
from app.core.erasure_ledger import ErasureLedger
from app.core.paging import paged
from app.core.work import UnitOfWork
from app.record.clients.service import hold_client
from app.record.erasures import domain, models, queries, schemas, shredding
from app.record.erasures.domain import ErasureStatus

_ON_BACKUPS = (
    "Backups made before the erasure hold the record in encrypted form, with its keys, until they are deleted {days} "
    "days after they were made. Nobody can read it there without the master key, and from a backup that is restored it "
    "is erased again, as the ledger says, before it is served."
)


def request_erasure(work: UnitOfWork, client_id: UUID, wanted: schemas.ErasureRequest) -> schemas.Erasure:
    """Ask for a record to be erased: after the clinic's care, under no hold, and for a reason that holds today."""
    hold_client(work, client_id)
    shredding.refuse_unless_allowed(work, client_id, wanted.reason_code)
    erasure = models.Erasure(
        created_at=work.now, whose_id=client_id, reason_code=wanted.reason_code, requested_by=work.caller.id
    )
    erasure.statement = _sealed(work, models.STATEMENT, erasure, wanted.statement)
    work.add(erasure)
    work.record(domain.ErasureRequested(client_id=client_id, reason=wanted.reason_code), erasure)
    return shredding.as_erasure(work, erasure)


def withdraw_erasure(work: UnitOfWork, erasure_id: UUID, expected: int) -> schemas.Erasure:
    """Take a request back before it is decided."""
    erasure = work.get(models.Erasure, erasure_id, expected)
    erasure.decide(ErasureStatus.WITHDRAWN, work.caller.id, work.now)
    work.record(domain.ErasureWithdrawn(client_id=erasure.whose_id), erasure)
    return shredding.as_erasure(work, erasure)


def refuse_erasure(
    work: UnitOfWork, erasure_id: UUID, wanted: schemas.ErasureRefusal, expected: int
) -> schemas.Erasure:
    """Say no to what somebody else asked for."""
    erasure = work.get(models.Erasure, erasure_id, expected)
    comment = _sealed(work, models.DECISION_COMMENT, erasure, wanted.comment)
    erasure.decide(ErasureStatus.REFUSED, work.caller.id, work.now, comment)
    work.record(domain.ErasureRefused(client_id=erasure.whose_id), erasure)
    return shredding.as_erasure(work, erasure)


def approve_erasure(work: UnitOfWork, ledger: ErasureLedger | None, erasure_id: UUID, expected: int) -> schemas.Erasure:
    """Say yes to what somebody else asked for; `shredding.carry_out` does it, in a transaction of its own.

    Its own, because an approval that is stored is carried out whatever comes between, while one that is not must leave
    no line in the ledger. Approving what was approved and then interrupted changes nothing and lets it go on.
    """
    erasure = work.get(models.Erasure, erasure_id, expected)
    domain.check_two_people(erasure.requested_by, work.caller.id)
    shredding.refuse_without_ledger(ledger)
    if erasure.status is not ErasureStatus.APPROVED:
        erasure.check_pending()
        hold_client(work, erasure.whose_id)
        shredding.refuse_unless_allowed(work, erasure.whose_id, erasure.reason_code)
        erasure.decide(ErasureStatus.APPROVED, work.caller.id, work.now)
        work.record(domain.ErasureApproved(client_id=erasure.whose_id, reason=erasure.reason_code), erasure)
    return shredding.as_erasure(work, erasure)


def list_erasures(work: UnitOfWork, wanted: schemas.ErasureFilter) -> schemas.ErasurePage:
    """List the clinic's erasures, newest first."""
    page = paged(
        work,
        schemas.ErasurePage,
        queries.erasures_matching(wanted),
        [models.Erasure.id],
        wanted,
        lambda row: shredding.as_erasure(work, row),
        descending=True,
    )
    work.record(domain.ErasuresListed(client_ids=tuple(erasure.client_id for erasure in page.data)))
    return page


def get_erasure(work: UnitOfWork, erasure_id: UUID) -> schemas.Erasure:
    """Read one erasure."""
    erasure = shredding.as_erasure(work, work.get(models.Erasure, erasure_id))
    work.record(domain.ErasureViewed(entity_id=erasure_id, client_id=erasure.client_id, version=erasure.version))
    return erasure


def get_erasure_certificate(work: UnitOfWork, erasure_id: UUID, backup_days: int) -> schemas.ErasureCertificate:
    """Certify an erasure: what happened, who decided it, where it is written down, until when backups hold it."""
    erasure = work.get(models.Erasure, erasure_id)
    told = shredding.as_erasure(work, erasure)
    if told.erased_at is None or told.decided_at is None or told.decided_by is None or erasure.ledger_hash is None:
        raise domain.NotErasedYet
    names = {row.id: row.display_name for row in work.rows(queries.names_of((told.requested_by, told.decided_by)))}
    gone_at = told.erased_at.astimezone(ZoneInfo(work.caller.time_zone)) + timedelta(days=backup_days)
    work.record(domain.ErasureCertified(entity_id=erasure_id, client_id=told.client_id, version=told.version))
    return schemas.ErasureCertificate(
        id=erasure_id,
        clinic_id=work.caller.clinic_id,
        client_id=told.client_id,
        reason_code=told.reason_code,
        reason=domain.MEANING[told.reason_code],
        statement=told.statement,
        requested_by=told.requested_by,
        requested_by_name=names.get(told.requested_by),
        requested_at=told.created_at,
        approved_by=told.decided_by,
        approved_by_name=names.get(told.decided_by),
        approved_at=told.decided_at,
        erased_at=told.erased_at,
        ledger_number=erasure.ledger_number or 0,
        ledger_hash=erasure.ledger_hash,
        audit_event_ids=[row.id for row in work.rows(queries.audit_event_ids(erasure_id))],
        backups_gone_on=gone_at.date(),
        statement_on_backups=_ON_BACKUPS.format(days=backup_days),
    )


def _sealed(work: UnitOfWork, place: SealedColumn, erasure: Any, text: str | None) -> bytes | None:
    return None if text is None else work.vault.seal(place, work.caller.clinic_id, erasure.id, text)
