"""What can be done with notices: send them, list one's own, and say that one has seen one."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from app.access.notices import domain, models, queries, schemas
from app.access.practitioners.domain import Role
from app.core.paging import paged
from app.core.work import UnitOfWork


def overseers_of_caller(work: UnitOfWork) -> tuple[UUID, ...]:
    """Return who has to know what the caller did: her supervisor and the privacy officers, never herself."""
    told = work.session.execute(queries.supervisor_of(work.caller.id, work.today)).scalars()
    return tuple(dict.fromkeys((*told, *privacy_overseers(work))))


def privacy_overseers(work: UnitOfWork) -> tuple[UUID, ...]:
    """Return the privacy officers but for the caller.

    A clinic without another privacy officer has its admins told instead, so that somebody always is.
    """
    for role in (Role.PRIVACY_OFFICER, Role.CLINIC_ADMIN):
        holders = tuple(work.session.execute(queries.others_with_role(role, work.caller.id)).scalars())
        if holders:
            return holders
    return ()


def notify(
    work: UnitOfWork, recipients: Sequence[UUID], kind: domain.NoticeKind, *, about: str, about_id: UUID
) -> None:
    """Send each recipient a notice, in the transaction of what it tells."""
    for recipient_id in recipients:
        work.add(
            models.Notice(created_at=work.now, recipient_id=recipient_id, kind=kind, about=about, about_id=about_id)
        )


def list_notices(work: UnitOfWork, wanted: schemas.NoticeFilter) -> schemas.NoticePage:
    """List the caller's own notices, newest first."""
    statement = queries.notices_of(work.caller.id, wanted)
    return paged(work, schemas.NoticePage, statement, [models.Notice.id], wanted, _as_notice, descending=True)


def mark_seen(work: UnitOfWork, notice_id: UUID) -> schemas.Notice:
    """Say that the caller has seen a notice of hers; a second time changes nothing."""
    notice = work.get(models.Notice, notice_id, recipient_id=work.caller.id)
    if notice.seen_at is None:
        notice.seen_at = work.now
        work.record(domain.NoticeSeen(), notice)
    return _as_notice(notice)


def _as_notice(row: Any) -> schemas.Notice:
    """Shape a row or an entity for the wire."""
    return schemas.Notice(
        id=row.id,
        version=row.version,
        created_at=row.created_at,
        kind=domain.NoticeKind(row.kind),
        about=row.about,
        about_id=row.about_id,
        seen_at=row.seen_at,
    )
