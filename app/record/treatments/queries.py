"""How treatments, reviews and goals are found."""

from datetime import date
from uuid import UUID

from sqlalchemy import and_, case, func, not_, or_, select

from app.core.database import AnySelect, json_bytes, json_rows
from app.record.treatments.domain import TreatmentStatus
from app.record.treatments.models import Goal, Phase, Review, Treatment

_PHASES = (
    select(json_rows("kind", Phase.kind, "starts_on", Phase.starts_on, "ends_on", Phase.ends_on))
    .where(Phase.clinic_id == Treatment.clinic_id, Phase.treatment_id == Treatment.id)
    .correlate(Treatment)
    .scalar_subquery()
    .label("phases")
)
REVIEW_COLUMNS = (
    Review.id,
    Review.version,
    Review.created_at,
    Review.client_id,
    Review.treatment_id,
    Review.due_on,
    Review.status,
    Review.held_on,
    Review.comment,
)
_REVIEWS = (
    select(
        json_rows(
            *(
                part
                for column in REVIEW_COLUMNS
                for part in (column.key, json_bytes(column) if column is Review.comment else column)
            )
        )
    )
    .where(Review.clinic_id == Treatment.clinic_id, Review.treatment_id == Treatment.id)
    .correlate(Treatment)
    .scalar_subquery()
    .label("reviews")
)
COLUMNS = (
    Treatment.id,
    Treatment.version,
    Treatment.created_at,
    Treatment.client_id,
    Treatment.programme,
    Treatment.setting,
    Treatment.lead_practitioner_id,
    Treatment.started_on,
    Treatment.planned_months,
    Treatment.planned_end_on,
    Treatment.duration_reason,
    Treatment.status,
    Treatment.ended_on,
    Treatment.end_reason,
    Treatment.end_comment,
    _PHASES,
    _REVIEWS,
)
GOAL_COLUMNS = (
    Goal.id,
    Goal.version,
    Goal.created_at,
    Goal.client_id,
    Goal.treatment_id,
    Goal.code,
    Goal.status,
    Goal.words,
    Goal.baseline_rating,
    Goal.target_rating,
)


def treatments() -> AnySelect:
    """Select treatments with their phases and reviews, in one statement."""
    return select(*COLUMNS)


def treatments_of(client_id: UUID, status: TreatmentStatus | None) -> AnySelect:
    """Select the treatments of one client, all or those that stand somewhere."""
    statement = treatments().where(Treatment.client_id == client_id)
    return statement if status is None else statement.where(Treatment.status == status)


def reviews() -> AnySelect:
    """Select reviews."""
    return select(*REVIEW_COLUMNS)


def goals() -> AnySelect:
    """Select goals."""
    return select(*GOAL_COLUMNS)


def active_treatment_of(client_id: UUID) -> AnySelect:
    """Select the id of the client's active treatment."""
    return select(Treatment.id).where(Treatment.client_id == client_id, Treatment.status == TreatmentStatus.ACTIVE)


def treatments_covering(client_id: UUID, day: date) -> AnySelect:
    """Select the ids of the client's treatments whose course covers a day, the active one first, then the newest.

    A course runs from its first phase, the assessment, to its last, the follow-up. An early end cuts it short; an
    active treatment goes on until someone ends it.
    """
    first, last = func.min(Phase.starts_on), func.max(Phase.ends_on)
    is_active = Treatment.status == TreatmentStatus.ACTIVE
    is_cut_short = Treatment.status == TreatmentStatus.ENDED_EARLY
    return (
        select(Treatment.id)
        .outerjoin(Phase, (Phase.clinic_id == Treatment.clinic_id) & (Phase.treatment_id == Treatment.id))
        .where(Treatment.client_id == client_id)
        .group_by(Treatment.id, Treatment.status, Treatment.started_on, Treatment.planned_end_on, Treatment.ended_on)
        .having(
            or_(first <= day, Treatment.started_on <= day),
            or_(
                is_active,
                Treatment.ended_on >= day,
                and_(not_(is_cut_short), or_(last >= day, Treatment.planned_end_on >= day)),
            ),
        )
        .order_by(case((is_active, 0), else_=1), Treatment.id.desc())
    )
