"""Paths of goal ratings and of the series made of them."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request, Response, status

from app.access.identity.access import transact_as, transact_once_as
from app.core.caller import Permission
from app.core.openapi import CHANGING, WITH_BODY, problems
from app.core.preconditions import IfMatch
from app.core.responses import created, linked, shown, tagged
from app.core.routing import slice_router
from app.core.transactions import Transact
from app.record.goal_ratings import schemas, service

router = slice_router(tag="goals")

ReadGoals = Annotated[Transact, Depends(transact_as(Permission.GOALS_READ, read_only=True))]
WriteGoals = Annotated[Transact, Depends(transact_as(Permission.GOALS_WRITE))]
RateGoals = Annotated[Transact, Depends(transact_once_as(Permission.GOALS_WRITE))]


@router.get("/goals/{goal_id}/ratings", summary="List the ratings of a goal", responses=problems(404))
async def list_goal_ratings(
    goal_id: UUID,
    wanted: Annotated[schemas.GoalRatingFilter, Query()],
    transact: ReadGoals,
    request: Request,
    response: Response,
) -> schemas.GoalRatingPage:
    """The ratings of a goal, the newest day first. Those entered in error are left out unless you ask for them."""
    return linked(request, response, await transact(service.list_ratings, goal_id, wanted))


@router.post(
    "/goals/{goal_id}/ratings",
    summary="Rate a goal",
    status_code=status.HTTP_201_CREATED,
    responses=problems(*WITH_BODY, 404),
)
async def rate_goal(
    goal_id: UUID, body: schemas.GoalRatingCreate, transact: RateGoals, response: Response
) -> schemas.GoalRating:
    """Say how near the goal seems on a day, to the therapist or to the client."""
    return created(response, await transact(service.rate_goal, goal_id, body), "/v1/goal-ratings")


@router.get("/goals/{goal_id}/series", summary="Read the course of a goal", responses=problems(404))
async def get_goal_series(goal_id: UUID, transact: ReadGoals) -> schemas.GoalSeries:
    """All ratings of a goal, ready to plot: a line for the therapist and a line for the client."""
    return await transact(service.get_series, goal_id)


@router.get("/goal-ratings/{rating_id}", summary="Read a rating", responses=problems(404))
async def get_goal_rating(
    rating_id: UUID, transact: ReadGoals, request: Request, response: Response
) -> schemas.GoalRating:
    """One rating, those entered in error too."""
    return shown(request, response, await transact(service.get_rating, rating_id))


@router.post(
    "/goal-ratings/{rating_id}/entered-in-error",
    summary="Mark a rating as entered in error",
    responses=problems(*CHANGING, 409),
)
async def mark_goal_rating_entered_in_error(
    rating_id: UUID, body: schemas.GoalRatingErrorReason, transact: WriteGoals, expected: IfMatch, response: Response
) -> schemas.GoalRating:
    """Say that a rating is wrong, and why. It is kept, and leaves lists and series for good."""
    return tagged(response, await transact(service.mark_entered_in_error, rating_id, body, expected))
