"""What can be done with emergency access: open it, end it, read what was used, and review it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from app.access.identity import service as identity
from app.access.notices import service as notices
from app.access.notices.domain import NoticeKind
from app.access.sign_in.domain import SignedOut, SignedOutEverywhere
from app.core.crypto import SealedColumn
from app.core.events import Recorded
from app.core.paging import paged
from app.core.scope import ScopedSession
from app.core.vault import Vault
from app.core.work import UnitOfWork
from app.record.emergency_access import domain, models, queries, schemas
from app.record.vocabularies.catalogue import check_code


def open_emergency_access(work: UnitOfWork, wanted: schemas.EmergencyAccessCreate) -> schemas.OpenedEmergencyAccess:
    """Give the caller an hour with the record of a client of the clinic whom she does not see, and tell who reviews.

    Runs beyond her circle, so it looks at nothing of the client but whether she is there.
    """
    check_code("emergency_access_reason", wanted.reason_code, "/reason_code")
    if work.one(queries.client_and_whether_seen(wanted.client_id, work.caller, work.now)).is_seen:
        raise domain.ClientAlreadySeen
    expires_at = work.now + domain.LASTS
    token_id, token = identity.start_emergency_token(work, expires_at)
    access = models.EmergencyAccess(
        id=token_id,
        created_at=work.now,
        practitioner_id=work.caller.id,
        client_id=wanted.client_id,
        reason_code=wanted.reason_code,
        justification=work.vault.seal(models.JUSTIFICATION, wanted.client_id, token_id, wanted.justification),
        expires_at=expires_at,
        review_due_at=work.now + domain.REVIEW_WITHIN,
    )
    work.add(access)
    told = notices.overseers_of_caller(work)
    notices.notify(work, told, NoticeKind.EMERGENCY_ACCESS_GRANTED, about="emergency_access", about_id=access.id)
    granted = domain.EmergencyAccessGranted(client_id=access.client_id, reason_code=wanted.reason_code, recipients=told)
    work.record(granted, access)
    opened = _read(work, access.id)
    return schemas.OpenedEmergencyAccess(**opened.model_dump(), access_token=token)


def end_emergency_access(work: UnitOfWork, access_id: UUID) -> schemas.EmergencyAccess:
    """End one's own emergency access before its hour is over; nobody else's is there."""
    access = work.get(models.EmergencyAccess, access_id, practitioner_id=work.caller.id)
    access.end(work.now)
    identity.end_emergency_token(work, access_id)
    work.record(domain.EmergencyAccessEnded(client_id=access.client_id), access)
    return _read(work, access_id)


def list_emergency_accesses(work: UnitOfWork, wanted: schemas.EmergencyAccessFilter) -> schemas.EmergencyAccessPage:
    """List the emergency accesses the caller may read, newest first."""
    page = paged(
        work,
        schemas.EmergencyAccessPage,
        queries.accesses_matching(wanted, work.caller, work.now),
        [models.EmergencyAccess.id],
        wanted,
        lambda row: _as_access(work, row),
        descending=True,
        preload="client_id",
    )
    work.record(domain.EmergencyAccessesListed(client_ids=tuple(access.client_id for access in page.data)))
    return page


def get_emergency_access(work: UnitOfWork, access_id: UUID) -> schemas.EmergencyAccess:
    """Read one emergency access with its justification."""
    access = _read(work, access_id)
    work.record(domain.EmergencyAccessViewed(entity_id=access_id, client_id=access.client_id, version=access.version))
    return access


def review_emergency_access(
    work: UnitOfWork, access_id: UUID, wanted: schemas.EmergencyAccessReview, expected: int
) -> schemas.EmergencyAccess:
    """Say whether an emergency access was right: once, by the user's supervisor or a privacy officer."""
    used_by = _read(work, access_id).practitioner_id
    supervised = queries.supervisees_of(work.caller, work.today)
    if used_by == work.caller.id:
        raise domain.OwnEmergencyAccess
    if not work.caller.sees_all_clients and used_by not in work.session.execute(supervised).scalars():
        raise domain.NotReviewer
    access = work.get(models.EmergencyAccess, access_id, expected)
    comment = wanted.comment and work.vault.seal(models.REVIEW_COMMENT, access.client_id, access_id, wanted.comment)
    access.review(work.caller.id, wanted.outcome, comment or None, work.now)
    work.record(domain.EmergencyAccessReviewed(client_id=access.client_id, outcome=wanted.outcome), access)
    return _read(work, access_id)


def end_on_sign_out(session: ScopedSession, recorded: Sequence[Recorded], _vault: Vault) -> None:
    """Write down, in the transaction of a sign-out with its token or everywhere, that emergency access is over."""
    for one in recorded:
        if isinstance(one.event, SignedOutEverywhere):
            for running in session.execute(queries.running_of(one.caller.id, one.at)).scalars():
                running.end(one.at)
        if one.caller.emergency_access_id is not None and isinstance(one.event, SignedOut):
            key = {"clinic_id": one.caller.clinic_id, "id": one.caller.emergency_access_id}
            access = session.get(models.EmergencyAccess, key)
            if access is not None and access.ended_at is None and one.at < access.expires_at:
                access.end(one.at)


def _read(work: UnitOfWork, access_id: UUID) -> schemas.EmergencyAccess:
    readable = queries.accesses_readable_by(work.caller, work.now)
    return _as_access(work, work.one(readable.where(models.EmergencyAccess.id == access_id)))


def _opened(work: UnitOfWork, place: SealedColumn, row: Any, words: bytes) -> str:
    return work.vault.open(place, row.client_id, row.id, words)


def _as_access(work: UnitOfWork, row: Any) -> schemas.EmergencyAccess:
    """Shape a row for the wire, opening what is sealed."""
    is_overdue = row.review_due_at <= work.now
    waiting = domain.ReviewState.OVERDUE if is_overdue else domain.ReviewState.OPEN
    return schemas.EmergencyAccess(
        id=row.id,
        version=row.version,
        created_at=row.created_at,
        practitioner_id=row.practitioner_id,
        practitioner_name=row.practitioner_name,
        client_id=row.client_id,
        reason_code=row.reason_code,
        justification=_opened(work, models.JUSTIFICATION, row, row.justification),
        expires_at=row.expires_at,
        ended_at=row.ended_at,
        review_due_at=row.review_due_at,
        review_state=waiting if row.reviewed_at is None else domain.ReviewState.DONE,
        reviewed_at=row.reviewed_at,
        reviewed_by=row.reviewed_by,
        review_outcome=row.review_outcome,
        review_comment=row.review_comment and _opened(work, models.REVIEW_COMMENT, row, row.review_comment),
    )
