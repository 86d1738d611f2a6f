"""What can be done with sessions: plan, read, list, change, hold and cancel.

A session is seen through its participants. Who sees only some of them changes only those; the
rule about their number counts the unseen ones too, without naming them.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import selectinload
from sqlalchemy.orm.attributes import flag_modified

from app.access.practitioners.domain import Role
from app.access.practitioners.models import Practitioner
from app.core.caller import CallerKind
from app.core.paging import paged
from app.core.problems import FieldError, NotFound, PreconditionFailed, ValidationFailed
from app.core.work import UnitOfWork
from app.record.clients.models import Client
from app.record.sessions import domain, models, queries, schemas
from app.record.treatments.models import Treatment
from app.record.treatments.service import treatment_on
from app.record.vocabularies.catalogue import check_code


def create_session(work: UnitOfWork, wanted: schemas.SessionCreate) -> schemas.Session:
    """Plan a session, or write one down that took place."""
    if wanted.status is domain.SessionStatus.CANCELLED:
        raise ValidationFailed.at("/status", "A new session is scheduled or held.", "status_not_allowed")
    check_code("session_kind", wanted.kind, "/kind")
    domain.check_time(wanted.status, wanted.starts_at, work.now)
    domain.check_size(wanted.format, len(wanted.participants))
    session = models.Session(
        created_at=work.now,
        format=wanted.format,
        delivery=wanted.delivery,
        kind=wanted.kind,
        starts_at=wanted.starts_at.astimezone(UTC),
        duration_minutes=wanted.duration_minutes,
        status=wanted.status,
        participants=[],
        practitioners=[],
    )
    session.seat(_participants(work, session, wanted.participants))
    _replace_practitioners(work, session, wanted.practitioner_ids or _caller_as_practitioner(work))
    work.add(session)
    work.record(domain.SessionCreated(client_ids=_seen(session)), session)
    return _as_session(session)


def get_session(work: UnitOfWork, session_id: UUID) -> schemas.Session:
    """Read one session with the participants the caller may see."""
    session = _as_session(work.one(queries.sessions().where(models.Session.id == session_id)))
    client_ids = tuple(one.client_id for one in session.participants)
    work.record(domain.SessionViewed(entity_id=session_id, client_ids=client_ids, version=session.version))
    return session


def list_sessions(work: UnitOfWork, wanted: schemas.SessionFilter) -> schemas.SessionPage:
    """List sessions, the latest first."""
    latest_first = [models.Session.starts_at, models.Session.id]
    statement = queries.sessions_matching(wanted)
    page = paged(work, schemas.SessionPage, statement, latest_first, wanted, _as_session, descending=True)
    shown = (one.client_id for session in page.data for one in session.participants)
    work.record(domain.SessionsListed(client_ids=tuple(shown)))
    return page


def update_session(
    work: UnitOfWork, session_id: UUID, changes: schemas.SessionUpdate, expected: int
) -> schemas.Session:
    """Change a session's facts, correct attendance, or plan a cancelled session again."""
    session = load_session(work, session_id, expected)
    about = _seen(session)
    changed = changes.model_dump()
    if "status" in changed:
        _check_replan(changed["status"])
        session.replan()
    if "kind" in changed:
        check_code("session_kind", changed["kind"], "/kind")
    session.kind = changed.get("kind", session.kind)
    session.delivery = changed.get("delivery", session.delivery)
    session.move(
        changed.get("format", session.format),
        changed.get("starts_at", session.starts_at).astimezone(UTC),
        changed.get("duration_minutes", session.duration_minutes),
        work.now,
    )
    if isinstance(changes.participants, list):
        session.seat(_participants(work, session, changes.participants))
    domain.check_size(session.format, session.participant_count)
    if isinstance(changes.practitioner_ids, list):
        _replace_practitioners(work, session, changes.practitioner_ids)
    event = domain.SessionChanged(fields=tuple(changed), client_ids=(*about, *_seen(session)))
    return _changed(work, session, event)


def hold_session(work: UnitOfWork, session_id: UUID, wanted: schemas.SessionHold, expected: int) -> schemas.Session:
    """State that a session took place, and who came."""
    session = load_session(work, session_id, expected)
    _check_each_once([one.client_id for one in wanted.participants])
    for position, one in enumerate(wanted.participants):
        if one.client_id not in _seen(session):
            raise not_a_participant(f"/participants/{position}/client_id")
    session.hold({one.client_id: one.attendance for one in wanted.participants}, work.now)
    return _changed(work, session, domain.SessionHeld(client_ids=_seen(session)))


def cancel_session(work: UnitOfWork, session_id: UUID, wanted: schemas.SessionCancel, expected: int) -> schemas.Session:
    """State that a session will not take place."""
    session = load_session(work, session_id, expected)
    session.cancel(wanted.by)
    return _changed(work, session, domain.SessionCancelled(by=wanted.by, client_ids=_seen(session)))


def load_session(work: UnitOfWork, session_id: UUID, expected: int | None = None) -> models.Session:
    """Load a session to change it, with the participants the caller may see; none of them, and it is not there."""
    children = [selectinload(models.Session.participants), selectinload(models.Session.practitioners)]
    session = work.get(models.Session, session_id, options=children)
    if not session.participants:
        raise NotFound
    if expected is not None and session.version != expected:
        raise PreconditionFailed(session.version)
    return session


def check_session(work: UnitOfWork, session_id: UUID) -> None:
    """Refuse with 404 a session the caller cannot see."""
    work.one(queries.sessions().where(models.Session.id == session_id))


def _changed(work: UnitOfWork, session: models.Session, event: domain.SessionEvent) -> schemas.Session:
    """Count a new version even when only participants changed, since they are part of the session's answer."""
    flag_modified(session, "status")
    work.record(event, session)
    return _as_session(session)


def _check_replan(status: domain.SessionStatus) -> None:
    if status is not domain.SessionStatus.SCHEDULED:
        detail = "Use POST /v1/sessions/{session_id}/hold or /cancel."
        raise ValidationFailed.at("/status", detail, "status_not_allowed")


def _participants(
    work: UnitOfWork, session: models.Session, wanted: Sequence[schemas.ParticipantCreate]
) -> list[models.SessionParticipant]:
    """Make rows of what was asked for; of a client who is already there, what is not said stays."""
    _check_each_once([one.client_id for one in wanted])
    _check_clients(work, wanted)
    _check_treatments(work, wanted)
    present = {one.client_id: one for one in session.participants}
    rows = []
    for one in wanted:
        kept = present.get(one.client_id)
        rows.append(
            models.SessionParticipant(
                client_id=one.client_id,
                treatment_id=one.treatment_id or _treatment(work, session, one.client_id, kept),
                attendance=kept.attendance if kept and "attendance" not in one.model_fields_set else one.attendance,
            )
        )
    return rows


def _treatment(
    work: UnitOfWork, session: models.Session, client_id: UUID, kept: models.SessionParticipant | None
) -> UUID | None:
    if kept is not None:
        return kept.treatment_id
    return treatment_on(work, client_id, _day_of(work, session.starts_at))


def _day_of(work: UnitOfWork, moment: datetime) -> date:
    return moment.astimezone(ZoneInfo(work.caller.time_zone)).date()


def _check_each_once(client_ids: Sequence[UUID]) -> None:
    for position, client_id in enumerate(client_ids):
        if client_id in client_ids[:position]:
            raise ValidationFailed.at(f"/participants/{position}/client_id", "Name each client once.", "duplicate")


def _check_clients(work: UnitOfWork, wanted: Sequence[schemas.ParticipantCreate]) -> None:
    statement = select(Client.id).where(Client.id.in_([one.client_id for one in wanted]))
    known = {row.id for row in work.rows(statement)}
    detail = "Name a client whose record you may see."
    errors = tuple(
        FieldError(f"/participants/{position}/client_id", detail, "unknown_client")
        for position, one in enumerate(wanted)
        if one.client_id not in known
    )
    if errors:
        raise ValidationFailed(errors=errors)


def _check_treatments(work: UnitOfWork, wanted: Sequence[schemas.ParticipantCreate]) -> None:
    named = [one.treatment_id for one in wanted if one.treatment_id is not None]
    if not named:
        return
    statement = select(Treatment.id, Treatment.client_id).where(Treatment.id.in_(named))
    client_of = {row.id: row.client_id for row in work.rows(statement)}
    for position, one in enumerate(wanted):
        if one.treatment_id is not None and client_of.get(one.treatment_id) != one.client_id:
            where = f"/participants/{position}/treatment_id"
            raise ValidationFailed.at(where, "Name a treatment of this client.", "unknown_treatment")


def _caller_as_practitioner(work: UnitOfWork) -> list[UUID]:
    """Return the caller, if she treats people: programs and pure administrators must say who leads the session."""
    if work.caller.kind is CallerKind.PRACTITIONER and work.caller.roles - {Role.CLINIC_ADMIN}:
        return [work.caller.id]
    raise ValidationFailed.at("/practitioner_ids", "Say who leads the session.", "missing")


def _replace_practitioners(work: UnitOfWork, session: models.Session, wanted: Sequence[UUID]) -> None:
    """Keep who stays, even if she has left the clinic since; who is new must be an active practitioner."""
    present = {one.practitioner_id: one for one in session.practitioners}
    statement = select(Practitioner.id).where(Practitioner.id.in_(wanted), Practitioner.is_active)
    allowed = present.keys() | {row.id for row in work.rows(statement)}
    for position, practitioner_id in enumerate(wanted):
        if practitioner_id not in allowed:
            detail = "Name an active practitioner of this clinic."
            raise ValidationFailed.at(f"/practitioner_ids/{position}", detail, "unknown_practitioner")
    session.practitioners[:] = [
        present.get(practitioner_id) or models.SessionPractitioner(practitioner_id=practitioner_id)
        for practitioner_id in dict.fromkeys(wanted)
    ]


def _seen(session: models.Session) -> tuple[UUID, ...]:
    return tuple(one.client_id for one in session.participants)


def not_a_participant(pointer: str) -> ValidationFailed:
    """Return the refusal of a client who is not in the session, or not to be seen there."""
    return ValidationFailed.at(pointer, "Name a participant of this session.", "not_a_participant")


def _as_session(row: Any) -> schemas.Session:
    """Shape a row or an entity for the wire."""
    participants = [_as_participant(one) for one in row.participants]
    practitioner_ids = [
        UUID(one["practitioner_id"]) if isinstance(one, dict) else one.practitioner_id for one in row.practitioners
    ]
    return schemas.Session(
        id=row.id,
        version=row.version,
        created_at=row.created_at,
        format=row.format,
        delivery=row.delivery,
        kind=row.kind,
        starts_at=row.starts_at,
        duration_minutes=row.duration_minutes,
        status=row.status,
        cancelled_reason=row.cancelled_reason,
        practitioner_ids=sorted(practitioner_ids),
        participants=sorted(participants, key=lambda one: one.client_id),
        has_signed_note=row.has_signed_note,
        notes_url=f"/v1/notes?session_id={row.id}",
    )


def _as_participant(one: Any) -> schemas.Participant:
    if not isinstance(one, dict):
        return schemas.Participant(client_id=one.client_id, treatment_id=one.treatment_id, attendance=one.attendance)
    return schemas.Participant(
        client_id=UUID(one["client_id"]),
        treatment_id=UUID(one["treatment_id"]) if one["treatment_id"] else None,
        attendance=domain.Attendance(one["attendance"]) if one["attendance"] else None,
    )
