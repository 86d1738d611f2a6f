"""How audit entries and their seals are found."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, func, select
from sqlalchemy.orm import InstrumentedAttribute

from app.access.audit.models import AuditEvent, AuditSeal, AuditSealedEvent, AuditSubject
from app.access.audit.schemas import AuditEventCriteria
from app.access.practitioners.models import Practitioner
from app.core.database import AnySelect
from app.core.ids import moved

_COLUMNS = (
    AuditEvent.id,
    AuditEvent.recorded_at,
    AuditEvent.type,
    AuditEvent.action,
    AuditEvent.entity,
    AuditEvent.entity_id,
    AuditEvent.actor_kind,
    AuditEvent.actor_id,
    AuditEvent.request_id,
    AuditEvent.document,
    Practitioner.display_name.label("actor_name"),
)
SEAL_COLUMNS = (
    AuditSeal.clinic_id,
    AuditSeal.number,
    AuditSeal.count,
    AuditSeal.root,
    AuditSeal.previous_hash,
    AuditSeal.hash,
    AuditSeal.signature,
    AuditSeal.public_key,
    AuditSeal.sealed_at,
)
_SLACK = timedelta(hours=1)
"""How far the order of ids may differ from the order of times: longer than any transaction or difference of clocks."""


def events_matching(wanted: AuditEventCriteria, ids: tuple[UUID | None, UUID | None] = (None, None)) -> AnySelect:
    """Select the entries a filter asks for.

    `ids` are the first and the last entry in its range of time; None where the range has none.
    """
    statement = select(*_COLUMNS).outerjoin_from(AuditEvent, Practitioner, _is_actor())
    if wanted.client_id is not None:
        statement = statement.add_columns(AuditSubject.event_id).join(
            AuditSubject,
            and_(
                AuditSubject.clinic_id == AuditEvent.clinic_id,
                AuditSubject.event_id == AuditEvent.id,
                AuditSubject.client_id == wanted.client_id,
            ),
        )
    for column, value in (
        (AuditEvent.actor_id, wanted.actor_id),
        (AuditEvent.actor_kind, wanted.actor_kind),
        (AuditEvent.type, wanted.type),
        (AuditEvent.action, wanted.action),
        (AuditEvent.entity_id, wanted.entity_id),
        (AuditEvent.request_id, wanted.request_id),
    ):
        if value is not None:
            statement = statement.where(column == value)
    first, last = ids
    by_id = sorted_by(wanted)
    if wanted.recorded_from is not None:
        lowest = false() if first is None else by_id >= moved(first, -_SLACK)
        statement = statement.where(AuditEvent.recorded_at >= wanted.recorded_from, lowest)
    if wanted.recorded_to is not None:
        highest = false() if last is None else by_id <= moved(last, _SLACK)
        statement = statement.where(AuditEvent.recorded_at < wanted.recorded_to, highest)
    return statement


def sorted_by(wanted: AuditEventCriteria) -> InstrumentedAttribute[UUID]:
    """Return the id column by which the index that answers the filter is sorted."""
    return AuditEvent.id if wanted.client_id is None else AuditSubject.event_id


def first_recorded_from(moment: datetime) -> AnySelect:
    """Select the id of the first entry from a moment on."""
    return (
        select(AuditEvent.id)
        .where(AuditEvent.recorded_at >= moment)
        .order_by(AuditEvent.recorded_at, AuditEvent.id)
        .limit(1)
    )


def last_recorded_before(moment: datetime) -> AnySelect:
    """Select the id of the last entry before a moment."""
    return (
        select(AuditEvent.id)
        .where(AuditEvent.recorded_at < moment)
        .order_by(AuditEvent.recorded_at.desc(), AuditEvent.id.desc())
        .limit(1)
    )


def seals() -> AnySelect:
    """Select every seal of the clinic."""
    return select(*SEAL_COLUMNS)


def newest_seal() -> AnySelect:
    """Select the seal the next one is chained to."""
    return seals().order_by(AuditSeal.number.desc()).limit(1)


def seal_numbered(number: int) -> AnySelect:
    """Select one seal."""
    return seals().where(AuditSeal.number == number)


def place_of(event_id: UUID) -> AnySelect:
    """Select an entry with its place in a seal, if it has one."""
    return (
        select(AuditEvent.id, AuditEvent.document, AuditSealedEvent.seal_number, AuditSealedEvent.position)
        .outerjoin_from(AuditEvent, AuditSealedEvent, _is_sealed())
        .where(AuditEvent.id == event_id)
    )


def leaves_of(number: int) -> AnySelect:
    """Select the leaf hashes of a seal in the order of its tree."""
    return (
        select(AuditEvent.leaf)
        .join_from(AuditSealedEvent, AuditEvent, _is_sealed())
        .where(AuditSealedEvent.seal_number == number)
        .order_by(AuditSealedEvent.position)
    )


def event_ids(after: UUID, limit: int) -> AnySelect:
    """Select the next ids of the log.

    What is not sealed is found by comparing these with `sealed_ids`: a join of the two is quick only while the
    database's statistics know the clinic, and takes the square of its entries before they do.
    """
    return select(AuditEvent.id).where(AuditEvent.id > after).order_by(AuditEvent.id).limit(limit)


def sealed_ids(after: UUID, until: UUID) -> AnySelect:
    """Select the ids in a range that are in a seal."""
    return select(AuditSealedEvent.event_id).where(
        AuditSealedEvent.event_id > after, AuditSealedEvent.event_id <= until
    )


def newest_sealed_id(after: UUID) -> AnySelect:
    """Select the highest id in a seal, if any is higher than this one."""
    newest_first = AuditSealedEvent.event_id.desc()
    return select(AuditSealedEvent.event_id).where(AuditSealedEvent.event_id > after).order_by(newest_first).limit(1)


def counts_between(after: UUID, until: UUID) -> tuple[AnySelect, AnySelect]:
    """Select how many entries a range of ids has, and how many ids of the range are in a seal."""
    entries, sealed = select(func.count(AuditEvent.id)), select(func.count(AuditSealedEvent.event_id))
    return (
        entries.where(AuditEvent.id > after, AuditEvent.id <= until),
        sealed.where(AuditSealedEvent.event_id > after, AuditSealedEvent.event_id <= until),
    )


def entries_to_seal(ids: Sequence[UUID]) -> AnySelect:
    """Select what sealing needs of some entries, in the order of their ids."""
    return (
        select(AuditEvent.id, AuditEvent.document, AuditEvent.mac).where(AuditEvent.id.in_(ids)).order_by(AuditEvent.id)
    )


def first_marked() -> AnySelect:
    """Select the id of the first entry with the service's mark; what has none after it was put there by hand."""
    return select(AuditEvent.id).where(AuditEvent.mac.is_not(None)).order_by(AuditEvent.id).limit(1)


def _is_actor() -> ColumnElement[bool]:
    return and_(Practitioner.clinic_id == AuditEvent.clinic_id, Practitioner.id == AuditEvent.actor_id)


def _is_sealed() -> ColumnElement[bool]:
    return and_(AuditSealedEvent.clinic_id == AuditEvent.clinic_id, AuditSealedEvent.event_id == AuditEvent.id)
