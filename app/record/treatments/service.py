"""What can be done with treatments: open, read, plan, start, complete, end, and review. Goals are in `goal_service`."""

from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from app.access.clinics.service import own_clinic
from app.access.practitioners.domain import Role
from app.access.practitioners.models import Practitioner
from app.core.caller import CallerKind
from app.core.crypto import SealedColumn
from app.core.database import AnySelect
from app.core.paging import paged
from app.core.problems import ValidationFailed
from app.core.work import UnitOfWork
from app.record.clients.domain import ClientChanged, ClientStatus
from app.record.clients.models import Client
from app.record.clients.service import check_client, hold_client
from app.record.treatments import domain, events, models, queries, schemas
from app.record.treatments.domain import TreatmentStatus
from app.record.vocabularies.catalogue import check_code

_WHOLE = (selectinload(models.Treatment.phases), selectinload(models.Treatment.reviews))


def open_treatment(work: UnitOfWork, client_id: UUID, wanted: schemas.TreatmentCreate) -> schemas.Treatment:
    """Open a treatment with its phases, its reviews and its two goals; one active treatment per client."""
    client = hold_client(work, client_id)
    started_on = wanted.started_on or work.today
    status = wanted.status or (TreatmentStatus.PLANNED if started_on > work.today else TreatmentStatus.ACTIVE)
    if status not in (TreatmentStatus.PLANNED, TreatmentStatus.ACTIVE):
        raise ValidationFailed.at("/status", "A new treatment is planned or active.", "status_not_allowed")
    domain.check_start(status, started_on, work.today)
    domain.check_duration(wanted.planned_months, wanted.duration_reason)
    programme = wanted.programme or domain.default_programme(wanted.planned_months)
    check_code("programme", programme, "/programme")
    lead = _lead(work, wanted.lead_practitioner_id)
    _check_in_care(client)
    if status is TreatmentStatus.ACTIVE:
        _check_none_active(work, queries.active_treatment_of(client_id))
        _take_into_care(work, client)
    treatment = models.Treatment.open(
        client_id=client_id,
        at=work.now,
        status=status,
        programme=programme,
        setting=wanted.setting,
        lead_practitioner_id=lead,
        started_on=started_on,
        planned_months=wanted.planned_months,
        review_every_months=own_clinic(work).review_interval_months,
    )
    treatment.duration_reason = sealed(work, models.DURATION_REASON, treatment, wanted.duration_reason)
    work.add(treatment)
    work.record(events.TreatmentOpened(planned_months=wanted.planned_months), treatment)
    return _as_treatment(work, treatment)


def list_treatments(work: UnitOfWork, client_id: UUID, wanted: schemas.TreatmentFilter) -> schemas.TreatmentPage:
    """List a client's treatments, the newest first."""
    check_client(work, client_id)
    page = paged(
        work,
        schemas.TreatmentPage,
        queries.treatments_of(client_id, wanted.status),
        [models.Treatment.id],
        wanted,
        lambda row: _as_treatment(work, row),
        descending=True,
        preload="client_id",
    )
    work.record(events.TreatmentsListed(client_id=client_id))
    return page


def get_treatment(work: UnitOfWork, treatment_id: UUID) -> schemas.Treatment:
    """Read one treatment with its phases and reviews."""
    row = work.one(queries.treatments().where(models.Treatment.id == treatment_id))
    work.record(events.TreatmentViewed(entity_id=row.id, client_id=row.client_id, version=row.version))
    return _as_treatment(work, row)


def update_treatment(
    work: UnitOfWork, treatment_id: UUID, changes: schemas.TreatmentUpdate, expected: int
) -> schemas.Treatment:
    """Change facts of a treatment. Another length moves the planned end and nothing else."""
    treatment = _load(work, treatment_id, expected)
    changed = changes.model_dump()
    if "programme" in changed:
        check_code("programme", changed["programme"], "/programme")
    if "lead_practitioner_id" in changed:
        _lead(work, changed["lead_practitioner_id"])
    if "planned_months" in changed or "duration_reason" in changed:
        _plan_length(work, treatment, changed)
    for name in ("programme", "setting", "lead_practitioner_id"):
        if name in changed:
            setattr(treatment, name, changed[name])
    work.record(events.TreatmentChanged(changed=tuple(changed)), treatment)
    return _as_treatment(work, treatment)


def replace_phases(
    work: UnitOfWork, treatment_id: UUID, wanted: schemas.PhasesReplace, expected: int
) -> schemas.Treatment:
    """Give a treatment these phases and no others."""
    treatment = _load(work, treatment_id, expected)
    treatment.replace_phases([domain.PhasePlan(phase.kind, phase.starts_on, phase.ends_on) for phase in wanted.phases])
    work.record(events.PhasesChanged(kinds=tuple(phase.kind for phase in wanted.phases)), treatment)
    return _as_treatment(work, treatment)


def start_treatment(
    work: UnitOfWork, treatment_id: UUID, wanted: schemas.TreatmentStart, expected: int
) -> schemas.Treatment:
    """Begin a planned treatment; the client must be in care and have no other active treatment."""
    treatment = _load(work, treatment_id, expected)
    client = hold_client(work, treatment.client_id)
    _check_in_care(client)
    others = queries.active_treatment_of(client.id).where(models.Treatment.id != treatment_id)
    _check_none_active(work, others)
    started_on = wanted.started_on or treatment.started_on
    treatment.start(started_on, work.today, work.now, own_clinic(work).review_interval_months)
    _take_into_care(work, client)
    work.record(events.TreatmentStarted(), treatment)
    return _as_treatment(work, treatment)


def complete_treatment(
    work: UnitOfWork, treatment_id: UUID, wanted: schemas.TreatmentComplete, expected: int
) -> schemas.Treatment:
    """Bring an active treatment to its planned end."""
    treatment = _load(work, treatment_id, expected)
    treatment.complete(wanted.ended_on or work.today, work.today)
    work.record(events.TreatmentCompleted(), treatment)
    return _as_treatment(work, treatment)


def end_treatment(
    work: UnitOfWork, treatment_id: UUID, wanted: schemas.TreatmentEnd, expected: int
) -> schemas.Treatment:
    """End a planned or active treatment early, for a reason."""
    treatment = _load(work, treatment_id, expected)
    check_code("treatment_end_reason", wanted.end_reason, "/end_reason")
    treatment.end(wanted.end_reason, wanted.ended_on or work.today, work.today)
    treatment.end_comment = sealed(work, models.END_COMMENT, treatment, wanted.end_comment)
    work.record(events.TreatmentEnded(reason=wanted.end_reason), treatment)
    return _as_treatment(work, treatment)


def list_reviews(work: UnitOfWork, treatment_id: UUID) -> schemas.ReviewList:
    """List the reviews of a treatment by the day they are due."""
    client_id = client_of(work, treatment_id)
    rows = work.rows(
        queries.reviews()
        .where(models.Review.treatment_id == treatment_id)
        .order_by(models.Review.due_on, models.Review.id)
    )
    work.record(events.ReviewsListed(client_id=client_id, treatment_id=treatment_id))
    return schemas.ReviewList(data=[_as_review(work, row) for row in rows])


def plan_review(work: UnitOfWork, treatment_id: UUID, wanted: schemas.ReviewCreate) -> schemas.Review:
    """Add a review to a treatment."""
    treatment = _load(work, treatment_id)
    review = treatment.plan_review(wanted.due_on, work.now)
    review.comment = sealed(work, models.REVIEW_COMMENT, review, wanted.comment)
    work.record(events.ReviewPlanned(treatment_id=treatment_id), review)
    return _as_review(work, review)


def get_review(work: UnitOfWork, review_id: UUID) -> schemas.Review:
    """Read one review."""
    row = work.one(queries.reviews().where(models.Review.id == review_id))
    work.record(events.ReviewViewed(entity_id=row.id, client_id=row.client_id, version=row.version))
    return _as_review(work, row)


def update_review(work: UnitOfWork, review_id: UUID, changes: schemas.ReviewUpdate, expected: int) -> schemas.Review:
    """Move a review, say whether it took place, or comment on it."""
    review = work.get(models.Review, review_id, expected)
    treatment = _load(work, review.treatment_id)
    changed = changes.model_dump()
    status = changed.get("status", review.status)
    held_on = changed.get("held_on", review.held_on if status is domain.ReviewStatus.DONE else None)
    treatment.change_review(review, changed.get("due_on", review.due_on), status, held_on, work.today)
    if "comment" in changed:
        review.comment = sealed(work, models.REVIEW_COMMENT, review, changed["comment"])
    work.record(events.ReviewChanged(treatment_id=treatment.id, changed=tuple(changed)), review)
    return _as_review(work, review)


def treatment_on(work: UnitOfWork, client_id: UUID, day: date) -> UUID | None:
    """Return the treatment a client is in on this day, an active one if there are several."""
    found: UUID | None = work.session.execute(queries.treatments_covering(client_id, day).limit(1)).scalar()
    return found


def client_of(work: UnitOfWork, treatment_id: UUID) -> UUID:
    """Return whose treatment this is, or refuse with 404 one the caller cannot see."""
    row = work.one(select(models.Treatment.client_id).where(models.Treatment.id == treatment_id))
    client_id: UUID = row.client_id
    return client_id


def sealed(
    work: UnitOfWork, place: SealedColumn, row: models.Treatment | models.Review | models.Goal, text: str | None
) -> bytes | None:
    """Seal words about a client; none stay none."""
    return None if text is None else work.vault.seal(place, row.client_id, row.id, text)


def opened(work: UnitOfWork, place: SealedColumn, row: Any, words: bytes | str | None) -> str | None:
    """Open words about a client; SQLite writes none as empty text inside JSON."""
    return work.vault.open(place, row.client_id, row.id, words) if words else None


def _load(work: UnitOfWork, treatment_id: UUID, expected: int | None = None) -> models.Treatment:
    treatment = work.get(models.Treatment, treatment_id, expected, options=_WHOLE)
    # A key looked up half-way through a change would flush that half, and count one change as two versions.
    work.vault.preload([treatment.client_id])
    return treatment


def _plan_length(work: UnitOfWork, treatment: models.Treatment, changed: dict[str, Any]) -> None:
    """Plan another length; a reason given before still counts, since absent fields stay as they are."""
    reason = opened(work, models.DURATION_REASON, treatment, treatment.duration_reason)
    reason = changed.get("duration_reason", reason)
    treatment.plan_length(changed.get("planned_months", treatment.planned_months), reason)
    treatment.duration_reason = sealed(work, models.DURATION_REASON, treatment, reason)


def _check_none_active(work: UnitOfWork, others: AnySelect) -> None:
    """Refuse a second active treatment; the database refuses it too, should two requests pass here at once."""
    if work.rows(others):
        raise domain.ActiveTreatmentExists


def _take_into_care(work: UnitOfWork, client: Client) -> None:
    """Make a referred client active: the treatment has begun."""
    if client.status is ClientStatus.REFERRED:
        client.status = ClientStatus.ACTIVE
        work.record(ClientChanged(fields=("status",)), client)


def _check_in_care(client: Client) -> None:
    if client.status is ClientStatus.DISCHARGED:
        raise domain.ClientNotInCare


def _lead(work: UnitOfWork, wanted: UUID | None) -> UUID:
    """Return who leads the treatment: the practitioner named, or the one who opens it."""
    if wanted is None and work.caller.kind is CallerKind.PRACTITIONER:
        return work.caller.id
    if wanted is None:
        raise ValidationFailed.at("/lead_practitioner_id", "Name the practitioner who leads it.", "required")
    named = work.session.execute(
        select(Practitioner.roles).where(Practitioner.id == wanted, Practitioner.is_active)
    ).scalar_one_or_none()
    if named is None or set(named) == {Role.CLINIC_ADMIN}:
        detail = "Name an active practitioner of this clinic who treats."
        raise ValidationFailed.at("/lead_practitioner_id", detail, "unknown_practitioner")
    return wanted


def _words(work: UnitOfWork, place: SealedColumn, row: Any, words: bytes | str | None) -> str | None:
    """Open words for who may read notes; others see the facts of care alone."""
    return opened(work, place, row, words) if work.caller.reads_words else None


def _as_treatment(work: UnitOfWork, row: Any) -> schemas.Treatment:
    """Shape a row or an entity for the wire, opening what is sealed."""
    order = list(domain.PhaseKind)
    phases = [_as_phase(one) for one in row.phases]
    reviews = [_as_review(work, one) for one in row.reviews]
    return schemas.Treatment(
        id=row.id,
        version=row.version,
        created_at=row.created_at,
        client_id=row.client_id,
        modality="mbt",
        programme=row.programme,
        setting=row.setting,
        lead_practitioner_id=row.lead_practitioner_id,
        started_on=row.started_on,
        planned_months=row.planned_months,
        planned_end_on=row.planned_end_on,
        duration_reason=_words(work, models.DURATION_REASON, row, row.duration_reason),
        status=row.status,
        ended_on=row.ended_on,
        end_reason=row.end_reason,
        end_comment=_words(work, models.END_COMMENT, row, row.end_comment),
        phases=sorted(phases, key=lambda phase: order.index(phase.kind)),
        reviews=sorted(reviews, key=lambda review: (review.due_on, review.id)),
    )


def _as_phase(one: Any) -> schemas.Phase:
    if isinstance(one, dict):
        return schemas.Phase.model_validate(one)
    return schemas.Phase(kind=one.kind, starts_on=one.starts_on, ends_on=one.ends_on)


def _as_review(work: UnitOfWork, one: Any) -> schemas.Review:
    row = _typed(one) if isinstance(one, dict) else one
    return schemas.Review(
        id=row.id,
        version=row.version,
        created_at=row.created_at,
        client_id=row.client_id,
        treatment_id=row.treatment_id,
        due_on=row.due_on,
        status=row.status,
        held_on=row.held_on,
        comment=_words(work, models.REVIEW_COMMENT, row, row.comment),
    )


def _typed(one: dict[str, Any]) -> SimpleNamespace:
    """Give the ids and moments of a JSON row their types back; the two engines write them differently."""
    ids = {name: UUID(one[name]) for name in ("id", "client_id", "treatment_id")}
    at = datetime.fromisoformat(one["created_at"])
    return SimpleNamespace(**one | ids | {"created_at": at if at.tzinfo else at.replace(tzinfo=UTC)})
