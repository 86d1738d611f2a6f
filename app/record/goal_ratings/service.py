"""What can be done with goal ratings: rate, list, mark as wrong, and draw the course of a goal."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.core.crypto import SealedColumn
from app.core.paging import paged
from app.core.problems import ValidationFailed
from app.core.work import UnitOfWork
from app.record.goal_ratings import domain, models, queries, schemas
from app.record.sessions.models import SessionParticipant
from app.record.treatments.domain import add_months, treatment_month

_MONTHS_BEFORE = -12


def rate_goal(work: UnitOfWork, goal_id: UUID, wanted: schemas.GoalRatingCreate) -> schemas.GoalRating:
    """Add a rating, from one year before the treatment until today."""
    goal = work.one(queries.goal_in_treatment(goal_id))
    rated_on = wanted.rated_on or work.today
    domain.check_day(rated_on, add_months(goal.started_on, _MONTHS_BEFORE), work.today)
    if wanted.session_id is not None:
        _check_session(work, wanted.session_id, goal.client_id)
    rating = models.GoalRating(
        created_at=work.now,
        client_id=goal.client_id,
        goal_id=goal_id,
        value=wanted.value,
        rated_on=rated_on,
        rated_by=wanted.rated_by,
        session_id=wanted.session_id,
    )
    if wanted.comment is not None:
        rating.comment = work.vault.seal(models.COMMENT, rating.client_id, rating.id, wanted.comment)
    work.add(rating)
    work.record(domain.GoalRated(goal_id=goal_id), rating)
    return _as_rating(work, rating)


def list_ratings(work: UnitOfWork, goal_id: UUID, wanted: schemas.GoalRatingFilter) -> schemas.GoalRatingPage:
    """List the ratings of a goal, the newest first."""
    goal = work.one(queries.goal_in_treatment(goal_id))
    page = paged(
        work,
        schemas.GoalRatingPage,
        queries.ratings_of(goal_id, wanted),
        [models.GoalRating.rated_on, models.GoalRating.id],
        wanted,
        lambda row: _as_rating(work, row),
        descending=True,
    )
    work.record(domain.GoalRatingsListed(client_id=goal.client_id, goal_id=goal_id))
    return page


def get_rating(work: UnitOfWork, rating_id: UUID) -> schemas.GoalRating:
    """Read one rating, marked or not."""
    row = work.one(queries.ratings().where(models.GoalRating.id == rating_id))
    work.record(domain.GoalRatingViewed(entity_id=row.id, client_id=row.client_id, version=row.version))
    return _as_rating(work, row)


def mark_entered_in_error(
    work: UnitOfWork, rating_id: UUID, wanted: schemas.GoalRatingErrorReason, expected: int
) -> schemas.GoalRating:
    """Mark a rating as wrong: it is kept with the reason and counts no more."""
    rating = work.get(models.GoalRating, rating_id, expected)
    reason = work.vault.seal(models.ERROR_REASON, rating.client_id, rating.id, wanted.reason)
    rating.mark_entered_in_error(reason, work.now)
    work.record(domain.GoalRatingEnteredInError(goal_id=rating.goal_id), rating)
    return _as_rating(work, rating)


def get_series(work: UnitOfWork, goal_id: UUID) -> schemas.GoalSeries:
    """Draw the course of a goal: a line for the therapist and a line for the client."""
    goal = work.one(queries.goal_in_treatment(goal_id))
    newest = work.rows(queries.points().where(models.GoalRating.goal_id == goal_id).limit(domain.MOST_POINTS))
    work.record(domain.GoalRatingsListed(client_id=goal.client_id, goal_id=goal_id))
    lines: dict[domain.RatedBy, list[schemas.GoalPoint]] = {view: [] for view in domain.RatedBy}
    for row in reversed(newest):
        lines[row.rated_by].append(
            schemas.GoalPoint(
                rating_id=row.id,
                rated_on=row.rated_on,
                treatment_month=treatment_month(goal.started_on, row.rated_on) + 1,
                value=row.value,
            )
        )
    return schemas.GoalSeries(
        goal_id=goal_id,
        goal_code=goal.code,
        treatment_id=goal.treatment_id,
        started_on=goal.started_on,
        baseline_rating=goal.baseline_rating,
        target_rating=goal.target_rating,
        lines=[schemas.GoalLine(rated_by=view, points=points) for view, points in lines.items()],
        not_diagnostic=True,
        rule=domain.SERIES_RULE,
    )


def _check_session(work: UnitOfWork, session_id: UUID, client_id: UUID) -> None:
    taking_part = select(SessionParticipant.session_id).where(
        SessionParticipant.session_id == session_id, SessionParticipant.client_id == client_id
    )
    if not work.rows(taking_part):
        detail = "Name a session the client takes part in."
        raise ValidationFailed.at("/session_id", detail, "unknown_session")


def _opened(work: UnitOfWork, place: SealedColumn, row: Any, words: bytes | None) -> str | None:
    return None if words is None else work.vault.open(place, row.client_id, row.id, words)


def _as_rating(work: UnitOfWork, row: Any) -> schemas.GoalRating:
    """Shape a row or an entity for the wire, opening what is sealed."""
    return schemas.GoalRating(
        id=row.id,
        version=row.version,
        created_at=row.created_at,
        client_id=row.client_id,
        goal_id=row.goal_id,
        value=row.value,
        rated_on=row.rated_on,
        rated_by=row.rated_by,
        session_id=row.session_id,
        comment=_opened(work, models.COMMENT, row, row.comment),
        entered_in_error_at=row.entered_in_error_at,
        error_reason=_opened(work, models.ERROR_REASON, row, row.error_reason),
    )
