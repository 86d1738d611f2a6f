"""How goal ratings are said on the wire."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from app.core.schemas import ApiModel, Day, Out, Page, PageQuery, Prose, Rating, Resource
from app.record.goal_ratings.domain import MOST_POINTS, RatedBy
from app.record.treatments.domain import GoalCode

_EXAMPLE: dict[str, Any] = {"value": 6, "rated_on": "2026-03-02", "rated_by": "client"}


class GoalRating(Resource):
    """How near a goal seemed on one day."""

    client_id: UUID
    """The client."""
    goal_id: UUID
    """The goal."""
    value: Rating
    """From 0, as far away as can be, to 10, reached."""
    rated_on: Day
    """The day the rating is about."""
    rated_by: RatedBy
    """Whose view it is."""
    session_id: UUID | None
    """The session it was given in, if there was one."""
    comment: Prose | None
    """What was said about it."""
    entered_in_error_at: AwareDatetime | None
    """When it was marked as wrong; null while it counts."""
    error_reason: Prose | None
    """Why it was marked as wrong."""


class GoalRatingPage(Page[GoalRating]):
    """A page of goal ratings."""


class GoalRatingFilter(PageQuery):
    """Which ratings of a goal to list."""

    rated_by: RatedBy | None = None
    """Only ratings of this view."""
    include_entered_in_error: bool = False
    """Whether to show ratings marked as wrong too."""


class GoalRatingCreate(ApiModel):
    """A rating of a goal. It is never edited; mark a wrong one and rate again."""

    model_config = {"json_schema_extra": {"examples": [_EXAMPLE]}}

    value: Rating
    """From 0, as far away as can be, to 10, reached."""
    rated_on: Day | None = None
    """The day the rating is about; today when absent, never in the future."""
    rated_by: RatedBy
    """Whose view it is."""
    session_id: UUID | None = None
    """The session it was given in: one the client takes part in."""
    comment: Prose | None = None
    """What was said about it; stored sealed."""


class GoalRatingErrorReason(ApiModel):
    """Why a rating is wrong."""

    reason: Prose
    """The reason, in a few words; stored sealed."""


class GoalPoint(Out):
    """One rating, ready to plot."""

    rating_id: UUID
    """The rating behind the point."""
    rated_on: Day
    """Where it stands in time."""
    treatment_month: int
    """The month of treatment, as on the timeline: 1 is the first, 0 and below come before the start."""
    value: Rating
    """How high it stands."""


class GoalLine(Out):
    """The ratings of one view, ready to plot."""

    rated_by: RatedBy
    """Whose view it is."""
    points: Annotated[list[GoalPoint], Field(max_length=MOST_POINTS)]
    """The ratings in the order of their days; a day without a rating has no point."""


class GoalSeries(Out):
    """The course of one goal, ready to plot."""

    goal_id: UUID
    """The goal."""
    goal_code: GoalCode
    """Which of the two it is."""
    treatment_id: UUID
    """The treatment it belongs to."""
    started_on: Day
    """The first day of the treatment."""
    baseline_rating: Rating | None
    """The start as a rating from 0 to 10, if it was set."""
    target_rating: Rating | None
    """The target as a rating from 0 to 10, if it was set."""
    lines: Annotated[list[GoalLine], Field(min_length=2, max_length=2)]
    """One line for the therapist and one for the client, always both; a view without ratings has no points."""
    not_diagnostic: Literal[True]
    """Always true: this picture is for talking about, not for diagnosing."""
    rule: Annotated[str, Field(max_length=1_000)]
    """What the points are made of."""
