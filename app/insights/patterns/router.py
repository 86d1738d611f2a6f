"""The path of patterns."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends

from app.access.identity.access import transact_as
from app.core.caller import Permission
from app.core.openapi import problems
from app.core.routing import slice_router
from app.core.transactions import Transact
from app.insights.patterns import schemas, service

router = slice_router("/treatments/{treatment_id}", tag="timeline")

ReadTimeline = Annotated[Transact, Depends(transact_as(Permission.TIMELINE_READ, read_only=True))]


@router.get(
    "/mentalizing-failures-by-month",
    summary="Read how often each pattern was tagged in each month",
    responses=problems(404),
)
async def get_failures_by_month(treatment_id: UUID, transact: ReadTimeline) -> schemas.FailuresByMonth:
    """The counts behind a chart of patterns: signed notes and failures by calendar month of the clinic.

    They are kept with the notes, so that the answer comes as fast after years as after weeks. Only signed notes count;
    a month without one has null and never 0. `mixed` is never added to the other patterns. The timeline has the same
    failures by month of treatment, beside everything else that happened.
    """
    return await transact(service.get_failures_by_month, treatment_id)
