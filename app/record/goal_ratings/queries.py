"""How goal ratings are found. `points` is the one place that says which ratings a picture may show."""

from uuid import UUID

from sqlalchemy import select

from app.core.database import AnySelect
from app.record.goal_ratings.models import GoalRating
from app.record.goal_ratings.schemas import GoalRatingFilter
from app.record.treatments.models import Goal, Treatment

COLUMNS = (
    GoalRating.id,
    GoalRating.version,
    GoalRating.created_at,
    GoalRating.client_id,
    GoalRating.goal_id,
    GoalRating.value,
    GoalRating.rated_on,
    GoalRating.rated_by,
    GoalRating.session_id,
    GoalRating.comment,
    GoalRating.entered_in_error_at,
    GoalRating.error_reason,
)


def ratings() -> AnySelect:
    """Select ratings, those entered in error too."""
    return select(*COLUMNS)


def ratings_of(goal_id: UUID, wanted: GoalRatingFilter) -> AnySelect:
    """Select the ratings of one goal a filter asks for."""
    statement = ratings().where(GoalRating.goal_id == goal_id)
    if wanted.rated_by is not None:
        statement = statement.where(GoalRating.rated_by == wanted.rated_by)
    if not wanted.include_entered_in_error:
        statement = statement.where(GoalRating.entered_in_error_at.is_(None))
    return statement


def points() -> AnySelect:
    """Select the ratings that count, with the code of their goal, the newest first; narrow it by goal or treatment."""
    return (
        select(
            GoalRating.id,
            GoalRating.goal_id,
            Goal.code,
            GoalRating.rated_by,
            GoalRating.rated_on,
            GoalRating.value,
        )
        .join(Goal, (Goal.clinic_id == GoalRating.clinic_id) & (Goal.id == GoalRating.goal_id))
        .where(GoalRating.entered_in_error_at.is_(None))
        .order_by(GoalRating.rated_on.desc(), GoalRating.id.desc())
    )


def goal_in_treatment(goal_id: UUID) -> AnySelect:
    """Select what of a goal and its treatment a rating is measured against."""
    return (
        select(
            Goal.id,
            Goal.client_id,
            Goal.code,
            Goal.treatment_id,
            Goal.baseline_rating,
            Goal.target_rating,
            Treatment.started_on,
        )
        .join(Treatment, (Treatment.clinic_id == Goal.clinic_id) & (Treatment.id == Goal.treatment_id))
        .where(Goal.id == goal_id)
    )
