"""Paths of treatments, their phases and reviews, and of the two goals."""

from typing import Annotated
from uuid import UUID

from fastapi import Body, Depends, Query, Request, Response, status

from app.access.identity.access import transact_as, transact_once_as
from app.core.caller import Permission
from app.core.openapi import CHANGING, WITH_BODY, problems
from app.core.preconditions import IfMatch
from app.core.responses import created, linked, shown, tagged
from app.core.routing import slice_router
from app.core.transactions import Transact
from app.record.treatments import goal_service, schemas, service

router = slice_router(tag="treatments")
goals = slice_router(tag="goals")

ReadTreatments = Annotated[Transact, Depends(transact_as(Permission.TREATMENTS_READ, read_only=True))]
WriteTreatments = Annotated[Transact, Depends(transact_as(Permission.TREATMENTS_WRITE))]
CreateTreatments = Annotated[Transact, Depends(transact_once_as(Permission.TREATMENTS_WRITE))]
ReadGoals = Annotated[Transact, Depends(transact_as(Permission.GOALS_READ, read_only=True))]
WriteGoals = Annotated[Transact, Depends(transact_as(Permission.GOALS_WRITE))]


@router.get("/clients/{client_id}/treatments", summary="List a client's treatments", responses=problems(404))
async def list_treatments(
    client_id: UUID,
    wanted: Annotated[schemas.TreatmentFilter, Query()],
    transact: ReadTreatments,
    request: Request,
    response: Response,
) -> schemas.TreatmentPage:
    """All treatments of a client, the newest first."""
    return linked(request, response, await transact(service.list_treatments, client_id, wanted))


@router.post(
    "/clients/{client_id}/treatments",
    summary="Open a treatment",
    status_code=status.HTTP_201_CREATED,
    responses=problems(*WITH_BODY, 404, 409),
)
async def open_treatment(
    client_id: UUID, body: schemas.TreatmentCreate, transact: CreateTreatments, response: Response
) -> schemas.Treatment:
    """Open a treatment with its phases, its reviews and its two goals, all at once.

    18 months unless you say otherwise; a length outside 12 to 18 months needs a `duration_reason`. A client has at
    most one active treatment. A referred client becomes active with it.
    """
    return created(response, await transact(service.open_treatment, client_id, body), "/v1/treatments")


@router.get("/treatments/{treatment_id}", summary="Read a treatment", responses=problems(404))
async def get_treatment(
    treatment_id: UUID, transact: ReadTreatments, request: Request, response: Response
) -> schemas.Treatment:
    """One treatment with its phases and reviews."""
    return shown(request, response, await transact(service.get_treatment, treatment_id))


@router.patch("/treatments/{treatment_id}", summary="Change a treatment", responses=problems(*CHANGING, 409))
async def update_treatment(
    treatment_id: UUID,
    body: schemas.TreatmentUpdate,
    transact: WriteTreatments,
    expected: IfMatch,
    response: Response,
) -> schemas.Treatment:
    """Change programme, setting, planned length or lead; absent fields stay as they are.

    Another length moves `planned_end_on` only: move the phases with PUT, when that is agreed.
    """
    return tagged(response, await transact(service.update_treatment, treatment_id, body, expected))


@router.put("/treatments/{treatment_id}/phases", summary="Replace the phases", responses=problems(*CHANGING))
async def replace_phases(
    treatment_id: UUID, body: schemas.PhasesReplace, transact: WriteTreatments, expected: IfMatch, response: Response
) -> schemas.Treatment:
    """Give the treatment these phases and no others. They keep their order; only introductory and initial overlap."""
    return tagged(response, await transact(service.replace_phases, treatment_id, body, expected))


@router.post("/treatments/{treatment_id}/start", summary="Start a treatment", responses=problems(*CHANGING, 409))
async def start_treatment(
    treatment_id: UUID,
    body: Annotated[schemas.TreatmentStart, Body(default_factory=schemas.TreatmentStart)],
    transact: WriteTreatments,
    expected: IfMatch,
    response: Response,
) -> schemas.Treatment:
    """Begin a planned treatment. A referred client becomes active with it."""
    return tagged(response, await transact(service.start_treatment, treatment_id, body, expected))


@router.post("/treatments/{treatment_id}/complete", summary="Complete a treatment", responses=problems(*CHANGING, 409))
async def complete_treatment(
    treatment_id: UUID,
    body: Annotated[schemas.TreatmentComplete, Body(default_factory=schemas.TreatmentComplete)],
    transact: WriteTreatments,
    expected: IfMatch,
    response: Response,
) -> schemas.Treatment:
    """Bring an active treatment to its planned end. A treatment that is over stays over."""
    return tagged(response, await transact(service.complete_treatment, treatment_id, body, expected))


@router.post("/treatments/{treatment_id}/end", summary="End a treatment early", responses=problems(*CHANGING, 409))
async def end_treatment(
    treatment_id: UUID, body: schemas.TreatmentEnd, transact: WriteTreatments, expected: IfMatch, response: Response
) -> schemas.Treatment:
    """End a planned or active treatment early, for a reason. A treatment that is over stays over."""
    return tagged(response, await transact(service.end_treatment, treatment_id, body, expected))


@router.get("/treatments/{treatment_id}/reviews", summary="List the reviews", responses=problems(404))
async def list_reviews(treatment_id: UUID, transact: ReadTreatments) -> schemas.ReviewList:
    """All progress meetings of a treatment, by the day they are due."""
    return await transact(service.list_reviews, treatment_id)


@router.post(
    "/treatments/{treatment_id}/reviews",
    summary="Plan a review",
    status_code=status.HTTP_201_CREATED,
    responses=problems(*WITH_BODY, 404, 409),
)
async def plan_review(
    treatment_id: UUID, body: schemas.ReviewCreate, transact: CreateTreatments, response: Response
) -> schemas.Review:
    """Add a progress meeting. The treatment's version counts it."""
    return created(response, await transact(service.plan_review, treatment_id, body), "/v1/reviews")


@router.get("/reviews/{review_id}", summary="Read a review", responses=problems(404))
async def get_review(review_id: UUID, transact: ReadTreatments, request: Request, response: Response) -> schemas.Review:
    """One progress meeting."""
    return shown(request, response, await transact(service.get_review, review_id))


@router.patch("/reviews/{review_id}", summary="Change a review", responses=problems(*CHANGING))
async def update_review(
    review_id: UUID, body: schemas.ReviewUpdate, transact: WriteTreatments, expected: IfMatch, response: Response
) -> schemas.Review:
    """Move a review, say that it was done or skipped, or comment on it. The treatment's version counts it."""
    return tagged(response, await transact(service.update_review, review_id, body, expected))


@goals.get("/treatments/{treatment_id}/goals", summary="List the two goals", responses=problems(404))
async def list_goals(treatment_id: UUID, transact: ReadGoals) -> schemas.GoalList:
    """Both goals of a treatment."""
    return await transact(goal_service.list_goals, treatment_id)


@goals.get("/goals/{goal_id}", summary="Read a goal", responses=problems(404))
async def get_goal(goal_id: UUID, transact: ReadGoals, request: Request, response: Response) -> schemas.Goal:
    """One goal in the client's words, with baseline and target."""
    return shown(request, response, await transact(goal_service.get_goal, goal_id))


@goals.patch("/goals/{goal_id}", summary="Change a goal", responses=problems(*CHANGING))
async def update_goal(
    goal_id: UUID, body: schemas.GoalUpdate, transact: WriteGoals, expected: IfMatch, response: Response
) -> schemas.Goal:
    """Say the goal in the client's words, set baseline and target, or say how it stands."""
    return tagged(response, await transact(goal_service.update_goal, goal_id, body, expected))
