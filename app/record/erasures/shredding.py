"""How an erasure is carried out, and carried out again on a database that came back from before it.

The order is what makes it safe: the approval is stored, then the ledger's line is on the disk, then the keys are
destroyed. Wherever that is interrupted, the next step can still be taken, and is: by approving again, by the start of
the service, by `stance restore` and by `stance erasures replay`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import delete

from app.access.clinics.models import Clinic
from app.core.erased import ErasedClient
from app.core.erasure_ledger import ErasureFacts, ErasureLedger, LedgerBroken, LedgerEntry, ledger_key
from app.core.idempotency import IdempotencyRecord
from app.core.work import UnitOfWork
from app.record.care_team.models import CareTeamMember
from app.record.clients.models import Client, ClientIdentifier
from app.record.erasures import domain, models, queries, schemas
from app.record.erasures.domain import ErasureReason, ErasureStatus
from app.record.notes.models import FailureCount
from app.record.retention.service import standing_of


@dataclass
class CaughtUp:
    """What a replay of the ledger found and did in one clinic."""

    known: int = 0
    """Lines of erasures that had already happened here."""
    erased: int = 0
    """Clients a restored database had brought back, and who are erased again."""
    finished: int = 0
    """Approved erasures that had been interrupted."""
    written: int = 0
    """Erasures whose line the ledger had lost."""
    absent: int = 0
    """Lines about clients, or clinics, this database never had."""


def refuse_unless_allowed(work: UnitOfWork, client_id: UUID, reason: ErasureReason) -> None:
    """Refuse what may not be erased today: a client in care, a record on hold, one whose period runs."""
    standing = standing_of(work, client_id)
    if standing.due_on is None:
        raise domain.ClientStillInCare
    if standing.is_on_hold:
        raise domain.RecordOnHold
    if reason is ErasureReason.RETENTION_OVER and standing.due_on > work.today:
        raise domain.RetentionNotOver.until(standing.due_on)


def refuse_without_ledger(ledger: ErasureLedger | None) -> ErasureLedger:
    """Return the ledger, if there is one that is as it was written."""
    if ledger is None:
        raise domain.ErasureLedgerMissing("Whoever runs the service has to set STANCE_ERASURE_LEDGER_FILE.")
    try:
        ledger.entries()
    except (LedgerBroken, OSError):
        raise domain.ErasureLedgerMissing("Whoever runs the service has to look after its erasure ledger.") from None
    return ledger


def carry_out(work: UnitOfWork, ledger: ErasureLedger | None, erasure_id: UUID) -> schemas.Erasure:
    """Write an approved erasure into the ledger, then shred; what is not approved stays as it is.

    A hold placed after the approval still stops it, until the line is written: then it is done.
    """
    usable = refuse_without_ledger(ledger)
    erasure = work.get(models.Erasure, erasure_id)
    if erasure.status is not ErasureStatus.APPROVED:
        return as_erasure(work, erasure)
    entry = usable.find(erasure_id)
    if entry is None:
        if standing_of(work, erasure.whose_id).is_on_hold:
            raise domain.RecordOnHold
        entry = _written_down(work, usable, erasure)
    _shred(work, erasure, entry)
    work.record(domain.ErasureCompleted(client_id=erasure.whose_id, ledger_number=entry.number), erasure)
    return as_erasure(work, erasure)


def catch_up(work: UnitOfWork, ledger: ErasureLedger, entries: Sequence[LedgerEntry]) -> CaughtUp:
    """Make one clinic what the ledger says, and the ledger what the clinic knows; twice is the same as once."""
    done = CaughtUp()
    if work.session.get(Clinic, work.caller.clinic_id) is None:
        done.absent = len(entries)
        return done
    key = _key_of(work)
    erased = {row.client_id for row in work.rows(queries.erased_ids())}
    for entry in entries:
        if not entry.is_marked(key):
            raise LedgerBroken(f"Line {entry.number} of the erasure ledger was not written by this service.")
        if entry.facts.client_id in erased:
            done.known += 1
        elif work.session.get(Client, (work.caller.clinic_id, entry.facts.client_id)) is None:
            done.absent += 1
        else:
            _erase_again(work, entry)
            done.erased += 1
    for row in work.rows(queries.ids_standing(ErasureStatus.APPROVED)):
        done.finished += carry_out(work, ledger, row.id).status is ErasureStatus.ERASED
    told = {entry.facts.erasure_id for entry in ledger.entries()}
    for row in work.rows(queries.ids_standing(ErasureStatus.ERASED)):
        if row.id not in told:
            _write_down_again(work, ledger, row.id)
            done.written += 1
    return done


def as_erasure(work: UnitOfWork, row: Any) -> schemas.Erasure:
    """Shape a row or an entity for the wire, opening what is sealed."""
    clinic_id = work.caller.clinic_id
    statement = row.statement and work.vault.open(models.STATEMENT, clinic_id, row.id, row.statement)
    comment = row.decision_comment and work.vault.open(models.DECISION_COMMENT, clinic_id, row.id, row.decision_comment)
    return schemas.Erasure(
        id=row.id,
        version=row.version,
        created_at=row.created_at,
        client_id=row.whose_id,
        status=row.status,
        reason_code=row.reason_code,
        statement=statement or None,
        requested_by=row.requested_by,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        decision_comment=comment or None,
        erased_at=row.erased_at,
    )


def _erase_again(work: UnitOfWork, entry: LedgerEntry) -> None:
    """Erase somebody a restored database brought back; it may know nothing of the decision, so the ledger tells it."""
    facts = entry.facts
    erasure = work.session.get(models.Erasure, (facts.clinic_id, facts.erasure_id))
    if erasure is None:
        erasure = models.Erasure(
            id=facts.erasure_id,
            created_at=facts.requested_at,
            whose_id=facts.client_id,
            reason_code=ErasureReason(facts.reason_code),
            requested_by=facts.requested_by,
        )
        erasure.complete(entry)
        work.add(erasure)
    _shred(work, erasure, entry)
    again = domain.ErasureCompleted(client_id=facts.client_id, ledger_number=entry.number, after_restore=True)
    work.record(again, erasure)


def _write_down_again(work: UnitOfWork, ledger: ErasureLedger, erasure_id: UUID) -> None:
    erasure = work.get(models.Erasure, erasure_id)
    erasure.note(entry := _written_down(work, ledger, erasure))
    work.record(domain.ErasureWrittenDownAgain(client_id=erasure.whose_id, ledger_number=entry.number), erasure)


def _written_down(work: UnitOfWork, ledger: ErasureLedger, erasure: models.Erasure) -> LedgerEntry:
    if erasure.decided_by is None or erasure.decided_at is None:
        raise domain.NotErasedYet
    facts = ErasureFacts(
        clinic_id=erasure.clinic_id,
        client_id=erasure.whose_id,
        erasure_id=erasure.id,
        reason_code=erasure.reason_code,
        requested_by=erasure.requested_by,
        requested_at=erasure.created_at,
        approved_by=erasure.decided_by,
        approved_at=erasure.decided_at,
    )
    return ledger.append(facts, erasure.erased_at or work.now, _key_of(work))


def _shred(work: UnitOfWork, erasure: models.Erasure, entry: LedgerEntry) -> None:
    """Destroy the keys, remove what is not under them and names her, and take her out of every statement.

    The mark comes last: from then on this session does not see her either.
    """
    client_id = erasure.whose_id
    client = work.session.get(Client, (work.caller.clinic_id, client_id), with_for_update=True)
    if client is not None:
        client.details, client.delivery_preference = b"", None
    work.vault.destroy_keys_of(client_id)
    for model in (ClientIdentifier, CareTeamMember, FailureCount, IdempotencyRecord):
        hers = delete(model).where(model.client_id == client_id)
        work.session.execute(hers.execution_options(synchronize_session=False))
    erasure.complete(entry)
    work.session.flush()
    work.add(ErasedClient(client_id=client_id, erasure_id=erasure.id, erased_at=entry.at))
    work.session.flush()


def _key_of(work: UnitOfWork) -> bytes:
    return ledger_key(work.vault.audit_secret())
